"""The register in the portal's database: what was seen, and the marks that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from recognizer.domain.register.attendance import OPENS_BEFORE
from recognizer.domain.register.evidence import Evidence, Presence, find_presence
from recognizer.domain.register.hour_entry import start_of_hour
from recognizer.errors import MarkRefused
from recognizer.storage.database.connection import explain, repeated_where_met
from recognizer.storage.database.evidence import read_evidence, write_evidence
from recognizer.storage.database.lookup import database_now, find_room, find_student, ids_of_person
from recognizer.storage.database.tables import class_session, mark, mark_change, roster_entry, student

PROGRAM = "recognizer"
"""The author of a change, as the history names it."""

_PERSONS = "lecturer"
_LONGEST_SESSION = timedelta(days=7)
"""A class session that is longer is none; the limit lets the database look at few."""

_DOUBTS = {
    "clock": "Seen while the classroom machine's clock was wrong, and nobody has confirmed it.",
    "look-alike": "Seen, or somebody who looks alike: the cameras cannot tell them apart.",
}
"""Why nobody knows whether a student was there of whom a sighting tells, in the portal's own words."""

_FARTHEST = 1.0
"""The distance of a mark that has none: farther than any at which a student is named."""


@dataclass(frozen=True, slots=True)
class _Session:
    """A class session as it stands, and may not change until the transaction ends."""

    id: int
    course_id: int
    starts_at: datetime
    ends_at: datetime
    day: date
    late_after_minutes: int

    def status_at(self, first_seen_at: datetime) -> str:
        """Present, or late when first seen more than ``late_after_minutes`` after the start."""
        return "late" if first_seen_at > self.starts_at + timedelta(minutes=self.late_after_minutes) else "present"


class SqlRegister:
    """``ports.Register`` on the tables of the portal.

    Whoever writes marks locks the class session first and the mark then: ``record`` and the portal wait for each other,
    and never in a ring. The shared lock on the class session keeps its times as they are until the mark is written.
    """

    def __init__(self, engine: Engine, room_name: str) -> None:
        self._engine = engine
        self._room_name = room_name

    def record(self, evidence: Evidence) -> None:
        """See ``ports.Register.record``."""
        try:
            repeated_where_met(self._engine, lambda connection: self._record(connection, evidence))
        except SQLAlchemyError as error:
            raise MarkRefused(explain(error)) from None

    def _record(self, connection: Connection, evidence: Evidence) -> None:
        room_id = find_room(connection, self._room_name)
        sessions = _hold_sessions(connection, evidence, room_id)
        if evidence.session_id not in sessions:
            raise MarkRefused(f"class session {evidence.session_id} is gone")
        student_id = find_student(connection, evidence.student_number, evidence.student_id)
        seen = replace(evidence, is_confirmed=write_evidence(connection, evidence, student_id, room_id))
        # In the order of their ids: two recognizers that write marks of the same student do not wait in a ring.
        for session in sessions.values():
            follow = _follow if session.id == seen.session_id else _follow_in_another
            follow(connection, session, student_id, seen)


def _hold_sessions(connection: Connection, evidence: Evidence, room_id: int) -> dict[int, _Session]:
    """The class session that the entry is kept for, and others in its time in this room; by their ids, in that order.

    There are others where one was moved to that time, or entered, after the sighting.
    """
    during = and_(
        class_session.c.room_id == room_id,
        class_session.c.starts_at.between(evidence.first_seen_at - _LONGEST_SESSION, evidence.last_seen_at),
        class_session.c.ends_at > evidence.first_seen_at,
        class_session.c.is_cancelled.is_(False),
    )
    ids = {evidence.session_id, *connection.scalars(select(class_session.c.id).where(during))}
    columns = [class_session.c[each.name] for each in fields(_Session)]
    wanted = select(*columns).where(class_session.c.id.in_(ids)).order_by(class_session.c.id)
    return {row.id: _Session(*row) for row in connection.execute(wanted.with_for_update(read=True))}


def _follow(connection: Connection, session: _Session, student_id: int, seen: Evidence) -> None:
    """Write what follows from an entry for its own class session."""
    if seen.is_sure:
        _mark_seen(connection, session, student_id)
    elif seen.within(session.starts_at - OPENS_BEFORE, session.ends_at):
        _doubt_absence(connection, session, student_id, _doubt_of(seen))


def _follow_in_another(connection: Connection, session: _Session, student_id: int, seen: Evidence) -> None:
    """What was seen in the time of another class session counts there too, for a student of whom it has a row."""
    part = seen.clipped(session.starts_at, session.ends_at)
    if part is None or _hold_mark(connection, session.id, student_id) is None:
        return
    if part.is_sure:
        _mark_seen(connection, session, student_id, [part])
    else:
        _doubt_absence(connection, session, student_id, _doubt_of(part))


