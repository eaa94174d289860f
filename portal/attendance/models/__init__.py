"""The tables of class attendance. Rules that must hold whoever writes stand in the database, not only here.

The recognizer writes some of them through SQLAlchemy: what it does not set has a database default.
"""

from portal.attendance.models.alarms import AlarmMail, CameraAlarm, RoomContact
from portal.attendance.models.confidential import CONFIDENTIAL, ConfidentialKind, ConfidentialReason
from portal.attendance.models.courses import Course, RosterEntry
from portal.attendance.models.data_exports import DataExport, ExportPiece
from portal.attendance.models.departments import Department
from portal.attendance.models.digests import DigestSubscriber
from portal.attendance.models.exceptions import ClearedException, ExceptionKind
from portal.attendance.models.excuses import Excuse
from portal.attendance.models.exports import BoardExport
from portal.attendance.models.filters import SavedFilter
from portal.attendance.models.imports import DataImport, ImportPiece, ImportRow
from portal.attendance.models.marks import (
    NOT_ON_ROSTER,
    PERSONS_STATUSES,
    STATUSES_OF,
    Evidence,
    Mark,
    MarkChange,
    Source,
    Status,
    signature,
)
from portal.attendance.models.near_misses import NearMiss
from portal.attendance.models.people import Student
from portal.attendance.models.recognizers import OutboxFault, RoomLease
from portal.attendance.models.rules import CourseRules
from portal.attendance.models.sight import BlindSpan, CameraStatus, Enrolled, RoomCamera, Sight
from portal.attendance.models.tasks import Task
from portal.attendance.models.terms import Closure, Slot, Term, Weekday
from portal.attendance.models.timetable import ClassSession, Room
from portal.attendance.models.warnings import RaisedWarning, WarningMail, WarningRule, WarningScan, WarningText

__all__ = [
    "CONFIDENTIAL",
    "NOT_ON_ROSTER",
    "PERSONS_STATUSES",
    "STATUSES_OF",
    "AlarmMail",
    "BlindSpan",
    "BoardExport",
    "CameraAlarm",
    "CameraStatus",
    "ClassSession",
    "ClearedException",
    "Closure",
    "ConfidentialKind",
    "ConfidentialReason",
    "Course",
    "CourseRules",
    "DataExport",
    "DataImport",
    "Department",
    "DigestSubscriber",
    "Enrolled",
    "Evidence",
    "ExceptionKind",
    "Excuse",
    "ExportPiece",
    "ImportPiece",
    "ImportRow",
    "Mark",
    "MarkChange",
    "NearMiss",
    "OutboxFault",
    "RaisedWarning",
    "Room",
    "RoomCamera",
    "RoomContact",
    "RoomLease",
    "RosterEntry",
    "SavedFilter",
    "Sight",
    "Slot",
    "Source",
    "Status",
    "Student",
    "Task",
    "Term",
    "WarningMail",
    "WarningRule",
    "WarningScan",
    "WarningText",
    "Weekday",
    "signature",
]
