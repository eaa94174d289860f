"""What a person may say of a student in a class session, and take back. Each function is one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance.decision import decide
from portal.attendance.evidence import unconfirmed_evidence
from portal.attendance.history import latest_word_of, words_that_stand
from portal.attendance.models import (
    PERSONS_STATUSES,
    ClassSession,
    Evidence,
    Mark,
    MarkChange,
    Status,
    Student,
    signature,
)
from portal.attendance.queries.rules import rules_of
from portal.attendance.services.confidential import NO_REASON, Reason, hide, read_reason
from portal.attendance.services.deciding import DECIDED, decide_anew, decide_persons, fill, lock_session, lock_to_mark
from portal.attendance.services.facts import SessionFacts
from portal.attendance.services.transactions import repeat_transaction

Action = MarkChange.Action


class StaleCorrection(Exception):
    """Somebody else corrected the mark since the page was shown; ``latest`` is their change. Nothing was written."""

    def __init__(self, latest: MarkChange) -> None:
        super().__init__(
            gettext("The mark was corrected since this page was shown: look at the change before correcting it.")
        )
        self.latest = latest


class NothingToTakeBack(Exception):
    """No word is there that this person could take back. Nothing was written."""


@dataclass(frozen=True)
class Act:
    """What a person does to a mark; ``status`` is what a word says."""

    action: str
    by: Account
    status: str = ""
    reason: Reason = NO_REASON


def correct_mark(
    session: ClassSession, student: Student, status: str, reason: str, by: Account, *, shown: int | None = None
) -> Mark:
    """Set a student's status by hand, and write down who did it, when, from what, to what and why.

    Somebody who is not on the roster of the day may be marked too: a walk-in. What a camera saw (times, distance,
    camera) stays on the mark. ``shown`` is the id of the last change by a person that the person knew of (0: none):
    raises StaleCorrection when there is a later one. Raises ValueError for an unknown status or without a reason
    where the course demands one, and NotNow for a cancelled class session, as ``mark_guest`` and ``confirm_evidence``
    do.
    """
    if status not in PERSONS_STATUSES:
        raise ValueError(f"“{status}” is not a status to set; expected one of {', '.join(PERSONS_STATUSES)}.")
    if not reason.strip() and rules_of(session.course_id).needs_reason:
        raise ValueError(gettext("A correction needs a reason."))
    act = Act(Action.SET, by, status, read_reason(reason))
    return repeat_transaction(lambda: _carry_out(act, lock_to_mark(session.pk), student, shown))


def mark_guest(session: ClassSession, student: Student, reason: str, by: Account) -> Mark:
    """Set a student present of whom the register says nothing; raises ValueError where it says something already."""

    def work() -> Mark:
        locked = lock_to_mark(session.pk)
        if Mark.objects.filter(session=locked, student=student).exclude(status=Status.EXPECTED).exists():
            raise ValueError("The register says something of this student already.")
        return _carry_out(Act(Action.SET, by, Status.PRESENT, read_reason(reason)), locked, student, None)

    return repeat_transaction(work)


def undo_word(session: ClassSession, student: Student, by: Account, *, shown: int | None = None) -> Mark:
    """Take back the latest word that this person gave of the student: the word before it, or the facts, speak again.

    ``shown`` as for ``correct_mark``. Raises NothingToTakeBack where no word of theirs stands.
    """
    act = Act(Action.UNDO, by)
    return repeat_transaction(lambda: _carry_out(act, lock_session(session.pk), student, shown))


def back_to_camera(session: ClassSession, student: Student, by: Account, *, shown: int | None = None) -> Mark:
    """Take back whatever persons said of the student, so that the facts speak again.

    ``shown`` as for ``correct_mark``. Raises NothingToTakeBack where no person's word is in force.
    """
    act = Act(Action.BACK, by)
    return repeat_transaction(lambda: _carry_out(act, lock_session(session.pk), student, shown))


def confirm_evidence(session: ClassSession, student: Student, by: Account) -> Mark:
    """Say that what was seen while a classroom machine's clock was wrong counts; the student is marked by it.

    Closed registers of other class sessions that have come to lie in its time are decided anew, each in a transaction
    of its own. Raises ValueError where no evidence waits to be confirmed.
    """

    def work() -> tuple[list[Evidence], Mark]:
        locked = lock_to_mark(session.pk)
        entries = unconfirmed_evidence(locked, [student.pk])
        waiting = Evidence.objects.filter(pk__in=[entry.pk for entry in entries], is_confirmed=False)
        if not waiting.update(is_confirmed=True):
            raise ValueError("No evidence of this student waits to be confirmed.")
        return entries, _carry_out(Act(Action.CONFIRM, by), locked, student, None)

    entries, mark = repeat_transaction(work)
    for other in _concerned(entries).exclude(pk=session.pk):
        decide_anew(other, [student])
    return mark


def _concerned(entries: Iterable[Evidence]) -> QuerySet[ClassSession]:
    """Closed registers for which the entries count: their own, and those in the same room at that time."""
    found = Q(pk__in=[])
    for entry in entries:
        during = Q(starts_at__lte=entry.last_seen_at, ends_at__gt=entry.first_seen_at, room=entry.room_id)
        found |= during | Q(pk=entry.session_id)
    return ClassSession.objects.filter(found, closed_at__isnull=False).order_by("pk")


def _carry_out(act: Act, session: ClassSession, student: Student, shown: int | None) -> Mark:
    """Write the mark as it is decided with the person's act, and the act into the history."""
    facts = SessionFacts(session, [student.pk])
    _refuse_stale(session, student, shown)
    mark, known = facts.marks.get(student.pk), facts.changes[student.pk]
    _refuse_vain(act, words_that_stand(known))
    on_roster = mark.on_roster if mark and session.closed_at else student.pk in facts.roster
    mark = mark or Mark(session=session, student=student, status="", source="")
    change = MarkChange(
        session=session,
        student=student,
        action=act.action,
        **signature(act.by),
        changed_at=timezone.now(),
        from_status=mark.status,
        from_source=mark.source,
        to_status=act.status,
        reason=act.reason.shown,
    )
    answer = decide(facts.of(student.pk, is_expected=on_roster, changes=[*known, change]))
    change.to_status, change.to_source = answer.status, answer.source
    fill(mark, answer, on_roster=on_roster, with_seen=not facts.keeps_times(student.pk))
    # A mark that stands stays with its student and class session, and the database takes no other.
    mark.save(update_fields=DECIDED if mark.pk else None)
    for each in (*known, change):
        if not each.pk:
            each.save()
    hide(act.reason, act.by, change=change)
    decide_persons(facts, [student.pk])
    return mark


def _refuse_stale(session: ClassSession, student: Student, shown: int | None) -> None:
    by_persons = MarkChange.objects.filter(session=session, student=student, changed_by__isnull=False)
    latest = by_persons.order_by("-pk").first()
    if shown is not None and latest is not None and latest.pk != shown:
        raise StaleCorrection(latest)


def _refuse_vain(act: Act, standing: list[MarkChange]) -> None:
    """Refuse to take back what is not there."""
    if act.action == Action.UNDO and not latest_word_of(act.by.pk, standing):
        raise NothingToTakeBack(gettext("There is no correction of yours to take back."))
    if act.action == Action.BACK and not standing:
        raise NothingToTakeBack(gettext("No person's word is in force here."))
