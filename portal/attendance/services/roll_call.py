"""What a person says of several students of a class session at once. Each function is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance.decision import decide
from portal.attendance.history import latest_word_of, words_that_stand
from portal.attendance.models import (
    PERSONS_STATUSES,
    ClassSession,
    ConfidentialReason,
    Mark,
    MarkChange,
    Source,
    Status,
    signature,
)
from portal.attendance.services.confidential import Reason, hide, read_reason
from portal.attendance.services.deciding import NotNow, decide_persons, fill, lock_session, lock_to_mark, write_rows
from portal.attendance.services.facts import SessionFacts
from portal.attendance.services.transactions import repeat_transaction

Action = MarkChange.Action


@dataclass(frozen=True, slots=True)
class Wish:
    """A status that a person sets; ``shown`` is the id of the last change by a person that they knew of (0: none)."""

    student_id: int
    status: str
    shown: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish.

    ``latest`` is the last change of the student by a person now, where there is one. Where ``is_refused``, nothing was
    written for this student: it is somebody's whom the person who wished did not know of, or the wish
    ``lacks_reason``.
    """

    wish: Wish
    latest: MarkChange | None
    is_refused: bool = False
    lacks_reason: bool = False


def mark_each(
    session: ClassSession, wishes: Sequence[Wish], reason: str, by: Account, *, needs_reason: bool = False
) -> list[Outcome]:
    """Set the status of several students, each once; what became of each wish, in their order.

    A wish that was carried out before and is sent again changes nothing. With ``needs_reason`` an answer that the
    register gives already is changed with a reason alone. Raises ValueError for an unknown status, or where a student
    is named twice, and NotNow for a cancelled class session.
    """
    students = [wish.student_id for wish in wishes]
    if len(set(students)) < len(students) or any(wish.status not in PERSONS_STATUSES for wish in wishes):
        raise ValueError(gettext("Each student is marked once, with a status that a person may set."))

    said = read_reason(reason)

    def work() -> list[Outcome]:
        facts = SessionFacts(lock_to_mark(session.pk), students)
        latest = _latest_by_persons(facts)
        done, to_do = list[Outcome](), list[Wish]()
        for wish in wishes:
            last = latest.get(wish.student_id)
            if last and _says_so_already(last, wish, said, by):
                done.append(Outcome(wish, last))
            elif last and last.pk != wish.shown:
                done.append(Outcome(wish, last, is_refused=True))
            elif needs_reason and not reason and _is_answered(facts, wish.student_id):
                done.append(Outcome(wish, last, is_refused=True, lacks_reason=True))
            else:
                to_do.append(wish)
        _write(facts, [_word(facts, wish.student_id, wish.status, said.shown, by) for wish in to_do])
        written = _latest_by_persons(facts)
        for wish in to_do:
            hide(said, by, change=written[wish.student_id])
        done += [Outcome(wish, written[wish.student_id]) for wish in to_do]
        return sorted(done, key=lambda outcome: students.index(outcome.wish.student_id))

    return repeat_transaction(work)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one status for several students: all changes of those ``marked`` bear the instant ``said_at``.

    Of the ``others`` somebody else has said something different, which stands.
    """

    marked: list[int]
    others: list[MarkChange]
    said_at: datetime


def mark_all(session: ClassSession, students: Sequence[int], status: str, reason: str, by: Account) -> Told:
    """Set one status of several students. Who has it already by a person's word is passed over.

    Raises NotNow for a cancelled class session.
    """
    said = read_reason(reason)

    def work() -> Told:
        facts = SessionFacts(lock_to_mark(session.pk), students)
        standing = {pk: words_that_stand(facts.changes[pk]) for pk in students}
        words = {pk: said_of[-1] if said_of else None for pk, said_of in standing.items()}
        differ = {pk: word for pk, word in words.items() if word is None or word.to_status != status}
        others = [word for word in differ.values() if word and word.changed_by_id != by.pk]
        to_mark = sorted(differ.keys() - {word.student_id for word in others})
        now = timezone.now()
        _write(facts, [_word(facts, pk, status, said.shown, by, now) for pk in to_mark])
        written = _latest_by_persons(facts)
        for pk in to_mark:
            hide(said, by, change=written[pk])
        return Told(to_mark, others, now)

    return repeat_transaction(work)


def say_of_each(session_id: int, words: Mapping[int, tuple[str, str]], by: Account) -> None:
    """Set statuses with their reasons, by student, within the caller's transaction.

    Raises NotNow for a cancelled class session.
    """
    facts = SessionFacts(lock_to_mark(session_id), list(words))
    now = timezone.now()
    reasons = {reason: read_reason(reason) for reason in {each for _, each in words.values()}}
    _write(facts, [_word(facts, pk, status, reasons[each].shown, by, now) for pk, (status, each) in words.items()])
    written = _latest_by_persons(facts)
    for pk, (_, reason) in words.items():
        hide(reasons[reason], by, change=written[pk])


def mark_unanswered(session: ClassSession, status: str, reason: str, by: Account) -> tuple[int, datetime]:
    """Set the status of everybody on the roster who has no answer: how many, and the instant that all changes bear.

    Raises NotNow for a cancelled class session and before its start.
    """

    def work() -> tuple[int, datetime]:
        locked = lock_to_mark(session.pk)
        now = timezone.now()
        if locked.starts_at > now:
            raise NotNow(gettext("It has not begun yet."))
        return say_of_unanswered(locked, status, reason, by, now), now

    return repeat_transaction(work)


def say_of_unanswered(session: ClassSession, status: str, reason: str, by: Account, now: datetime) -> int:
    """The same within the caller's transaction, which holds the session; how many that were."""
    facts = SessionFacts(session)
    students = [pk for pk in sorted(_expected(facts)) if _has_no_answer(facts, pk)]
    _write(facts, [_word(facts, pk, status, reason, by, now) for pk in students])
    return len(students)


