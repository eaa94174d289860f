"""The one guarded way to anything a lecturer sees: whatever is not theirs does not exist for them (404).

Views take objects from these functions and from nowhere else. Staff reach everything.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db.models import BigIntegerField, BooleanField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.accounts.time_zones import zone_named
from portal.attendance.models import (
    ClassSession,
    ConfidentialReason,
    Course,
    CourseRules,
    DataExport,
    Department,
    Evidence,
    Excuse,
    Mark,
    MarkChange,
    Room,
    RosterEntry,
    Student,
    WarningMail,
    WarningRule,
)
from portal.attendance.percentages import Rules
from portal.attendance.persons import person
from portal.attendance.queries.confidential import kinds_as_json, kinds_from_json
from portal.web.prepared import prepared


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


def for_administrators(view: View) -> View:
    """A page that exists for administrators alone: accounts are theirs to keep."""

    @wraps(view)
    def guarded(request: LecturerRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        if not (request.user.is_staff and request.user.is_superuser):
            raise Http404("no such page")
        return view(request, *arguments, **options)

    return guarded


def zone_of(account: Account) -> ZoneInfo:
    """The account's time zone; UTC where this machine no longer knows it."""
    return zone_named(account.time_zone)


class Right(IntEnum):
    """What somebody may do with a course. Each right includes those before it; staff have all of them."""

    READ = 1
    """See its class sessions, registers and records: viewers of its department."""
    TAKE = 2
    """Take its registers: its assistants."""
    TEACH = 3
    """Plan its class sessions and say what holds for it: its lecturers."""


def courses_of(account: Account, right: Right) -> QuerySet[Course]:
    """The courses in which somebody has that right."""
    return Course.objects.all() if account.is_staff else own_courses_of(account, right)


def own_courses_of(account: Account, right: Right) -> QuerySet[Course]:
    """The courses in which somebody has that right by a part of their own, and not for being staff."""
    return Course.objects.filter(_grants(account, right))


def _grants(account: Account, right: Right) -> Q:
    """The condition on a course; each part of it is looked up once, not joined: no course comes twice."""
    accounts = account.accounts
    condition = Q(pk__in=Course.lecturers.through.objects.filter(account__in=accounts).values("course"))
    if right <= Right.TAKE:
        condition |= Q(pk__in=Course.assistants.through.objects.filter(account__in=accounts).values("course"))
    if right <= Right.READ:
        viewed = Department.viewers.through.objects.filter(account__in=accounts)
        condition |= Q(department__in=viewed.values("department"))
    return condition


def course_ids_of(account: Account, right: Right) -> list[int] | None:
    """The ids of the courses in which somebody has that right; None for staff, who have it in every course."""
    return None if account.is_staff else _course_ids(account, right)


@prepared
def list_courses(account: Account, right: Right) -> QuerySet[Course]:
    """The same as a list."""
    return courses_of(account, right)


@prepared
def list_rooms(account: Account) -> QuerySet[Room]:
    """Rooms where courses meet that the account may see."""
    return rooms_of(account)


@prepared
def _course_ids(account: Account, right: Right) -> QuerySet[Any, int]:
    return own_courses_of(account, right).order_by().values_list("pk", flat=True)


def course_or_404(account: Account, course_id: int, right: Right) -> Course:
    """A course: 404 for one that the account may not see, 403 without the right."""
    course: Course | None = next(iter(_course(account, course_id, Right.READ)), None)
    if course is None:
        raise Http404("no such course")
    if right is not Right.READ and not _course(account, course_id, right):
        raise PermissionDenied(gettext("Only who teaches this course may do that."))
    return course


@prepared
def _course(account: Account, course_id: int, right: Right) -> QuerySet[Course]:
    return courses_of(account, right).filter(pk=course_id).order_by()


def may_plan(account: Account) -> bool:
    """Whether there is a course that the account teaches."""
    return bool(_one_course(account, Right.TEACH))


@prepared
def _one_course(account: Account, right: Right) -> QuerySet[Course]:
    return courses_of(account, right).order_by()[:1]


def may_teach(account: Account, course: Course) -> bool:
    """Whether the account teaches the course."""
    return bool(_course(account, course.pk, Right.TEACH))


def sessions_of(account: Account, right: Right) -> QuerySet[ClassSession]:
    """Class sessions of those courses."""
    if account.is_staff:
        return ClassSession.objects.all()
    return ClassSession.objects.filter(course__in=courses_of(account, right))


