"""Two recognizers in one room: the lease admits one, and where it cannot, both write single rows."""

from __future__ import annotations

from collections.abc import Callable

from tests.acceptance.breaking import faults
from tests.acceptance.breaking.daemon import Daemon
from tests.acceptance.breaking.oracle import assert_true
from tests.acceptance.breaking.room import BrokenRoom
from tests.fixtures.patience import only_long

STATES = ("one", "other")


@only_long
def test_two_that_watched_without_the_database_write_single_rows_and_one_goes_on_and_is_replaced(
    break_room: Callable[..., BrokenRoom],
) -> None:
    """Nobody can ask whose the room is while the database is away. Then one waits, until the other's power is cut."""
    room = break_room(students=4)
    first, second, third, fourth = room.numbers
    room.meet()
    for state in STATES:
        room.start(state)
        # Each reads the schedule, which it is to know without the database.
        room.wait_for((room.folder / state / "schedule.json").exists, "the copy of the schedule")
        room.stop()

    with faults.refuses(room):
        both = [room.start_watching(state) for state in STATES]
        room.show(first)
        for state in STATES:
            room.wait_for_outbox(first, state=state)
        room.show(first, second)
        for state in STATES:
            room.wait_for_outbox(second, state=state)
    room.wait_for_marks(first, second)
    room.wait_for(
        lambda: sorted(len(each.children()) for each in both) == [0, 1], "one of them to wait without a camera"
    )
    room.show(first, second, third)
    room.wait_for_marks(third)
    for state in STATES:
        room.wait_for_delivery(state)

    holder, waiter = sorted(both, key=lambda each: len(each.children()), reverse=True)
    assert "is watched by another recognizer" in waiter.output()
    room.kill(Daemon.cut_power, holder)
    room.wait_for(waiter.children, "the other one to take over")
    room.show(first, second, third, fourth)
    room.wait_for_marks(fourth)
    room.wait_for_delivery(waiter.state.name)
    room.stop(daemon=waiter)
    room.start_watching(holder.state.name)
    room.wait_for_delivery(holder.state.name)
    room.stop()
    assert_true(room, watchers=2)
