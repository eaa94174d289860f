"""A small made-up school: two lecturers with a course each, and one of the staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import Model, QuerySet
from django.utils import timezone

from portal.accounts.models import Account, OfficialChange
from portal.attendance.models import (
    CameraStatus,
    ClassSession,
    Course,
    Enrolled,
    Evidence,
    Mark,
    NearMiss,
    Room,
    RosterEntry,
    Sight,
    Student,
)

Row = TypeVar("Row", bound=Model)

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday; London's clocks show UTC."""


@dataclass
class School:
    """What stands in the database; ``session`` is one of ``course``, which ``lecturer`` teaches."""

    lecturer: Account
    other: Account
    staff: Account
    course: Course
    other_course: Course
    room: Room
    session: ClassSession
    students: list[Student]

    def meet(self, starts_at: datetime, minutes: int = 50, **values: Any) -> ClassSession:
        """A class session of the lecturer's course, unless another is given."""
        values = {"course": self.course, "room": self.room} | values
        ends_at = starts_at + timedelta(minutes=minutes)
        return ClassSession.objects.create(starts_at=starts_at, ends_at=ends_at, **values)

    def move(self, starts_at: datetime) -> None:
        """Let the class session take place at another time, as if it had always been so."""
        self.session.starts_at, self.session.ends_at = starts_at, starts_at + timedelta(minutes=50)
        self.session.save()

    def watch(
        self, first: int = 0, last: int = 50, camera: str = "front", session: ClassSession | None = None
    ) -> Sight:
        """Minutes of a class session in which a camera could see."""
        session = session or self.session
        start, end = (session.starts_at + timedelta(minutes=minute) for minute in (first, last))
        return Sight.objects.create(room=self.room, camera_name=camera, starts_at=start, ends_at=end)

    def enrol(self, *students: Student) -> None:
        """Let the room's gallery name them, since long before."""
        since = self.session.starts_at - timedelta(days=30)
        for student in students or self.students:
            Enrolled.objects.create(room=self.room, student=student, reference_count=3, enrolled_at=since)

    def notice(self, student: Student, first: int = 1, last: int = 21, **values: Any) -> Evidence:
        """What a camera saw of a student from one minute of the class session to another, both in the same hour."""
        start, end = (self.session.starts_at + timedelta(minutes=minute) for minute in (first, last))
        hour = start.replace(minute=0, second=0, microsecond=0)
        minutes = sum(1 << minute for minute in range(start.minute, start.minute + last - first + 1))
        seen = {"first_seen_at": start, "last_seen_at": end, "minutes": minutes, "distance": 0.31, "encodings": 5}
        seen["clock_was_wrong"] = not values.get("is_confirmed", True)
        where = {"session": self.session, "student": student, "room": self.room, "camera_name": "front", "hour": hour}
        return Evidence.objects.create(**where | seen | values)

    def nearly_name(self, student: Student, first: int = 1, last: int = 9, **values: Any) -> NearMiss:
        """A camera saw somebody, from one minute of the class session to another, who may be the student."""
        start, end = (self.session.starts_at + timedelta(minutes=minute) for minute in (first, last))
        where = {"session": self.session, "student": student, "room": self.room, "camera_name": "front"}
        seen = {"first_seen_at": start, "last_seen_at": end, "minutes": 1 << start.minute, "distance": 0.48}
        hour = start.replace(minute=0, second=0, microsecond=0)
        return NearMiss.objects.create(**where | seen | {"hour": hour, "sure_below": 0.45, "encodings": 5} | values)

    def see(self, student: Student, minute: int = 1, session: ClassSession | None = None, **values: Any) -> Mark:
        """A camera's mark, as the recognizer writes it."""
        session = session or self.session
        at = session.starts_at + timedelta(minutes=minute)
        seen = {"first_seen_at": at, "last_seen_at": at + timedelta(minutes=20), "distance": 0.31}
        said = {"status": "late" if minute > 15 else "present", "source": "camera", "camera_name": "front"}
        return Mark.objects.create(session=session, student=student, **seen | said | values)

    def camera(self, state: str = "watching", **values: Any) -> CameraStatus:
        """A camera of the room that has just reported."""
        now = timezone.now()
        values = {"camera_name": "front", "reported_at": now, "last_frame_at": now} | values
        return CameraStatus.objects.create(room=self.room, state=state, **values)


def changes_in_trail() -> QuerySet[OfficialChange]:
    """What somebody did since, without the rows that a test itself began with."""
    return OfficialChange.objects.exclude(field__in=["added", "on the roster"], changed_by=None).order_by("pk")


def found_school(starts_at: datetime = NINE) -> School:
    """Four students, one of them with leading zeros, and a class session of 50 minutes."""

    def account(address: str, name: str, **values: Any) -> Account:
        return Account(email=f"{address}@uni.example", name=name, password=make_password(None), **values)

    lecturer, other, staff = _add(
        account("adjei", "Ama Adjei", title="Dr", time_zone="Europe/London"),
        account("byron", "Ada Byron"),
        account("registrar", "Sam Registrar", is_staff=True),
    )
    course, other_course = _add(
        Course(code="CSC 301", title="Operating Systems"), Course(code="MAT 110", title="Linear Algebra")
    )
    # As if they had always taught them: nothing of it stands in the trail.
    Course.lecturers.through.objects.bulk_create(
        Course.lecturers.through(course=taught, account=by)
        for taught, by in ((course, lecturer), (other_course, other))
    )
    names = {"0042": "Élodie Marchand", "S1001": "Grace Hopper", "S1002": "Eileen Collins", "S1003": "Bilal Haddad"}
    students = _add(*(Student(number=number, full_name=name) for number, name in names.items()))
    RosterEntry.objects.bulk_create(RosterEntry(course=course, student=each) for each in students)
    room = Room.objects.create(name="Lecture Theatre 1")
    ends_at = starts_at + timedelta(minutes=50)
    session = ClassSession.objects.create(course=course, room=room, starts_at=starts_at, ends_at=ends_at)
    return School(lecturer, other, staff, course, other_course, room, session, students)


def _add(*rows: Row) -> list[Row]:
    """Together, which takes a third of the time, where the database tells the keys of rows that are made together."""
    if connection.features.can_return_rows_from_bulk_insert:
        return type(rows[0])._default_manager.bulk_create(rows)
    for row in rows:
        row.save()
    return list(rows)