def marks_of(account: Account) -> QuerySet[Mark]:
    """Marks that the account may see."""
    if account.is_staff:
        return Mark.objects.all()
    return Mark.objects.filter(session__course__in=courses_of(account, Right.READ))


def rooms_of(account: Account) -> QuerySet[Room]:
    """Rooms where courses meet that the account may see; every room for staff."""
    if account.is_staff:
        return Room.objects.all()
    return Room.objects.filter(pk__in=sessions_of(account, Right.READ).order_by().values("room"))


def session_or_404(account: Account, session_id: int, right: Right) -> ClassSession:
    """A class session with its course and room: 404 for one that the account may not see, 403 without the right.

    ``may_take`` and ``may_teach`` say for templates what else the account may do with it; ``may_mark`` whether it takes
    the register of something that is not cancelled.
    """
    found: Any = next(iter(_session(account, session_id)), None)
    if found is None:
        raise Http404("no such class session")
    if right is Right.TAKE and not found.may_take:
        raise PermissionDenied(gettext("You may look at this course, and change nothing."))
    if right is Right.TEACH and not found.may_teach:
        raise PermissionDenied(gettext("Only who teaches this course may do that."))
    found.may_mark = found.may_take and not found.is_cancelled
    session: ClassSession = found
    return session


@prepared
def _session(account: Account, session_id: int) -> QuerySet[ClassSession]:
    """The class session, where the account may see it, with what ``session_or_404`` says of it."""
    taken, taught = courses_of(account, Right.TAKE), courses_of(account, Right.TEACH)
    sessions = sessions_of(account, Right.READ).filter(pk=session_id).select_related("course", "room")
    return sessions.order_by().annotate(
        needs_reason=_NEEDS_REASON,
        confidential_kinds=kinds_as_json(),
        may_take=Exists(taken.filter(pk=OuterRef("course"))),
        may_teach=Exists(taught.filter(pk=OuterRef("course"))),
    )


_NEEDS_REASON = Coalesce(
    Subquery(CourseRules.objects.filter(course=OuterRef("course")).values("needs_reason")),
    Subquery(CourseRules.objects.filter(is_institution=True).values("needs_reason")),
    Value(Rules().needs_reason),
    output_field=BooleanField(),
)


def needs_reason(session: ClassSession) -> bool:
    """Whether a correction in a class session from ``session_or_404`` has to say why."""
    return bool(session.needs_reason)  # type: ignore[attr-defined]


def confidential_kinds_in(session: ClassSession) -> list[str]:
    """The words with which confidential reasons begin, for a class session from ``session_or_404``."""
    return kinds_from_json(session.confidential_kinds)  # type: ignore[attr-defined]


def may_read_courses(account: Account, course_ids: list[int] | None) -> bool:
    """Whether the account may see all of these courses; None stands for every course that there is."""
    own = course_ids_of(account, Right.READ)
    return own is None or (course_ids is not None and set(course_ids) <= set(own))


def exports_of(account: Account) -> QuerySet[DataExport]:
    """Files that the account itself has asked for; nobody else's, whatever they may see."""
    return DataExport.objects.filter(asked_by=account, goes_at__gt=timezone.now())


def export_or_404(account: Account, export_id: int) -> DataExport:
    """One of them."""
    return get_object_or_404(exports_of(account).select_related("asked_by", "task"), pk=export_id)


def student_or_404(session: ClassSession, student_id: int) -> Student:
    """A student who was ever on the course's roster, or was marked or seen in the session."""
    return get_object_or_404(students_in(session), pk=student_id)


def students_in(session: ClassSession) -> QuerySet[Student]:
    """Whoever was ever on the course's roster, or was marked or seen in the session.

    Each table is looked into by itself: joined, a student's marks would be multiplied by all that was seen of them.
    """
    rosters = RosterEntry.objects.filter(course=session.course_id).order_by()
    marks, evidence = (model.objects.filter(session=session).order_by() for model in (Mark, Evidence))
    return Student.objects.filter(
        Q(pk__in=rosters.values("student")) | Q(pk__in=marks.values("student")) | Q(pk__in=evidence.values("student"))
    )


def students_of(account: Account, right: Right) -> QuerySet[Student]:
    """Who is or was on a roster of the courses in which the account has that right; every student for staff."""
    if account.is_staff:
        return Student.objects.all()
    rosters = RosterEntry.objects.filter(course__in=courses_of(account, right)).order_by()
    return Student.objects.filter(Q(pk__in=rosters.values("student")) | Q(pk__in=rosters.values(key=person())))


