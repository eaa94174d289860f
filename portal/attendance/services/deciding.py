"""Decides marks anew from the facts, and writes down every status that changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext

from portal.attendance.coverage import digest_spans
from portal.attendance.decision import Answer, decide
from portal.attendance.models import ClassSession, Mark, MarkChange, Source, Student
from portal.attendance.services.facts import SessionFacts
from portal.attendance.services.transactions import repeat_transaction

PROGRAM = "portal"
"""The author of a change that no person made."""

DECIDED = (
    "status",
    "source",
    "because",
    "on_roster",
    "first_seen_at",
    "last_seen_at",
    "distance",
    "camera_name",
    "marked_by",
    "note",
)
"""The columns of a mark that an answer fills."""


def decide_anew(session: ClassSession, students: Iterable[Student | int] | None = None) -> int:
    """Decide the marks of a class session anew, or those of some students (or primary keys); the number of rows that
    changed.

    In an open register the roster of the day says who is expected; in a closed one who was expected when it was closed.
    """

    def work() -> int:
        locked = lock_session(session.pk)
        return decide_locked(locked, keys, with_roster=locked.closed_at is None)

    keys = None if students is None else {each if isinstance(each, int) else each.pk for each in students}
    return repeat_transaction(work)


def lock_session(session_id: int) -> ClassSession:
    """The class session as it is now, held until the transaction ends.

    Whoever writes a mark holds its class session first, the recognizer too (shared): so nobody decides by times that
    are being changed, and nobody waits for somebody who waits for them.
    """
    # Two statements: one that joined them would lock the course and the room too.
    ClassSession.objects.select_for_update().values_list("pk").get(pk=session_id)
    return ClassSession.objects.select_related("course", "room").get(pk=session_id)


class NotNow(ValueError):
    """The class session is cancelled, or has not begun. Nothing was written; the message says so."""


def lock_to_mark(session_id: int) -> ClassSession:
    """The same for somebody who says something of a student. Raises NotNow where it is cancelled."""
    locked = lock_session(session_id)
    if locked.is_cancelled:
        raise NotNow(gettext("This class session is cancelled."))
    return locked


def decide_locked(
    session: ClassSession,
    students: Collection[int] | None = None,
    *,
    with_roster: bool,
    separated: Collection[int] = (),
) -> int:
    """Decide within the caller's transaction, which holds the session; the number of rows that changed.

    ``with_roster`` takes the roster of the day as it is now, and gives its students the rows that they lack. Without it
    the rows themselves say who is expected. What nobody expects has no row until a person gives it one, and who is
    excused has none before the register closes: else an excuse for a term would keep slots from moving class sessions.
    ``separated``: see ``SessionFacts``.
    """
    facts = SessionFacts(session, students, separated)
    now = timezone.now()
    new: list[Mark] = []
    kept: list[Mark] = []
    changes: list[MarkChange] = []
    for student_id in sorted(facts.marks.keys() | (facts.roster if with_roster else frozenset())):
        mark = facts.marks.get(student_id)
        on_roster = student_id in facts.roster if with_roster or mark is None else mark.on_roster
        answer = decide(facts.of(student_id, is_expected=on_roster))
        if mark is None and (answer.source == Source.NOBODY or _waits_for_closing(answer, session)):
            continue
        changed = mark or Mark(session=session, student_id=student_id, status="", source="")
        change = change_of(changed, answer, now)
        if fill(changed, answer, on_roster=on_roster, with_seen=not facts.keeps_times(student_id)):
            (kept if mark else new).append(changed)
        if change:
            changes.append(change)
    write_rows(new, kept, changes)
    if students is None:
        note_decision(session, facts)
    return len(new) + len(kept)


def decide_persons(facts: SessionFacts, students: Iterable[int]) -> None:
    """After a word of students who were merged: decide those who stand for them, within the caller's transaction."""
    persons = {facts.persons.person_of(each) for each in students} - set(students)
    if persons:
        decide_locked(facts.session, persons, with_roster=facts.session.closed_at is None)


def _waits_for_closing(answer: Answer, session: ClassSession) -> bool:
    return answer.source == Source.EXCUSE and session.closed_at is None


def write_rows(new: list[Mark], kept: list[Mark], changes: list[MarkChange]) -> None:
    """Write the rows of a class session and its history, in a constant number of statements for a usual roster."""
    Mark.objects.bulk_create(new)
    Mark.objects.bulk_update(kept, DECIDED, batch_size=200)
    MarkChange.objects.bulk_create(changes)


def note_decision(session: ClassSession, facts: SessionFacts) -> None:
    """Write down when all rows were decided, by the database's clock, and by which coverage; and so when it closed."""
    row = ClassSession.objects.filter(pk=session.pk)
    if session.closed_at:
        digest = digest_spans(facts.coverage)
        row.update(closed_at=Coalesce("closed_at", Now()), decided_at=Now(), coverage_digest=digest)
    else:
        row.update(decided_at=None, coverage_digest=None)


def change_of(mark: Mark, answer: Answer, now: datetime) -> MarkChange | None:
    """The line of the history for what the portal changes by itself; None where the status stays as it is."""
    if (mark.status, mark.source) == (answer.status, answer.source):
        return None
    return MarkChange(
        session_id=mark.session_id,
        student_id=mark.student_id,
        action=MarkChange.Action.DECIDE,
        program=PROGRAM,
        changed_at=now,
        from_status=mark.status,
        from_source=mark.source,
        to_status=answer.status,
        to_source=answer.source,
        reason=answer.reason[:500],
    )


def fill(mark: Mark, answer: Answer, *, on_roster: bool, with_seen: bool) -> bool:
    """Set what the mark says; whether anything differs from before.

    Without ``with_seen`` the mark keeps its times, whatever part of them lies inside the class session: they are the
    only ones there are, since an older recognizer wrote them.
    """
    values: dict[str, object] = {
        "status": str(answer.status),
        "source": str(answer.source),
        "because": str(answer.because),
        "on_roster": on_roster,
        "marked_by_id": answer.word.by_id if answer.word else None,
        "note": answer.word.note if answer.word else "",
    }
    if with_seen:
        seen = answer.seen
        values["first_seen_at"] = seen.first_seen_at if seen else None
        values["last_seen_at"] = seen.last_seen_at if seen else None
        values["distance"] = seen.distance if seen else None
        values["camera_name"] = seen.camera_name if seen else ""
    differs = any(getattr(mark, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(mark, name, value)
    return differs
