"""How dates and times are written in each language. Templates and date_format() take these by name.

DATE_FORMAT, DATETIME_FORMAT, TIME_FORMAT, MONTH_DAY_FORMAT  25 Oct 2026; with 14:05; 14:05; 25 October
LONG_DATE, LONG_DATETIME      25 October 2026; with the time
LONG_DAY_TIME                 25 October, 14:05
DAY_AT_TIME                   25 October at 14:05
DAY_OF_MONTH                  25
SHORT_DAY, SHORT_DAY_TIME     25 Oct; with the time
WEEKDAY_DATE, WEEKDAY_DATETIME  Sunday 25 October 2026; with the time
WEEKDAY_DAY, WEEKDAY_DAY_TIME   Sunday 25 October; with the time
SHORT_WEEKDAY_DATE, SHORT_WEEKDAY_DAY        Sun 25 Oct 2026; without the year
SHORT_WEEKDAY_DATETIME, SHORT_WEEKDAY_DAY_TIME  the same with the time
"""
