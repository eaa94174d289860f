"""One class session's register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import chain

from portal.attendance.models import (
    CameraStatus,
    ClassSession,
    Mark,
    Student,
)
from portal.attendance.names import surname_key
from portal.attendance.queries.cameras import CameraNote, camera_note
from portal.attendance.queries.look_alikes import LookAlikes, find_look_alikes
from portal.attendance.queries.register_facts import RegisterFacts, doubtful_of
from portal.attendance.queries.register_rows import OUTSIDE, UNANSWERED, RegisterRow
from portal.attendance.queries.sight import SessionSight, sight_of
from portal.attendance.schedule import Phase


@dataclass(frozen=True)
class Register:
    """All students of a class session by surname: ``rows`` are those expected or marked, ``visitors`` were only seen.

    ``possible`` are those whom nobody expects and who look like somebody seen: it is not known which of them it was.

    ``unnamed`` are those on the roster whom the room's gallery cannot name, so that no camera will mark them.
    ``look_alikes`` are students of whom cameras saw one and cannot say whom. ``are_visitors_unknown`` is of now: a
    camera of the room knows nobody but those on its rosters.
    """

    session: ClassSession
    phase: Phase
    rows: list[RegisterRow]
    visitors: list[RegisterRow]
    possible: list[RegisterRow]
    cameras: list[CameraNote]
    sight: SessionSight
    has_gallery: bool
    look_alikes: list[LookAlikes]
    are_visitors_unknown: bool

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows have each status that any has; rows outside the roster that say nothing count nowhere."""
        return dict(Counter(row.status for row in self.rows if row.status != OUTSIDE))

    @property
    def total(self) -> int:
        """How many rows say something."""
        return sum(self.counts.values())

    @property
    def here(self) -> int:
        """How many of those expected are here."""
        return sum(row.is_here and row.is_on_roster for row in self.rows)

    @property
    def expected(self) -> int:
        """How many are expected: the roster of the day."""
        return sum(row.is_on_roster for row in self.rows)

    @property
    def unseen(self) -> int:
        """How many of those expected nobody could have seen."""
        return sum(row.is_on_roster and row.status == Mark.Status.UNSEEN for row in self.rows)

    @property
    def guests(self) -> int:
        return sum(row.is_guest for row in self.rows)

    @property
    def unanswered(self) -> list[RegisterRow]:
        """Those on the roster who have no answer: nobody can say, or not yet."""
        return [row for row in self.rows if row.is_on_roster and row.status in UNANSWERED]

    @property
    def is_blind(self) -> bool:
        """Whether the class session runs and no camera of its room can see now."""
        blind = {camera.name for camera in self.sight.cameras if camera.is_blind_last}
        seeing = any(camera.state == "watching" and camera.name not in blind for camera in self.cameras)
        return self.phase is Phase.RUNNING and not seeing

    @property
    def unnamed(self) -> list[RegisterRow]:
        return [row for row in self.rows if row.is_on_roster and not row.is_enrolled]

    def row_of(self, student: Student) -> RegisterRow:
        """The student's row; one without a mark for somebody who is neither expected, marked nor seen."""
        for row in (*self.rows, *self.visitors, *self.possible):
            if row.student.pk == student.pk:
                return row
        return RegisterRow(student, None, "", is_on_roster=False)


def register_of(session: ClassSession, now: datetime) -> Register:
    """The register of a class session. It needs its room loaded.

    A closed register has the rows that were written when it was closed, and whoever was marked since. An open one also
    has the roster of its day.
    """
    facts = RegisterFacts(session, now)
    seen = {pk: entries[0].student for pk, entries in facts.evidence.items()}
    seen = {pk: student if student.pk == pk else student.person for pk, student in seen.items()}
    visitors = {pk for pk, entries in facts.evidence.items() if not all(entry.is_between for entry in entries)}
    for entry in doubtful_of(session, facts.marks.values()):
        facts.evidence.setdefault(entry.student_id, []).append(entry)
    look_alikes = find_look_alikes(session, chain.from_iterable(facts.evidence.values()))
    alike = {student.pk: group for group in look_alikes for student in group.students}

    def row(student: Student) -> RegisterRow:
        return facts.row_of(student, alike.get(student.pk))

    expected = facts.roster | {mark.student_id: mark.student for mark in facts.marks.values()}
    cameras = list(CameraStatus.objects.filter(room=session.room_id).order_by("camera_name"))
    is_running = facts.phase is Phase.RUNNING
    return Register(
        session=session,
        phase=facts.phase,
        rows=_by_surname(row(student) for student in expected.values()),
        visitors=_by_surname(row(seen[pk]) for pk in visitors - expected.keys()),
        possible=_by_surname(replace(row(seen[pk]), status="") for pk in seen.keys() - visitors - expected.keys()),
        cameras=[camera_note(camera, now) for camera in cameras],
        sight=sight_of([session], now)[session.pk],
        has_gallery=facts.has_gallery,
        look_alikes=look_alikes,
        are_visitors_unknown=is_running and any(camera.gallery_scope == "rosters" for camera in cameras),
    )


def _by_surname(rows: Iterable[RegisterRow]) -> list[RegisterRow]:
    return sorted(rows, key=lambda row: (*surname_key(row.student.full_name), row.student.number))
