"""The database goes away in every way that networks and servers know; the cameras go on, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.acceptance.breaking import faults
from tests.acceptance.breaking.daemon import waiting_in
from tests.acceptance.breaking.faults import Fault
from tests.acceptance.breaking.oracle import assert_true
from tests.acceptance.breaking.pace import Pace
from tests.acceptance.breaking.room import BrokenRoom
from tests.fixtures.patience import IS_LONG, long, only_long

AWAY_SECONDS = 60.0 if IS_LONG else 2.0


def test_marks_whose_commit_was_not_answered_are_one_row_each(room: BrokenRoom) -> None:
    first, second = room.newcomers(2)
    room.proxy.fault.lost_commits = 2
    room.show(first, second)
    room.wait_for_marks(first, second)
    room.wait_for(lambda: room.proxy.fault.lost_commits == 0, "two answers to be lost")
    assert_true(room)


@pytest.mark.parametrize("number", [pytest.param(1213, id="a deadlock"), long(1205, name="a lock not given in time")])
def test_what_the_database_undid_is_done_again_as_a_whole(room: BrokenRoom, number: int) -> None:
    """More often than a transaction is repeated at once."""
    first, second = room.newcomers(2)
    room.proxy.fault.refused_statements = [number] * 6
    room.show(first, second)
    room.wait_for_marks(first, second)
    assert not room.proxy.fault.refused_statements
    assert_true(room)


@only_long
def test_a_register_that_somebody_holds_locked_is_written_afterwards(room: BrokenRoom) -> None:
    (student,) = room.newcomers(1)
    with room.locked():
        begun_at = room.timepiece.true_now()
        room.show(student)
        room.wait_for_outbox(student)
        time.sleep(AWAY_SECONDS)
        room.assert_pace(begun_at)
    room.wait_for_marks(student)
    assert_true(room)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(faults.refuses, id="refuses"),
        long(faults.stalls, name="takes calls and says nothing"),
        long(faults.answers_late, name="answers after five seconds"),
        long(faults.is_frozen, name="is frozen"),
    ],
)
def test_the_cameras_go_on_and_everything_lands_when_the_database(room: BrokenRoom, fault: Fault) -> None:
    first, second, third = room.newcomers(3)
    room.show(first, camera="front")
    room.wait_for_marks(first)
    with fault(room):
        begun_at = room.timepiece.true_now()
        room.show(first, second, camera="back")
        room.wait_for_outbox(second)
        room.show(third, camera="front")
        room.wait_for_outbox(third)
        time.sleep(AWAY_SECONDS)
        room.assert_pace(begun_at)
    room.wait_for_marks(first, second, third)
    assert_true(room)


@only_long
def test_everything_lands_at_a_thousand_bytes_a_second(break_room: Callable[..., BrokenRoom]) -> None:
    """Where the schedule is read and the lease renewed as seldom as in service."""
    room = break_room(students=30, pace=Pace(schedule_seconds=30, lease_seconds=45))
    (student,) = room.newcomers(1)
    room.meet()
    room.start_watching()
    room.proxy.fault.bytes_per_second = 1000
    begun_at = room.timepiece.true_now()
    room.show(student)
    room.wait_for_marks(student, seconds=2 * room.longest_wait)
    room.assert_pace(begun_at)
    room.proxy.heal()
    room.wait_for_delivery()
    room.stop()
    assert_true(room)


@only_long
def test_connections_that_are_killed_idle_before_or_after_the_commit_lose_nothing(room: BrokenRoom) -> None:
    first, second, third, fourth = room.newcomers(4)
    begun_at = room.timepiece.true_now()
    room.kill_connections()
    room.show(first)
    room.wait_for_marks(first)

    room.proxy.fault.cut_transactions = 2
    room.show(first, second)
    room.wait_for_marks(second)
    assert not room.proxy.fault.cut_transactions

    assert room.proxy.cut()
    room.show(first, second, third)
    room.wait_for_marks(third)

    room.proxy.fault.ended_connections = 2
    room.show(third, fourth)
    room.wait_for_marks(fourth)
    room.wait_for(lambda: not room.proxy.fault.ended_connections, "two connections to end")
    room.assert_pace(begun_at)
    assert "Traceback" not in room.daemon.output()
    assert_true(room)


@only_long
def test_a_stop_during_an_outage_takes_no_longer_and_the_next_run_delivers(room: BrokenRoom) -> None:
    (student,) = room.newcomers(1)
    room.proxy.fault.is_stalled = True
    room.show(student)
    room.wait_for_outbox(student)
    room.stop(seconds=5)
    waiting = len(waiting_in(room.daemon.state))
    assert f"waiting in the outbox: {waiting};" in room.daemon.output()

    room.proxy.heal()
    room.start_watching()
    room.wait_for_marks(student)
    assert_true(room)


@pytest.mark.parametrize(
    "fault",
    [
        long(faults.refuses, name="refuses"),
        long(faults.answers_late, name="answers after five seconds"),
        long(faults.trickles, name="sends a thousand bytes a second"),
    ],
)
def test_a_lesson_begins_without_the_database_and_is_delivered_with_its_times(room: BrokenRoom, fault: Fault) -> None:
    """The schedule is known from the run before."""
    first, second = room.newcomers(2)
    room.stop()
    with fault(room):
        begun_at = time.monotonic()
        room.start_watching()
        assert time.monotonic() - begun_at < 30
        room.show(first)
        room.wait_for_outbox(first)
        room.show(second)
        room.wait_for_outbox(second)
        assert not room.marked() & {first, second}
    room.wait_for_marks(first, second)
    assert_true(room)
