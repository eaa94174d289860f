"""How groups of records are printed."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance.models import Course, Department, Room, Student
from portal.attendance.queries.record_groups import Group


def group_name(group: Group) -> str:
    """What a group is called; a week by its Monday."""
    of: object = group.of
    match of:
        case Course():
            return of.code
        case Student():
            return of.full_name
        case Room() | Department():
            return of.name
        case Account():
            return of.get_full_name() or of.email
        case date():
            return of.isoformat()
        case _:
            return gettext("No department") if group.by == "department" else gettext("Nobody teaches it")


def group_note(group: Group) -> str:
    """What tells it from others of the same name: a course's title, a student's number."""
    of: object = group.of
    match of:
        case Course():
            return of.title
        case Student():
            return str(of.number)
        case _:
            return ""


def group_label(group: Group) -> str:
    """The same for a page."""
    return date_format(group.of, "LONG_DATE") if isinstance(group.of, date) else group_name(group)


def filter_for(group: Group) -> dict[str, str]:
    """The fields of the filter that ask for the marks of a group; none where no filter does."""
    of: object = group.of
    match of:
        case Course():
            return {"course": str(of.pk)}
        case Student():
            return {"student": of.number}
        case Room():
            return {"room": str(of.pk)}
        case date():
            return {"since": str(of), "until": str(of + timedelta(days=6))}
        case _:
            return {}
