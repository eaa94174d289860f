"""The tables of class attendance. Rules that must hold whoever writes stand in the database, not only here.

The recognizer writes some of them through SQLAlchemy: what it does not set has a database default.
"""

from portal.attendance.models.courses import Course, RosterEntry
from portal.attendance.models.marks import Mark, MarkChange
from portal.attendance.models.people import Student
from portal.attendance.models.sight import CameraStatus
from portal.attendance.models.timetable import ClassSession, Room

__all__ = ["CameraStatus", "ClassSession", "Course", "Mark", "MarkChange", "Room", "RosterEntry", "Student"]
