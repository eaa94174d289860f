"""What fills the admin's pages, and how a browser sends one of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from portal.accounts.models import Account
from portal.attendance.models import (
    BlindSpan,
    CameraStatus,
    ClassSession,
    Course,
    Enrolled,
    Evidence,
    Mark,
    MarkChange,
    OutboxFault,
    Room,
    RoomLease,
    RosterEntry,
    Sight,
    Student,
)

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def fill(size: int, by: Account) -> None:
    """As many of everything, all of it in one course, room and class session where it can be."""
    start = Student.objects.count()
    course, _ = Course.objects.get_or_create(code="MATH 1", title="Analysis")
    room, _ = Room.objects.get_or_create(name="Hall 1")
    for n in range(start, start + size):
        other = Course.objects.create(code=f"PHYS {n}", title="Optics")
        other.lecturers.add(Account.objects.create_user(f"lecturer{n}@example.org", name=f"Lecturer {n}"))
        of_its_own = Room.objects.create(name=f"Room {n}")
        RoomLease.objects.create(
            room=of_its_own, holder=f"{n:064}", token=f"{n:032}", machine="desk-12", held_since=NINE, expires_at=NINE
        )
        begin = NINE + timedelta(days=n)
        session = ClassSession.objects.create(
            course=course, room=room, starts_at=begin, ends_at=begin + timedelta(hours=1)
        )
        student = Student.objects.create(number=f"{n:05}", full_name=f"Student {n}")
        RosterEntry.objects.create(course=course, student=student)
        RosterEntry.objects.create(course=other, student=student)
        mark = Mark.objects.create(session=session, student=student, status="late", source="lecturer", marked_by=by)
        MarkChange.objects.create(
            session=mark.session, student=mark.student, changed_by=by, to_status="late", reason="Seen at ten past"
        )
        CameraStatus.objects.create(room=room, camera_name=f"camera {n}", state="watching", reported_at=begin)
        spent = {"room": room, "camera_name": f"camera {n}", "starts_at": begin, "ends_at": session.ends_at}
        Sight.objects.create(**spent)
        BlindSpan.objects.create(**spent, reason="dark")
        OutboxFault.objects.create(
            room=room, happened_at=begin, reason="damaged", entries_saved=12, entries_lost=0, bytes_unreadable=4096
        )
        Enrolled.objects.create(room=room, student=student, reference_count=3, enrolled_at=begin)
        Evidence.objects.create(
            session=session,
            student=student,
            room=room,
            camera_name=f"camera {n}",
            hour=begin,
            first_seen_at=begin,
            last_seen_at=begin,
            minutes=1,
            distance=0.3,
        )


def course_form(course: Course, **changes: str) -> dict[str, str]:
    """What the browser sends for a course's page as it stands."""
    entries = list(course.roster.order_by("student__full_name"))
    sessions = list(course.sessions.all())
    sent = {"code": course.code, "title": course.title, "least_coverage_percent": "80", "numbers": ""}
    for prefix, rows in (("roster", entries), ("sessions", sessions), ("sessions-2", [])):
        sent |= {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": str(len(rows))}
        for index, row in enumerate(rows):
            sent |= {f"{prefix}-{index}-id": str(row.pk), f"{prefix}-{index}-course": str(course.pk)}
            if isinstance(row, RosterEntry):
                sent |= {f"{prefix}-{index}-{name}": str(getattr(row, name) or "") for name in ("since", "until")}
    return sent | changes


def save(client: Client, course: Course, **changes: str) -> Any:
    return client.post(f"/admin/attendance/course/{course.pk}/change/", course_form(course, **changes), follow=True)