def take_back_all(session: ClassSession, said_at: datetime, by: Account) -> tuple[int, int]:
    """Take back what this person said at one instant; of how many students, and of how many others it stays.

    It stays where a person has said something of the student since.
    """

    def work() -> tuple[int, int]:
        locked = lock_session(session.pk)
        said = MarkChange.objects.filter(session=locked, changed_by=by, action=Action.SET, changed_at=said_at)
        students = sorted(said.values_list("student", flat=True))
        facts = SessionFacts(locked, students)
        latest = _latest_by_persons(facts)
        mine = [pk for pk in students if latest[pk].changed_at == said_at and latest[pk].changed_by_id == by.pk]
        mine = [pk for pk in mine if latest_word_of(by.pk, words_that_stand(facts.changes[pk])) == latest[pk]]
        now = timezone.now()
        _write(facts, [_change(facts, pk, Action.UNDO, "", "", by, now) for pk in mine])
        return len(mine), len(students) - len(mine)

    return repeat_transaction(work)


def _latest_by_persons(facts: SessionFacts) -> dict[int, MarkChange]:
    rows = MarkChange.objects.filter(session=facts.session, student__in=facts.students, changed_by__isnull=False)
    return {change.student_id: change for change in rows.select_related("changed_by").order_by("pk")}


def _says_so_already(last: MarkChange, wish: Wish, reason: Reason, by: Account) -> bool:
    """Whether it was sent before, or nothing is to be added to what the person said."""
    is_same = (last.action, last.changed_by_id, last.to_status) == (Action.SET, by.pk, wish.status)
    if not is_same or last.pk != wish.shown:
        return is_same
    hidden = ConfidentialReason.objects.filter(change=last, text=reason.hidden)
    return last.reason == reason.shown and (not reason.hidden or hidden.exists())


def _expected(facts: SessionFacts) -> Iterable[int]:
    """Who counts: in an open register the roster of the day, in a closed one the rows that were on it."""
    if facts.session.closed_at is None:
        return facts.roster
    return {student_id for student_id, mark in facts.marks.items() if mark.on_roster}


def _is_answered(facts: SessionFacts, student_id: int) -> bool:
    """Whether the register says something of the student: another status is a correction."""
    mark = facts.marks.get(student_id)
    return mark is not None and mark.status not in (Status.UNSEEN, Status.EXPECTED)


def _has_no_answer(facts: SessionFacts, student_id: int) -> bool:
    """Of somebody without a row: unless they are excused, who have none before the register closes."""
    if student_id not in facts.marks:
        return student_id not in facts.excuses
    return not _is_answered(facts, student_id)


def _word(
    facts: SessionFacts, student_id: int, status: str, reason: str, by: Account, now: datetime | None = None
) -> MarkChange:
    return _change(facts, student_id, Action.SET, status, reason, by, now or timezone.now())


def _change(
    facts: SessionFacts, student_id: int, action: str, status: str, reason: str, by: Account, now: datetime
) -> MarkChange:
    mark = facts.marks.get(student_id)
    return MarkChange(
        session=facts.session,
        student_id=student_id,
        action=action,
        **signature(by),
        changed_at=now,
        from_status=mark.status if mark else "",
        from_source=mark.source if mark else "",
        to_status=status,
        to_source=Source.LECTURER,
        reason=reason,
    )


def _write(facts: SessionFacts, changes: Iterable[MarkChange]) -> None:
    """Decide each mark with the person's act, and write all marks and the history in a few statements."""
    new: list[Mark] = []
    kept: list[Mark] = []
    told: list[MarkChange] = []
    for change in changes:
        student_id, mark = change.student_id, facts.marks.get(change.student_id)
        known = facts.changes[student_id]
        on_roster = mark.on_roster if mark and facts.session.closed_at else student_id in facts.roster
        answer = decide(facts.of(student_id, is_expected=on_roster, changes=[*known, change]))
        change.to_status, change.to_source = answer.status, answer.source
        mark = mark or Mark(session=facts.session, student_id=student_id, status="", source="")
        fill(mark, answer, on_roster=on_roster, with_seen=not facts.keeps_times(student_id))
        (kept if mark.pk else new).append(mark)
        # A word that only the mark told is older than the history: it is written down before the new one.
        told += [*(each for each in known if not each.pk), change]
    write_rows(new, kept, told)
    decide_persons(facts, [change.student_id for change in told])
