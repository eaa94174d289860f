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
    MarkChange,
    Student,
)
from portal.attendance.names import surname_key
from portal.attendance.queries.cameras import CameraNote, camera_note
from portal.attendance.queries.look_alikes import LookAlikes, find_look_alikes
from portal.attendance.queries.register_facts import RegisterFacts
from portal.attendance.queries.register_rows import OUTSIDE, UNANSWERED, RegisterRow
from portal.attendance.queries.sight import SessionSight, sight_of
from portal.attendance.schedule import Phase


@dataclass(frozen=True)
class Register:
    """All students of a class session by surname: ``rows`` are those expected or marked, ``visitors`` were only seen.

    ``possible`` are those whom nobody expects and who look like somebody seen: it is not known which of them it was.

    ``unnamed`` are those on the roster whom the room's gallery cannot name, so that no camera will mark them.
    ``look_alikes`` are students of whom cameras saw one and cannot say whom.
    """

    session: ClassSession
    phase: Phase
    rows: list[RegisterRow]
    visitors: list[RegisterRow]
    possible: list[RegisterRow]
    sight: SessionSight
    look_alikes: list[LookAlikes]
    now: datetime

    @cached_property
    def cameras(self) -> list[CameraNote]:
        """Those of the room, as they are now."""
        return [camera_note(each, self.now) for each in self._statuses]

    @property
    def are_visitors_unknown(self) -> bool:
        """Whether a camera of the room knows nobody but those on its rosters, while the class session runs."""
        is_running = self.phase is Phase.RUNNING
        return is_running and any(each.gallery_scope == "rosters" for each in self._statuses)

    @cached_property
    def _statuses(self) -> list[CameraStatus]:
        return list(CameraStatus.objects.filter(room=self.session.room_id).order_by("camera_name"))

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

    @property
    def everybody(self) -> Iterable[RegisterRow]:
        """All who are expected, marked or seen, or look like somebody seen."""
        return chain(self.rows, self.visitors, self.possible)

    @property
    def numbers(self) -> set[str | None]:
        """The folded numbers of all who stand there: whoever reads the register knows these students."""
        return {each.student.folded_number for each in self.everybody}

    def find(self, student_id: int) -> RegisterRow | None:
        """The student's row; None for somebody who is neither expected, marked nor seen."""
        return next((row for row in self.everybody if row.student.pk == student_id), None)

    def row_of(self, student: Student) -> RegisterRow:
        """The same; a row without a mark for somebody who has none."""
        return self.find(student.pk) or RegisterRow(student, None, "", is_on_roster=False)


def register_of(
    session: ClassSession, now: datetime, sight: SessionSight | None = None, changes: Iterable[MarkChange] | None = None
) -> Register:
    """The register of a class session. It needs its room loaded.

    ``sight`` is what ``sight_of`` says of it, and ``changes`` are those of persons, where the caller has them already.

    A closed register has the rows that were written when it was closed, and whoever was marked since. An open one also
    has the roster of its day.
    """
    facts = RegisterFacts(session, now, changes)
    seen = {pk: entries[0].student for pk, entries in facts.evidence.items()}
    seen = {pk: student if student.pk == pk else student.person for pk, student in seen.items()}
    visitors = {pk for pk, entries in facts.evidence.items() if not all(entry.is_between for entry in entries)}
    for entry in facts.doubtful:
        facts.evidence.setdefault(entry.student_id, []).append(entry)
    look_alikes = find_look_alikes(session, chain.from_iterable(facts.evidence.values()))
    alike = {student.pk: group for group in look_alikes for student in group.students}

    def row(student: Student) -> RegisterRow:
        return facts.row_of(student, alike.get(student.pk))

    expected = facts.roster | {mark.student_id: mark.student for mark in facts.marks.values()}
    return Register(
        session=session,
        phase=facts.phase,
        rows=_by_surname(row(student) for student in expected.values()),
        visitors=_by_surname(row(seen[pk]) for pk in visitors - expected.keys()),
        possible=_by_surname(replace(row(seen[pk]), status="") for pk in seen.keys() - visitors - expected.keys()),
        sight=sight or sight_of([session], now)[session.pk],
        look_alikes=look_alikes,
        now=now,
    )


def _by_surname(rows: Iterable[RegisterRow]) -> list[RegisterRow]:
    return sorted(rows, key=lambda row: (*surname_key(row.student.full_name), row.student.number))
