"""Clocks that are wrong, an hour without the database, lessons that meet, overlap, pass midnight or a changed hour.

Time passes faster than in life where it has to; see ``timepiece.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.acceptance.breaking import faults
from tests.acceptance.breaking.oracle import assert_true
from tests.acceptance.breaking.pace import Pace
from tests.acceptance.breaking.records import MINUTE
from tests.acceptance.breaking.room import BrokenRoom
from tests.fixtures.patience import long, only_long, only_source
from tests.fixtures.waiting import wait_for

RATE = 60.0
HOUR = timedelta(hours=1)
AWAY_RATE = 60.0
CHANGED_HOUR = datetime(2026, 10, 25, 0, 58)  # noqa: DTZ001 - naive UTC
"""Two minutes before the clocks of Europe go back, from three to two."""

MIDNIGHT = datetime(2026, 11, 3, 22, 58)  # noqa: DTZ001 - naive UTC
"""Two minutes before midnight in Berlin."""


@only_long
@pytest.mark.parametrize("ahead", [pytest.param(HOUR, id="ahead"), long(-HOUR, name="behind")])
def test_a_clock_that_is_set_wrong_by_an_hour_marks_nobody_until_it_is_right(
    break_room: Callable[..., BrokenRoom], ahead: timedelta
) -> None:
    room = break_room(students=4, has_own_clock=True)
    room.meet(starts=-2 * HOUR, lasts=6 * HOUR)
    room.start_watching()
    before, meanwhile, after, always = room.numbers
    room.show(before, always)
    room.wait_for_marks(before, always)
    room.timepiece.sleep(3)

    wrong_from = room.timepiece.true_now()
    room.timepiece.set_machine(ahead)
    room.wait_for(lambda: "this machine's clock was set by" in room.daemon.output(), "the jump to be told")
    offset = "SELECT clock_offset_seconds AS wrong_by FROM camera_status WHERE room_id = :room"
    room.wait_for(lambda: abs(room.rows(offset)[0]["wrong_by"] or 0) > 3000, "the error to be measured")
    room.show(meanwhile, always)
    unconfirmed = "SELECT number FROM evidence JOIN student ON student.id = student_id WHERE clock_was_wrong"
    room.wait_for(lambda: {"number": meanwhile} in room.rows(unconfirmed), "evidence that waits to be confirmed")
    room.show(always)
    room.timepiece.sleep(2)
    assert meanwhile not in room.marked()

    room.timepiece.set_machine(timedelta())
    room.wait_for(lambda: "agrees with the database's again" in room.daemon.output(), "the clock to be trusted")
    wrong_until = room.timepiece.true_now()
    room.show(after, always)
    room.wait_for_marks(after)
    room.timepiece.sleep(2)
    room.stop()
    assert meanwhile not in room.marked()
    assert_true(room, wrong_clock=[(wrong_from, wrong_until)])


@only_source
@pytest.mark.parametrize("now", [long(CHANGED_HOUR, name="at the changed hour"), long(MIDNIGHT, name="past midnight")])
def test_lessons_back_to_back_and_overlapping_each_have_their_own_marks(
    break_room: Callable[..., BrokenRoom], now: datetime
) -> None:
    """A course's member since the next day is not expected in what began the day before."""
    room = break_room(students=4, pace=Pace().at_rate(RATE))
    room.execute("UPDATE room SET time_zone = 'Europe/Berlin' WHERE id = :room")
    room.timepiece.travel(now)
    early, both, late, new = room.numbers
    local_day = (now + 2 * HOUR if now == CHANGED_HOUR else now + HOUR).replace(hour=0, minute=0)
    first = room.meet(starts=-5 * MINUTE, lasts=8 * MINUTE, roster=[early, both], day=local_day)
    second = room.meet(starts=3 * MINUTE, lasts=5 * MINUTE, roster=[both, late], day=local_day)
    third = room.meet(starts=-15 * MINUTE, lasts=20 * MINUTE, roster=[both, new], day=local_day)
    room.execute(
        "UPDATE roster_entry SET since = :day WHERE student_id = (SELECT id FROM student WHERE number = :n)",
        n=new,
        day=str((local_day + 24 * HOUR).date()),
    )
    room.start_watching()
    room.show(early, both, new)
    room.wait_for_marks(early, both, lesson=first)
    room.timepiece.run(RATE)
    room.wait_for_marks(both, lesson=third)
    room.show(both, late, new)
    room.wait_for_marks(both, late, lesson=second)
    wait_for(lambda: room.timepiece.true_now() > second.ends_at, "the end of the lessons", 60)
    room.stop(seconds=10)
    assert room.marked(third) == {both}
    room.lessons[2] = third.without(new)
    assert_true(room)


@only_source
@only_long
def test_what_is_seen_in_an_hour_without_the_database_is_delivered_with_its_times(
    break_room: Callable[..., BrokenRoom],
) -> None:
    """It passes in a minute; the hour of the evidence changes on the way."""
    room = break_room(students=6, cameras=("front", "back"), pace=Pace().at_rate(AWAY_RATE))
    room.timepiece.travel(datetime(2026, 11, 3, 9, 50))  # noqa: DTZ001 - naive UTC
    room.meet(starts=-5 * MINUTE, lasts=120 * MINUTE)
    room.start_watching()
    first, *others = room.numbers
    room.show(first)
    room.wait_for_marks(first)
    room.timepiece.run(AWAY_RATE)
    begun_at = room.timepiece.true_now()
    with faults.refuses(room):
        for number in others:
            room.show(first, number)
            room.wait_for_outbox(number)
            room.timepiece.sleep(HOUR.total_seconds() / len(others))
        assert room.timepiece.true_now() - begun_at >= HOUR
        assert room.marked() == {first}
    room.timepiece.run(1)
    room.wait_for_marks(*room.numbers)
    room.wait_for_delivery()
    room.timepiece.run(AWAY_RATE)
    room.stop(seconds=10)
    assert_true(room)
