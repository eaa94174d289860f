"""One class session's register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from portal.attendance.models import CameraStatus, ClassSession, Mark, MarkChange, Student
from portal.attendance.queries.cameras import CameraNote, camera_note
from portal.attendance.schedule import Phase, phase_of

HERE = (Mark.Status.PRESENT, Mark.Status.LATE)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One student in one class session.

    ``status`` is the mark's, or without a mark: ``expected``, ``absent``, ``unseen`` (no camera could have seen the
    student) or ``cancelled``. ``version`` is the id of the mark's last change by a person, 0 without one.
    """

    student: Student
    mark: Mark | None
    status: str
    is_on_roster: bool
    last_change: MarkChange | None

    @property
    def version(self) -> int:
        return self.last_change.pk if self.last_change else 0


@dataclass(frozen=True)
class Register:
    """All students of a class session by name, expected or marked."""

    session: ClassSession
    phase: Phase
    rows: list[RegisterRow]
    cameras: list[CameraNote]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many students have each status that any has."""
        return dict(Counter(row.status for row in self.rows))

    @property
    def here(self) -> int:
        return sum(self.counts.get(status, 0) for status in HERE)


def register_of(session: ClassSession, now: datetime) -> Register:
    """The register of a class session, whoever is on the roster and whoever was marked."""
    marks = {mark.student_id: mark for mark in session.marks.select_related("student", "marked_by")}
    roster = {each.pk: each for each in Student.objects.filter(roster_entries__course=session.course_id)}
    changes: dict[int, MarkChange] = {}
    for change in (
        MarkChange.objects.filter(session=session, changed_by__isnull=False).select_related("changed_by").order_by("pk")
    ):
        changes[change.student_id] = change
    cameras = list(CameraStatus.objects.filter(room=session.room_id).order_by("camera_name"))
    phase = phase_of(session, now)
    missing = _status_without_mark(session, phase, cameras, marks.values())
    students = roster | {mark.student_id: mark.student for mark in marks.values()}
    rows = [
        RegisterRow(
            student=student,
            mark=(mark := marks.get(pk)),
            status=mark.status if mark else missing,
            is_on_roster=pk in roster,
            last_change=changes.get(pk),
        )
        for pk, student in students.items()
    ]
    rows.sort(key=lambda row: (row.student.plain_name, row.student.number))
    return Register(session, phase, rows, [camera_note(camera, now) for camera in cameras])


def _status_without_mark(
    session: ClassSession, phase: Phase, cameras: Iterable[CameraStatus], marks: Iterable[Mark]
) -> str:
    """Absent only where somebody could have been seen: after the end, in a room whose cameras delivered something."""
    if phase is Phase.CANCELLED:
        return "cancelled"
    if phase is not Phase.OVER:
        return "expected"
    watched = any(each.last_frame_at and each.last_frame_at >= session.starts_at for each in cameras)
    return "absent" if watched or any(mark.first_seen_at for mark in marks) else "unseen"
