"""When courses meet: terms, weekly slots, and the class sessions that these make."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from portal.attendance.coverage import digest_spans
from portal.attendance.models import CameraStatus, ClassSession, Closure, Room, RoomCamera, Slot, Term
from portal.attendance.schedule import closes_at
from portal.attendance.services.populating.people import ROWS, lecturer_of
from portal.attendance.services.populating.plan import (
    CLOSED_WEEK,
    COURSES_OF_A_COHORT,
    WEEK,
    Plan,
    meetings_of,
)
from portal.attendance.services.slots import occurrence

CAMERAS = ("back", "front")

BLIND_ONE_IN, BY_HAND_ONE_IN, CANCELLED_ONE_IN = 40, 80, 100
"""Class sessions that no camera could see, of which half are taken by hand; and those that are cancelled."""

CHECKED_AFTER = timedelta(days=2)


def write_slots(plan: Plan) -> int:
    """Each course meets at the same times and in the same room in all terms."""
    rooms = Room.objects.in_bulk()
    terms = [
        Term(pk=each, name=f"Term {each}", first_day=first, last_day=last)
        for each, (first, last) in enumerate(plan.terms(), start=1)
    ]
    Term.objects.bulk_create(terms)
    Closure.objects.bulk_create(
        Closure(name=f"Closed week of {term.name}", first_day=monday, last_day=monday + WEEK - timedelta(days=1))
        for term in terms
        if (monday := term.first_day + CLOSED_WEEK * WEEK) < term.last_day
    )
    slots = [
        Slot(
            term=term,
            course_id=course,
            room=rooms[(course - 1) // COURSES_OF_A_COHORT + 1],
            weekday=weekday,
            starts=starts,
            ends=ends,
        )
        for term in terms
        for course in range(1, plan.courses + 1)
        for weekday, starts, ends in meetings_of(course)
    ]
    for key, slot in enumerate(slots, start=1):
        slot.pk = key
    Slot.objects.bulk_create(slots, batch_size=ROWS)
    return len(slots)


def write_sessions(plan: Plan) -> int:
    """What the slots make; a class session that is over has been closed."""
    closures = list(Closure.objects.all())
    key = 0

    def sessions() -> Iterator[ClassSession]:
        nonlocal key
        for slot in Slot.objects.select_related("term", "room").order_by("pk"):
            for day in slot.days():
                if not any(closure.has(day) for closure in closures):
                    key += 1
                    yield _session(plan, key, slot, day)

    ClassSession.objects.bulk_create(sessions(), batch_size=ROWS)
    return key


def _session(plan: Plan, key: int, slot: Slot, day: date) -> ClassSession:
    starts_at, ends_at = occurrence(slot, day)
    session = ClassSession(
        pk=key,
        course_id=slot.course_id,
        room=slot.room,
        starts_at=starts_at,
        ends_at=ends_at,
        slot=slot,
        slot_day=day,
        is_cancelled=_is_one_in(key, CANCELLED_ONE_IN),
    )
    session.is_by_hand = session.is_cancelled
    if not session.is_cancelled and closes_at(session) <= plan.now:
        session.closed_at = session.decided_at = closes_at(session)
        seen = [] if _is_one_in(key, BLIND_ONE_IN) else [(starts_at, ends_at)]
        session.coverage_digest = digest_spans(seen)
        if plan.now - ends_at > CHECKED_AFTER and key % 2:
            session.checked_by_id, session.checked_at = lecturer_of(slot.course_id), ends_at + CHECKED_AFTER
    return session


def _is_one_in(key: int, number: int) -> bool:
    """By chance that is the same each time, and that MariaDB's CRC32 knows too."""
    return zlib.crc32(str(key).encode()) % number == 0


def write_cameras(plan: Plan) -> int:
    """Two in each room, since before the first class session."""
    since = datetime.combine(plan.first_day - WEEK, time(), UTC)
    places = [(room, camera) for room in range(1, plan.cohorts + 1) for camera in CAMERAS]
    RoomCamera.objects.bulk_create(
        RoomCamera(room_id=room, camera_name=camera, since=since, recorded_at=since) for room, camera in places
    )
    now = timezone.now()
    CameraStatus.objects.bulk_create(
        CameraStatus(
            room_id=room,
            camera_name=camera,
            state=CameraStatus.State.WATCHING,
            reported_at=now,
            last_frame_at=now,
            state_since=now,
        )
        for room, camera in places
    )
    return len(places)
