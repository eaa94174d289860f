"""Two class sessions of which anything may become: their registers always say what the facts say, and why."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.attendance.models import (
    PERSONS_STATUSES,
    ClassSession,
    Enrolled,
    Evidence,
    Mark,
    MarkChange,
    Room,
    RosterEntry,
    Sight,
)
from portal.attendance.services.closing import close_due, close_if_due, turn_rest_absent
from portal.attendance.services.correction import (
    NothingToTakeBack,
    back_to_camera,
    confirm_evidence,
    correct_mark,
    undo_word,
)
from portal.attendance.services.deciding import DECIDED, decide_anew
from portal.attendance.services.rosters import decide_open_registers
from portal.attendance.services.timetable import change_session
from tests.fixtures.patience import IS_LONG
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db

IN_VAIN = (NothingToTakeBack, ValueError, IntegrityError)
"""Of what is not possible then: nothing to take back, to confirm or to mark; a class session is there already."""


@dataclass(frozen=True)
class World:
    """The first two class sessions are in the first room, one after the other, of two courses."""

    school: School
    sessions: list[ClassSession]
    rooms: list[Room]

    def session(self, which: int) -> ClassSession:
        self.sessions[which].refresh_from_db()
        return self.sessions[which]


Event = Callable[[World], object]


def at(minute: int) -> datetime:
    return NINE + timedelta(minutes=minute)


def see(which: int, student: int, first: int, length: int, is_confirmed: bool) -> Event:
    """Evidence of the first room, for a class session that need not lie in its time any more.

    The register is decided as the recognizer does it: its own, and those in whose time it lies and which have a row.
    """

    def happen(world: World) -> None:
        session, who = world.session(which), world.school.students[student]
        start, hour = at(first), at(first).replace(minute=0)
        end = min(at(first + length), hour + timedelta(minutes=59))
        seen = {"first_seen_at": start, "last_seen_at": end, "distance": 0.3, "is_confirmed": is_confirmed}
        seen["minutes"] = sum(1 << minute for minute in range(start.minute, end.minute + 1))
        key = {"session": session, "student": who, "camera_name": "front", "hour": hour}
        _, is_new = Evidence.objects.get_or_create(
            seen | {"room": world.rooms[0]}, **key, clock_was_wrong=not is_confirmed
        )
        if is_new:
            decide_anew(session, [who])
            during = ClassSession.objects.filter(room=world.rooms[0], starts_at__lte=end, ends_at__gt=start)
            for other in during.exclude(pk=session.pk).filter(is_cancelled=False, marks__student=who):
                decide_anew(other, [who])

    return happen


def move(which: int, start: int, length: int) -> Event:
    return lambda world: change_session(world.session(which), starts_at=at(start), ends_at=at(start + length))


def cancel(which: int, is_cancelled: bool) -> Event:
    return lambda world: change_session(world.session(which), is_cancelled=is_cancelled)


def change_room(which: int, room: int) -> Event:
    return lambda world: change_session(world.session(which), room=world.rooms[room])


def watch(room: int, start: int, length: int, camera: str) -> Event:
    spent = {"starts_at": at(start), "ends_at": at(start + length)}
    return lambda world: Sight.objects.create(room=world.rooms[room], camera_name=camera, **spent)


def say(which: int, student: int, status: str) -> Event:
    return lambda world: correct_mark(
        world.session(which), world.school.students[student], status, "I know it", world.school.staff
    )


def act(what: Callable[..., object], which: int, student: int) -> Event:
    return lambda world: what(world.session(which), world.school.students[student], world.school.staff)


def join(which: int, student: int, days_later: int | None) -> Event:
    def happen(world: World) -> None:
        course, who = world.session(which).course, world.school.students[student]
        since = None if days_later is None else NINE.date() + timedelta(days=days_later)
        entry = RosterEntry(course=course, student=who, since=since)
        if not any(map(entry.overlaps, RosterEntry.objects.filter(course=course, student=who))):
            entry.save()
            decide_open_registers({course: [who]})

    return happen


def leave(which: int, student: int) -> Event:
    def happen(world: World) -> None:
        course, who = world.session(which).course, world.school.students[student]
        RosterEntry.objects.filter(course=course, student=who).delete()
        decide_open_registers({course: [who]})

    return happen


def set_active(student: int, is_active: bool) -> Event:
    def happen(world: World) -> None:
        who = world.school.students[student]
        who.is_active = is_active
        who.save()

    return happen


either, student = st.integers(0, 1), st.integers(0, 3)
tens = st.integers(-2, 13).map(lambda number: 10 * number)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(see, either, student, st.integers(-15, 125), st.integers(0, 20), st.sampled_from([True, True, False])),
    st.builds(move, either, tens, st.sampled_from([30, 50])),
    st.builds(cancel, either, st.booleans()),
    st.builds(change_room, either, either),
    st.just(lambda world: close_due()),
    st.builds(lambda which: lambda world: close_if_due(world.session(which)), either),
    st.builds(watch, either, tens, st.integers(10, 130), st.sampled_from(["front", "back"])),
    st.builds(say, either, student, st.sampled_from(PERSONS_STATUSES)),
    st.builds(act, st.sampled_from([undo_word, back_to_camera, confirm_evidence]), either, student),
    st.builds(lambda which: lambda world: turn_rest_absent(world.session(which), world.school.staff), either),
    st.builds(join, either, student, st.sampled_from([None, 0, 1])),
    st.builds(leave, either, student),
    st.builds(set_active, student, st.booleans()),
)


@pytest.fixture
def world() -> World:
    school = found_school(NINE)
    other = school.meet(at(60), course=school.other_course)
    RosterEntry.objects.create(course=school.other_course, student=school.students[1])
    RosterEntry.objects.filter(course=school.course, student=school.students[3]).delete()
    for each in school.students[:3]:
        Enrolled.objects.create(room=school.room, student=each, reference_count=3, enrolled_at=at(-10_000))
    return World(school, [school.session, other], [school.room, Room.objects.create(name="Another room")])


@given(story=st.lists(events, min_size=3, max_size=12))
@settings(max_examples=25 if IS_LONG else 8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_a_closed_register_says_what_the_facts_say_and_its_history_leads_there(
    world: World, story: list[Event]
) -> None:
    with transaction.atomic():
        for event in story:
            with suppress(*IN_VAIN), transaction.atomic():
                event(world)
        close_due()
        rows = list(Mark.objects.order_by("pk").values_list("session", "student", *DECIDED))
        for session in ClassSession.objects.filter(closed_at__isnull=False):
            decide_anew(session)
        assert list(Mark.objects.order_by("pk").values_list("session", "student", *DECIDED)) == rows
        for mark in Mark.objects.all():
            history = list(MarkChange.objects.filter(session=mark.session, student=mark.student).order_by("pk"))
            said = [("", ""), *((change.to_status, change.to_source) for change in history)]
            assert [(change.from_status, change.from_source) for change in history] == said[:-1]
            assert (mark.status, mark.source) == said[-1]
        transaction.set_rollback(True)
    for row in (*world.sessions, *world.school.students):
        row.refresh_from_db()
