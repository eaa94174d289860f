"""The admin of class attendance: staff keep students, courses, rosters, rooms and class sessions.

Marks can be read here and nowhere changed: a correction goes through the register, which writes down who made it.
"""

from portal.attendance.admin import (
    confidential,
    courses,
    departments,
    exports,
    marks,
    people,
    recognizers,
    sight,
    timetable,
)

__all__ = ["confidential", "courses", "departments", "exports", "marks", "people", "recognizers", "sight", "timetable"]