def any_student_or_404(account: Account, student_id: int) -> Student:
    """A student who is or was on a roster of the courses that the account may see; any student for staff.

    Where another stands for the student, it is that one.
    """
    if student_id > BigIntegerField.MAX_BIGINT:
        raise Http404("no such student")
    rows = _student_and_merged(account, student_id)
    found = next((each for each in rows if each.pk == student_id and each.is_seen), None)  # type: ignore[attr-defined]
    if found is None:
        raise Http404("no such student")
    if found.merged_into is None:
        found.others = [each for each in rows if each.pk != student_id]
    return found.person


@prepared
def _student_and_merged(account: Account, student_id: int) -> QuerySet[Student]:
    """The student and who was merged into them; ``is_seen`` says whether the account may see each."""
    seen = students_of(account, Right.READ).filter(pk=OuterRef("pk"))
    return Student.objects.filter(Q(pk=student_id) | Q(merged_into=student_id)).annotate(is_seen=Exists(seen))


@prepared
def roster_entries_of(account: Account, student_ids: tuple[int, ...]) -> QuerySet[RosterEntry]:
    """When the students were on rosters of courses that the account may see, with the courses.

    ``may_teach`` says for templates whether the account teaches the course.
    """
    taught = courses_of(account, Right.TEACH).order_by().filter(pk=OuterRef("course"))
    entries = RosterEntry.objects.filter(student__in=student_ids).select_related("course")
    entries = entries.annotate(may_teach=Exists(taught))
    return entries if account.is_staff else entries.filter(course__in=courses_of(account, Right.READ))


def changes_of(account: Account) -> QuerySet[MarkChange]:
    """Changes of marks that the account may see."""
    if account.is_staff:
        return MarkChange.objects.all()
    return MarkChange.objects.filter(session__course__in=courses_of(account, Right.READ))


def excuses_of(account: Account) -> QuerySet[Excuse]:
    """Excuses that count in courses that the account may see: for one of them, and for every course of a student."""
    if account.is_staff:
        return Excuse.objects.all()
    for_all = Q(course__isnull=True, student__in=students_of(account, Right.READ))
    return Excuse.objects.filter(Q(course__in=courses_of(account, Right.READ)) | for_all)


def excuses_to_withdraw(account: Account) -> QuerySet[Excuse]:
    """Those in force for courses that the account teaches; one for every course is staff's to withdraw."""
    in_force = Excuse.objects.in_force()
    return in_force if account.is_staff else in_force.filter(course__in=courses_of(account, Right.TEACH))


def excuses_to_enter_again(account: Account) -> QuerySet[Excuse]:
    """Those that the account has withdrawn itself, where it may enter some."""
    own = Excuse.objects.filter(withdrawn_by__in=account.accounts)
    return own if account.is_staff else own.filter(course__in=courses_of(account, Right.TEACH))


def may_read_reason(account: Account, excuse: Excuse) -> bool:
    """Whoever has entered an excuse, and staff: a reason may be a medical one. Who may read confidential ones, too.

    A colleague sees that a student is excused, from when to when and by whom, and can ask them. Of a confidential
    reason this is only the word; see ``confidential_reasons_of``.
    """
    may_read_all = account.is_staff or account.reads_confidential
    return may_read_all or account.pk in (excuse.entered_by_id, excuse.entered_by.merged_into_id)


def confidential_reasons_of(account: Account) -> QuerySet[ConfidentialReason]:
    """Those that the account has entered itself, and with the right to read them all of them: being staff is none."""
    every = ConfidentialReason.objects.all()
    return every if account.reads_confidential else every.filter(entered_by__in=account.accounts)


def warning_rules_of(account: Account) -> QuerySet[WarningRule]:
    """Rules of warnings for courses that the account teaches, and for every course: those only staff may change."""
    if account.is_staff:
        return WarningRule.objects.all()
    return WarningRule.objects.filter(Q(course__in=courses_of(account, Right.TEACH)) | Q(course__isnull=True))


def warning_mails_of(account: Account) -> QuerySet[WarningMail]:
    """Mails that told of warnings in courses that the account may see."""
    told = WarningMail.objects.filter(about=WarningMail.About.RAISED)
    return told if account.is_staff else told.filter(warning__course__in=courses_of(account, Right.READ))


def may_change_rule(account: Account, rule: WarningRule) -> bool:
    """One of ``warning_rules_of``: whether the account may switch it."""
    return account.is_staff or rule.course_id is not None