def _mark_seen(connection: Connection, session: _Session, student_id: int, anothers: Sequence[Evidence] = ()) -> None:
    """Write what ``decide`` of the portal says by its second rule: present or late by what cameras saw.

    ``anothers`` are kept for another class session and lie in the time of this one.
    """
    row = _hold_mark(connection, session.id, student_id)
    entries = [*read_evidence(connection, session.id, student_id), *anothers]
    if row is not None and row.first_seen_at is not None:
        # What a mark says that it saw counts too: older recognizers send no evidence.
        entries.append(_seen_by_mark(row))
    presence = find_presence(entries, session.starts_at - OPENS_BEFORE, session.ends_at)
    if presence is None:
        return
    if row is not None:
        _update(connection, session, row, presence)
    elif _is_expected(connection, session, student_id):
        _insert(connection, session, student_id, presence)


def _doubt_of(seen: Evidence) -> str:
    """Why an entry marks nobody: a key of ``_DOUBTS``."""
    return "look-alike" if seen.is_between else "clock"


def _doubt_absence(connection: Connection, session: _Session, student_id: int, because: str) -> None:
    """Write what ``decide`` of the portal says of a doubtful sighting that arrives after closing: no longer absent.

    Before closing it changes nothing: the portal takes it into account when it closes the register. Of two doubts the
    wrong clock is told.
    """
    row = _hold_mark(connection, session.id, student_id)
    if row is None or row.source != "closing" or row.because in ("clock", because):
        return
    connection.execute(update(mark).where(mark.c.id == row.id).values(status="unseen", because=because))
    if row.status != "unseen":
        before, after = (row.status, row.source), ("unseen", "closing")
        _write_change(connection, session, student_id, before, after, _DOUBTS[because])


def _hold_mark(connection: Connection, session_id: int, student_id: int) -> Row[Any] | None:
    """The mark, which nobody else can change until the transaction ends."""
    key = (mark.c.session_id == session_id) & (mark.c.student_id == student_id)
    # Changes nothing, and locks the row.
    if not connection.execute(update(mark).where(key).values(last_seen_at=mark.c.last_seen_at)).rowcount:
        return None
    return connection.execute(select(mark).where(key)).one()


def _seen_by_mark(row: Row[Any]) -> Evidence:
    return Evidence(
        row.session_id,
        "",
        row.camera_name,
        start_of_hour(row.first_seen_at),
        row.first_seen_at,
        row.last_seen_at,
        minutes=0,
        distance=_FARTHEST if row.distance is None else row.distance,
    )


def _update(connection: Connection, session: _Session, row: Row[Any], presence: Presence) -> None:
    """Set the seen-times; the status follows the first sighting, unless a person said it."""
    status = session.status_at(presence.first_seen_at)
    is_change = row.source != _PERSONS and (row.status, row.source) != (status, "camera")
    said = {"status": status, "source": "camera", "because": ""} if is_change else {}
    changed = {name: value for name, value in (asdict(presence) | said).items() if getattr(row, name) != value}
    if changed:
        connection.execute(update(mark).where(mark.c.id == row.id).values(changed))
    if is_change:
        before, after = (row.status, row.source), (status, "camera")
        _write_change(connection, session, row.student_id, before, after, _explain(session, presence))


def _insert(connection: Connection, session: _Session, student_id: int, presence: Presence) -> None:
    status = session.status_at(presence.first_seen_at)
    connection.execute(
        insert(mark).values(
            session_id=session.id,
            student_id=student_id,
            status=status,
            source="camera",
            because="",
            **asdict(presence),
        )
    )
    _write_change(connection, session, student_id, ("", ""), (status, "camera"), _explain(session, presence))


def _write_change(
    connection: Connection,
    session: _Session,
    student_id: int,
    before: tuple[str, str],
    after: tuple[str, str],
    reason: str,
) -> None:
    """Write a line of the history; ``before`` and ``after`` are status and source."""
    connection.execute(
        insert(mark_change).values(
            session_id=session.id,
            student_id=student_id,
            action="decide",
            program=PROGRAM,
            changed_at=database_now(connection),
            from_status=before[0],
            from_source=before[1],
            to_status=after[0],
            to_source=after[1],
            reason=reason,
        )
    )


def _explain(session: _Session, presence: Presence) -> str:
    """In the portal's own words: both write such changes into one history."""
    minutes = (presence.first_seen_at - session.starts_at) // timedelta(minutes=1)
    span = f"{abs(minutes)} minute{'' if abs(minutes) == 1 else 's'}"
    when = f"{span} {'after' if minutes > 0 else 'before'} the start" if minutes else "at the start"
    return f"First seen{f' by {presence.camera_name},' if presence.camera_name else ''} {when}."


def _is_expected(connection: Connection, session: _Session, student_id: int) -> bool:
    """Whether the student is on the roster of that day, or somebody who was merged into them."""
    is_active = select(student.c.id).where(student.c.id == student_id, student.c.is_active.is_(True)).exists()
    found = connection.scalar(
        select(roster_entry.c.id)
        .where(
            is_active,
            roster_entry.c.course_id == session.course_id,
            roster_entry.c.student_id.in_(ids_of_person(student_id)),
            or_(roster_entry.c.since.is_(None), roster_entry.c.since <= session.day),
            or_(roster_entry.c.until.is_(None), roster_entry.c.until >= session.day),
        )
        .limit(1)
    )
    return found is not None
