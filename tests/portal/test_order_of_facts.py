"""The same facts give the same register, in whatever order they arrive and whenever the register is closed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.attendance.models import PERSONS_STATUSES, Enrolled, Excuse, Mark, RoomCamera, RosterEntry
from portal.attendance.services.closing import close_due
from portal.attendance.services.correction import NothingToTakeBack, back_to_camera, correct_mark, undo_word
from portal.attendance.services.deciding import DECIDED, decide_anew
from portal.attendance.services.excuses import enter_excuses, withdraw_excuses
from portal.attendance.services.rosters import apply_roster_to_held_sessions, decide_open_registers
from tests.fixtures.patience import IS_LONG
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db

HALF_PAST_NINE = NINE + timedelta(minutes=30)
"""The class session lies in two hours of evidence."""

EXPECTED, GUEST = 0, 1
"""Students of the school: one on the roster, and one who joins it or not."""

COMPARED = ("student__number", *DECIDED)

Fact = Callable[[School], object]


@dataclass(frozen=True)
class Story:
    """Facts in the order in which they arrive, and how many of them are there when the register is closed."""

    facts: tuple[Fact, ...]
    known_at_closing: int


def minute(school: School, number: int) -> datetime:
    """An instant, from the start of the class session."""
    return school.session.starts_at + timedelta(minutes=number)


def seen(student: int, camera: str, hour: int, first: int, length: int, distance: float, is_confirmed: bool) -> Fact:
    """Evidence arrives, and the student is marked by it at once, as the recognizer does."""

    def arrive(school: School) -> None:
        # The session starts half an hour into the first hour: minutes -20 to 29, and 30 to 79.
        start = first - 20 if hour == 0 else first + 30
        school.notice(
            school.students[student],
            start,
            min(start + length, 29 if hour == 0 else 89),
            camera_name=camera,
            distance=distance,
            is_confirmed=is_confirmed,
        )
        decide_anew(school.session, [school.students[student]])

    return arrive


def watched(camera: str, first: int, last: int) -> Fact:
    return lambda school: school.watch(first, last, camera)


def belonged(camera: str, first: int, last: int | None) -> Fact:
    """A camera belonged to the room, until a minute where it has an end."""
    return lambda school: RoomCamera.objects.create(
        room=school.room,
        camera_name=camera,
        since=minute(school, first),
        until=None if last is None else minute(school, last),
    )


def enrolled(student: int, first: int, last: int | None) -> Fact:
    return lambda school: Enrolled.objects.create(
        room=school.room,
        student=school.students[student],
        reference_count=3,
        enrolled_at=minute(school, first),
        removed_at=None if last is None else minute(school, last),
    )


def joined(days_later: int | None) -> Fact:
    """The guest joins the roster, and somebody asks for the class sessions held since as well."""

    def join(school: School) -> None:
        guest, day = school.students[GUEST], school.session.day
        since = None if days_later is None else day + timedelta(days=days_later)
        RosterEntry.objects.create(course=school.course, student=guest, since=since)
        decide_open_registers({school.course: [guest]})
        apply_roster_to_held_sessions(school.course, [guest])

    return join


def said(student: int, status: str | None, is_lecturer: bool, takes_all_back: bool) -> Fact:
    """A person sets a status; None takes back what was said."""

    def say(school: School) -> None:
        by = school.lecturer if is_lecturer else school.staff
        if status:
            correct_mark(school.session, school.students[student], status, f"{by} knows", by)
            return
        with suppress(NothingToTakeBack):
            (back_to_camera if takes_all_back else undo_word)(school.session, school.students[student], by)

    return say


def excused(student: int, days_later: int, is_for_course: bool, is_withdrawn: bool) -> Fact:
    """Somebody enters an excuse for some days, and takes it back where it was a mistake."""

    def excuse(school: School) -> None:
        first = school.session.day + timedelta(days=days_later)
        entered = Excuse(
            student=school.students[student],
            course=school.course if is_for_course else None,
            first_day=first,
            last_day=first + timedelta(days=2),
            reason="ill",
        )
        enter_excuses([entered], school.lecturer)
        if is_withdrawn:
            withdraw_excuses([entered], school.staff)

    return excuse


students = st.sampled_from([EXPECTED, GUEST])
cameras = st.sampled_from(["front", "back"])
tens = st.integers(-1, 5).map(lambda number: 10 * number)
evidence = st.lists(
    st.tuples(
        students,
        cameras,
        st.sampled_from([0, 1]),
        st.integers(0, 49),
        st.integers(0, 15),
        st.sampled_from([0.2, 0.3, 0.4]),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=4,
    unique_by=lambda entry: entry[:3] + entry[-1:],
)
spans = st.tuples(tens, tens).filter(lambda span: span[0] < span[1])
sight = st.lists(
    st.tuples(cameras, spans) | st.tuples(cameras, st.just((-10, 50))), max_size=4, unique_by=lambda s: (s[0], s[1][0])
)
belongings = st.lists(
    st.tuples(cameras, spans) | st.tuples(cameras, st.just((-10, None))),
    max_size=2,
    unique_by=lambda entry: (entry[0], entry[1][0]),
)
enrolments = st.lists(
    st.tuples(students, spans) | st.tuples(students, st.just((-10, None))),
    max_size=3,
    unique_by=lambda entry: (entry[0], entry[1][0]),
)
memberships = st.lists(st.sampled_from([None, -7, 0, 1]), max_size=1)
excuses = st.lists(
    st.tuples(students, st.integers(-3, 1), st.booleans(), st.sampled_from([False, False, True])), max_size=2
)
words = st.lists(
    st.tuples(students, st.sampled_from([*PERSONS_STATUSES, None, None]), st.booleans(), st.booleans()), max_size=4
)


@st.composite
def stories(draw: st.DrawFn) -> tuple[Story, Story]:
    """The same facts twice: in an order of their own, closed at any point, and with all known before the closing."""
    spoken = [said(*entry) for entry in draw(words)]
    facts: list[Fact] = [
        *(seen(*entry) for entry in draw(evidence)),
        # Without this one nearly every register would be blind, whatever else arrives.
        watched("front", -11, 50),
        *(watched(camera, *span) for camera, span in draw(sight)),
        *(belonged(camera, *span) for camera, span in draw(belongings)),
        *(enrolled(student, *span) for student, span in draw(enrolments)),
        *(joined(days) for days in draw(memberships)),
        *(excused(*entry) for entry in draw(excuses)),
    ]
    # What persons say has an order of its own, whatever comes between.
    places = draw(st.permutations([*facts, *[None] * len(spoken)]))
    following = iter(spoken)
    mixed = tuple(next(following) if fact is None else fact for fact in places)
    return Story(mixed, draw(st.integers(0, len(mixed)))), Story((*facts, *spoken), len(mixed))


def register_after(story: Story, school: School) -> list[tuple[object, ...]]:
    """What the register says once the story is over and the timer has come by; nothing of it is kept."""
    with transaction.atomic():
        for number, fact in enumerate(story.facts):
            if number == story.known_at_closing:
                close_due()
            fact(school)
        close_due()
        rows = list(Mark.objects.order_by("student__number").values_list(*COMPARED))
        close_due()
        assert list(Mark.objects.order_by("student__number").values_list(*COMPARED)) == rows, "closed once more"
        transaction.set_rollback(True)
    school.session.refresh_from_db()
    return rows


@pytest.fixture
def school() -> School:
    school = found_school(HALF_PAST_NINE)
    for student in school.students[GUEST:]:
        RosterEntry.objects.filter(student=student).delete()
    return school


@given(pair=stories(), sees_all=st.booleans())
@settings(max_examples=25 if IS_LONG else 8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_facts_and_the_moment_of_closing_change_no_mark(
    school: School, pair: tuple[Story, Story], sees_all: bool
) -> None:
    school.room.each_camera_sees_all = sees_all
    school.room.save()
    mixed, in_order = pair
    assert register_after(mixed, school) == register_after(in_order, school)
