"""Warnings are raised once, and withdrawn where they turn out wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Max, Q
from django.utils import timezone

from portal.accounts.models.trail import note_row
from portal.attendance.models import (
    ClassSession,
    Course,
    MarkChange,
    RaisedWarning,
    WarningMail,
    WarningRule,
    WarningScan,
)
from portal.attendance.percentages import Rules
from portal.attendance.queries.rules import rules_by_course
from portal.attendance.queries.warnings import Meant, attended_in, find_meant, looked_through_since
from portal.attendance.services.transactions import repeat_transaction
from portal.attendance.warning_rules import Attended, hits, severity

Role = WarningMail.Role

LOOK_BACK = 2000
"""So many changes are looked at once more: one with a smaller number may have been committed later."""


def switch_rule(rule: WarningRule, *, is_on: bool) -> None:
    """Let a rule warn from now on, whom it hits now first; or no more."""
    if WarningRule.objects.filter(pk=rule.pk).exclude(is_on=is_on).update(is_on=is_on):
        note_row(rule, "is_on", old=str(not is_on), new=str(is_on))
    rule.is_on = is_on


def scan_changes(now: datetime | None = None) -> int:
    """Evaluate every course of which a mark has changed since the last time; how many courses these were."""
    latest = MarkChange.objects.aggregate(latest=Max("pk"))["latest"] or 0
    scan, is_new = WarningScan.objects.get_or_create(pk=1, defaults={"last_change": latest})
    if is_new or latest <= scan.last_change:
        return 0
    changed = MarkChange.objects.filter(pk__gt=scan.last_change - LOOK_BACK)
    courses = Course.objects.filter(pk__in=changed.order_by().values("session__course"))
    rules = list(WarningRule.objects.filter(is_on=True))
    for course in courses if rules or RaisedWarning.objects.filter(is_open=True).exists() else ():
        evaluate_course(course, now)
    WarningScan.objects.filter(pk=1).update(last_change=latest)
    return len(courses)


def evaluate_course(course: Course, now: datetime | None = None) -> None:
    """Raise what the rules in force say of the course now, and withdraw what they would not have said then."""
    now = now or timezone.now()

    def work() -> None:
        # Of two that evaluate a course at once, one waits for the other.
        Course.objects.select_for_update().values_list("pk").get(pk=course.pk)
        rules = list(WarningRule.objects.filter(Q(course=course) | Q(course__isnull=True), is_on=True))
        since = looked_through_since(now)
        open_ones = RaisedWarning.objects.filter(course=course, is_open=True, through__gte=since).select_related("rule")
        known = list(open_ones)
        if not rules and not known:
            return
        counting = rules_by_course([course.pk])
        attended = attended_in([course], [*rules, *(each.rule for each in known)], counting, since, now)
        of_student = attended[course.pk]
        wrong = [each for each in known if _is_wrong(each, of_student.get(each.student_id, ()), counting[course.pk])]
        RaisedWarning.objects.filter(pk__in=[each.pk for each in wrong]).update(is_open=None, withdrawn_at=now)
        _raise(course, find_meant([course], rules, attended, counting))

    repeat_transaction(work)


def _is_wrong(warning: RaisedWarning, attended: Sequence[Attended], counting: Rules) -> bool:
    """Whether the rule would not have held by what is known now of the class sessions of then."""
    then = [each for each in attended if each.starts_at <= warning.through]
    return not any(hit.occasion == warning.occasion for hit in hits(warning.rule, then, counting))


def _raise(course: Course, meant: Iterable[Meant]) -> None:
    """Write down each that is new, with its mails. A stricter rule of the same kind tells for a milder one."""
    still_open = RaisedWarning.objects.filter(course=course, is_open=True)
    known = set(still_open.values_list("rule", "student", "occasion"))
    persons = {each.person for each in course.lecturers.select_related("merged_into")}
    lecturers = sorted(each.email for each in persons if each.is_active)
    groups: dict[tuple[int, str], list[Meant]] = defaultdict(list)
    for each in meant:
        groups[each.student.pk, each.rule.kind].append(each)
    mails: list[WarningMail] = []
    for group in groups.values():
        told: set[str] = set()
        for each in sorted(group, key=lambda one: severity(one.rule), reverse=True):
            roles = {role for role, is_told in _roles(each.rule).items() if is_told}
            is_same_occasion = each.rule.kind != WarningRule.Kind.IN_A_ROW
            rest = roles - told if is_same_occasion or _is_in_stricter(each, group) else roles
            if (each.rule.pk, each.student.pk, each.hit.occasion) not in known:
                mails += _raise_one(each, rest, lecturers)
            told |= roles
    WarningMail.objects.bulk_create(mails)


def _is_in_stricter(meant: Meant, group: Iterable[Meant]) -> bool:
    """Whether a longer row of absences begins with these."""
    return any(
        other.hit.occasion == meant.hit.occasion and severity(other.rule) > severity(meant.rule) for other in group
    )


def _roles(rule: WarningRule) -> Mapping[str, bool]:
    return {Role.STUDENT: rule.to_student, Role.LECTURER: rule.to_lecturers, Role.TUTOR: rule.to_tutor}


def _raise_one(meant: Meant, roles: set[str], lecturers: Sequence[str]) -> list[WarningMail]:
    """The mails of a warning, which is written down: to each of the roles that has an address.

    Where none has, nobody is warned: it waits until somebody has.
    """
    found = {
        Role.STUDENT: [meant.student.email],
        Role.LECTURER: lecturers,
        Role.TUTOR: [meant.student.tutor_email],
    }
    told = [(role, address) for role in sorted(roles) for address in found[Role(role)] if address]
    if roles and not told:
        return []
    hit = meant.hit
    warning = RaisedWarning.objects.create(
        rule=meant.rule,
        student=meant.student,
        course=meant.course,
        occasion=hit.occasion,
        what=hit.what,
        dates=list(hit.dates),
        through=hit.through,
        is_covered=not roles,
    )
    about = WarningMail.About.RAISED
    return [WarningMail(warning=warning, role=role, address=address, about=about) for role, address in told]


def follow_move(session: ClassSession, was_at: datetime) -> None:
    """What went by a class session that was held goes by it still, now that its time is another."""
    RaisedWarning.objects.filter(course=session.course_id, through=was_at).update(through=session.starts_at)


def evaluate_every_course(progress: object) -> None:
    """Evaluate every course, where a rule of the whole institution was changed: a task of the queue."""
    assert callable(progress)
    for number, course in enumerate(Course.objects.order_by("pk").iterator(), 1):
        evaluate_course(course)
        progress(number)
