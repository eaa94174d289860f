"""The one guarded way to anything a lecturer sees: whatever is not theirs does not exist for them (404).

Views take objects from these functions and from nowhere else. Staff reach everything.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from portal.accounts.models import Account
from portal.accounts.time_zones import zone_named
from portal.attendance.models import ClassSession, Course, Mark, Room, Student


class LecturerRequest(HttpRequest):
    """A request of somebody who has signed in, as every view here demands."""

    user: Account


View = Callable[..., HttpResponseBase]


def for_staff(view: View) -> View:
    """A page that exists for staff alone: 404 for everybody else, as for anything that is not theirs."""

    @wraps(view)
    def guarded(request: LecturerRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        if not request.user.is_staff:
            raise Http404("no such page")
        return view(request, *arguments, **options)

    return guarded


def zone_of(account: Account) -> ZoneInfo:
    """The account's time zone; UTC where this machine no longer knows it."""
    return zone_named(account.time_zone)


def courses_of(account: Account) -> QuerySet[Course]:
    """The courses that somebody teaches; all for staff."""
    return Course.objects.all() if account.is_staff else Course.objects.filter(lecturers=account)


def course_ids_of(account: Account) -> list[int] | None:
    """The ids of the courses that somebody teaches; None for staff, who see every course."""
    return None if account.is_staff else list(courses_of(account).order_by().values_list("pk", flat=True))


def sessions_of(account: Account) -> QuerySet[ClassSession]:
    """Class sessions of the account's courses."""
    if account.is_staff:
        return ClassSession.objects.all()
    return ClassSession.objects.filter(course__in=courses_of(account))


def marks_of(account: Account) -> QuerySet[Mark]:
    """Marks in class sessions of the account's courses."""
    if account.is_staff:
        return Mark.objects.all()
    return Mark.objects.filter(session__course__in=courses_of(account))


def rooms_of(account: Account) -> QuerySet[Room]:
    """Rooms where the account's courses meet."""
    return Room.objects.filter(pk__in=sessions_of(account).order_by().values("room"))


def session_or_404(account: Account, session_id: int) -> ClassSession:
    """A class session of the account's courses, with its course and room."""
    return get_object_or_404(sessions_of(account).select_related("course", "room"), pk=session_id)


def student_or_404(session: ClassSession, student_id: int) -> Student:
    """A student who was ever on the course's roster, or was marked or seen in the session."""
    concerned = Q(roster_entries__course=session.course_id) | Q(marks__session=session) | Q(evidence__session=session)
    return get_object_or_404(Student.objects.filter(concerned).distinct(), pk=student_id)
