"""Everything that can be imported, in the order in which one stands on another."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.attendance.services.importing.courses import COURSE_FIELDS, ROOM_FIELDS, plan_courses, plan_rooms
from portal.attendance.services.importing.marks import MARK_FIELDS, plan_marks
from portal.attendance.services.importing.people import (
    LECTURER_FIELDS,
    STUDENT_FIELDS,
    plan_lecturers,
    plan_students,
)
from portal.attendance.services.importing.planning import Kind
from portal.attendance.services.importing.rosters import ROSTER_FIELDS, plan_rosters
from portal.attendance.services.importing.sessions import SESSION_FIELDS, plan_sessions
from portal.web.languages import later as _

KINDS = {
    kind.name: kind
    for kind in (
        Kind("students", _("Students"), STUDENT_FIELDS, plan_students, has_names=True),
        Kind("lecturers", _("Lecturers"), LECTURER_FIELDS, plan_lecturers, has_names=True),
        Kind("courses", _("Courses"), COURSE_FIELDS, plan_courses),
        Kind("rosters", _("Rosters"), ROSTER_FIELDS, plan_rosters, has_days=True, ends_missing=True),
        Kind("rooms", _("Rooms"), ROOM_FIELDS, plan_rooms),
        Kind("sessions", _("Timetable"), SESSION_FIELDS, plan_sessions, has_days=True),
        Kind("marks", _("Marks"), MARK_FIELDS, plan_marks, has_days=True),
    )
}
"""By their names, as a command takes them."""

_FOR_ADMINISTRATORS = {"lecturers"}
"""Accounts are kept by administrators alone, as in the admin."""


def may_import(account: Account, kind: str) -> bool:
    """Whether somebody may import and export a kind."""
    return account.is_active and account.is_staff and (account.is_superuser or kind not in _FOR_ADMINISTRATORS)
