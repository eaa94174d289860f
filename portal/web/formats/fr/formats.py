"""French dates and decimal commas."""

from django.conf.locale.fr.formats import *  # noqa: F403

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"
MONTH_DAY_FORMAT = "j F"
LONG_DATE = "j F Y"
LONG_DATETIME = "j F Y, H:i"
LONG_DAY_TIME = "j F, H:i"
SHORT_DAY = "j M"
WEEKDAY_DATE = "l j F Y"
WEEKDAY_DAY = "l j F"
WEEKDAY_DAY_TIME = "l j F, H:i"
SHORT_WEEKDAY_DATE = "D j M Y"
SHORT_WEEKDAY_DAY = "D j M"
SHORT_WEEKDAY_DATETIME = "D j M Y, H:i"
SHORT_WEEKDAY_DAY_TIME = "D j M, H:i"
