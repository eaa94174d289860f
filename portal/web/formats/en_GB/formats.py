"""British dates, the clock of a timetable: 14:05, not 2:05 p.m."""

DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"
