"""Whom rules of warnings hit now, course by course."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.attendance.models import ClassSession, Course, Mark, RosterEntry, Student, Term, WarningRule
from portal.attendance.percentages import Rules
from portal.attendance.persons import one_a_person, person
from portal.attendance.queries.exceptions import find_exceptions
from portal.attendance.warning_rules import Attended, Hit, hits
from portal.web.prepared import prepared

WITHOUT_TERMS = timedelta(days=190)
"""How far back is looked where no term is known."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A student whom a rule hits in a course."""

    rule: WarningRule
    student: Student
    course: Course
    hit: Hit


def looked_through_since(now: datetime) -> datetime:
    """From when on class sessions count for a warning: the beginning of the term that runs."""
    today = timezone.localdate(now)
    term = next(iter(_terms_on(today)), None)
    return timezone.make_aware(datetime.combine(term.first_day, time.min)) if term else now - WITHOUT_TERMS


@prepared
def _terms_on(day: date) -> QuerySet[Term]:
    return Term.objects.filter(first_day__lte=day, last_day__gte=day).order_by("-first_day")


def attended_in(course: Course, rules: Iterable[WarningRule], now: datetime) -> dict[int, list[Attended]]:
    """What closed registers of this term say of each student who counts, in the order of time.

    Who has left early is looked up where a rule asks for it: what was cleared is no fault.
    """
    rows = ClassSession.objects.filter(
        course=course, starts_at__gte=looked_through_since(now), closed_at__isnull=False, is_cancelled=False
    )
    sessions = {each.pk: each for each in rows.select_related("course", "room").order_by("starts_at", "pk")}
    early: set[tuple[int, int]] = set()
    if any(rule.kind == WarningRule.Kind.LEFT_EARLY for rule in rules):
        found = find_exceptions(list(sessions.values()), None, now)
        early = {(one.session.pk, one.students[0].pk) for one in found if one.has_left_early}
    marks = one_a_person(Mark.objects.filter(session__in=sessions, on_roster=True)).order_by(
        "session__starts_at", "session"
    )
    attended: dict[int, list[Attended]] = defaultdict(list)
    for student_id, key, status in marks.values_list(person(), "session", "status"):
        session = sessions[key]
        attended[student_id].append(
            Attended(key, session.starts_at, status, when_words(session), (key, student_id) in early)
        )
    return attended


def find_meant(
    course: Course, rules: Sequence[WarningRule], attended: Mapping[int, Sequence[Attended]], counting: Rules
) -> list[Meant]:
    """Whom the rules hit in a course, by name; nobody who studies here no more, or has left the course."""
    found = {
        student_id: pairs
        for student_id, row in attended.items()
        if (pairs := [(rule, hit) for rule in rules for hit in hits(rule, row, counting)])
    }
    if not found:
        return []
    entries = RosterEntry.objects.filter(Q(until=None) | Q(until__gte=timezone.localdate()), course=course)
    students = Student.objects.filter(pk__in=found, is_active=True).filter(pk__in=entries.order_by().values("student"))
    return [Meant(rule, student, course, hit) for student in students for rule, hit in found[student.pk]]


def when_words(session: ClassSession) -> str:
    """Day and time by the room's clocks."""
    local = session.starts_at.astimezone(session.room.zone)
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M}"
