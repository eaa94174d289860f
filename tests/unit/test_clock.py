"""The clock: how far this machine's is from the database's, and what a slow answer says of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from recognizer.ops.clock import Clock
from tests.fakes import FakeClock

AT = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
SECOND = timedelta(seconds=1)


class Server:
    """A database whose clock is ahead, and that lets one wait before it looks at it and after."""

    def __init__(self, machine: FakeClock) -> None:
        self.ahead = 9 * SECOND
        self.waits = (0.0, 0.0)
        self._machine = machine

    def now(self) -> datetime:
        self._machine.pass_by(self.waits[0])
        theirs = self._machine.now() + self.ahead
        self._machine.pass_by(self.waits[1])
        return theirs


def clock_of(machine: FakeClock, boot_id: str = "a") -> Clock:
    return Clock(machine.now, machine.monotonic, lambda: boot_id)


@pytest.fixture
def machine() -> FakeClock:
    return FakeClock(AT)


@pytest.mark.parametrize("waits", [(15.0, 0.0), (0.0, 15.0), (7.0, 7.0)])
def test_an_answer_that_took_long_leaves_an_offset_that_can_be_right(
    machine: FakeClock, waits: tuple[float, float]
) -> None:
    clock, server = clock_of(machine), Server(machine)
    clock.measure(server.now)
    server.waits = waits
    clock.measure(server.now)

    assert clock.offset == 9 * SECOND


@pytest.mark.parametrize("waits", [(10.0, 0.0), (0.0, 10.0), (1.0, 9.0)])
def test_a_clock_that_can_be_right_by_a_first_answer_that_took_long_is_taken_to_be(
    machine: FakeClock, waits: tuple[float, float]
) -> None:
    """The middle of ten seconds would be five seconds wrong."""
    clock, server = clock_of(machine), Server(machine)
    server.ahead, server.waits = 0 * SECOND, waits
    clock.measure(server.now)

    assert clock.offset == 0 * SECOND


def test_a_first_answer_that_took_long_is_corrected_by_the_next(machine: FakeClock) -> None:
    clock, server = clock_of(machine), Server(machine)
    server.waits = (15.0, 0.0)
    clock.measure(server.now)
    server.waits = (0.0, 0.0)
    clock.measure(server.now)

    assert clock.offset == 9 * SECOND


def test_a_slow_answer_that_rules_the_known_offset_out_moves_it(machine: FakeClock) -> None:
    clock, server = clock_of(machine), Server(machine)
    clock.measure(server.now)
    server.ahead, server.waits = 300 * SECOND, (2.0, 2.0)
    clock.measure(server.now)

    assert clock.offset == 300 * SECOND
    assert clock.is_wrong


def test_a_database_without_a_clock_of_its_own_goes_by_this_machines_though_it_was_set(machine: FakeClock) -> None:
    clock = clock_of(machine)
    clock.note_time()
    machine.jump(3600)
    clock.note_time()
    assert clock.is_wrong
    clock.measure(lambda: None)

    assert not clock.is_wrong


def test_what_was_seen_before_the_database_told_its_time_is_corrected_by_the_offset(machine: FakeClock) -> None:
    clock = clock_of(machine)
    at, setting = clock.stamp(AT)
    assert (at, clock.is_known, clock.offset_of(setting)) == (AT, False, None)
    machine.pass_by(7200)
    clock.note_time()
    clock.measure(lambda: machine.now() + 9 * SECOND)

    assert clock.offset_of(setting) == 9 * SECOND
    assert clock.stamp(AT) == (AT + 9 * SECOND, "")


@pytest.mark.parametrize(("set_by", "expected"), [(0, 9), (-20, -11), (59, 68), (61, None), (-7200, None)])
def test_the_offset_holds_as_far_as_the_clock_is_set_as_it_was(
    machine: FakeClock, set_by: float, expected: float | None
) -> None:
    clock = clock_of(machine)
    setting = clock.setting
    machine.jump(set_by)
    clock.note_time()
    clock.measure(lambda: machine.now() + 9 * SECOND)

    offset = clock.offset_of(setting)
    assert (offset and round(offset.total_seconds(), 3)) == expected


def test_the_offset_holds_for_a_run_before_but_not_for_another_boot(machine: FakeClock) -> None:
    setting, other = clock_of(machine).setting, clock_of(machine, "b").setting
    machine.pass_by(3600)
    clock = clock_of(machine)
    clock.measure(lambda: machine.now() + 9 * SECOND)

    assert clock.offset_of(setting) == 9 * SECOND
    assert clock.offset_of(other) is None


def test_what_arrives_right_after_a_jump_may_have_been_seen_before_it(machine: FakeClock) -> None:
    clock = clock_of(machine)
    clock.measure(machine.now)
    machine.jump(600)
    clock.note_time()
    at_once = clock.setting
    machine.pass_by(31)
    later = clock.setting
    clock.measure(lambda: machine.now() - 600 * SECOND)

    assert clock.offset_of(at_once) is None
    assert clock.offset_of(later) == -600 * SECOND


@pytest.mark.parametrize("jump", [-7200, -61, 61, 7200])
@pytest.mark.parametrize("late", [0, 1, 29])
def test_what_was_seen_before_a_jump_is_not_trusted_though_the_database_has_told_its_time_since(
    machine: FakeClock, jump: float, late: float
) -> None:
    clock = clock_of(machine)
    clock.measure(machine.now)
    seen_before, right = machine.now(), machine.now() + 30 * SECOND
    machine.jump(jump)
    clock.note_time()
    clock.measure(lambda: right)
    seen_after = machine.now()
    machine.pass_by(late)

    _, setting = clock.stamp(seen_before)
    assert setting
    assert clock.offset_of(setting) is None
    at, setting = clock.stamp(seen_after)
    assert (at, setting) == (right, "")
    machine.pass_by(31)
    assert clock.stamp()[1] == ""


def test_an_answer_during_which_the_clock_was_set_tells_nothing(machine: FakeClock) -> None:
    clock = clock_of(machine)

    def set_meanwhile() -> datetime:
        theirs = machine.now()
        machine.jump(600)
        clock.note_time()
        return theirs

    clock.measure(set_meanwhile)
    assert not clock.is_known
    clock.measure(lambda: machine.now() - 600 * SECOND)
    assert clock.offset == -600 * SECOND


def test_this_machine_has_a_setting_that_stays() -> None:
    first, second = Clock(), Clock()
    first.note_time()
    second.measure(lambda: None)

    offset = second.offset_of(first.setting)
    assert offset is not None
    assert abs(offset) < SECOND


def test_the_time_is_not_known_before_the_database_told_it_nor_after_a_jump(machine: FakeClock) -> None:
    clock, server = clock_of(machine), Server(machine)
    assert clock.now_if_known() is None
    clock.measure(server.now)
    assert clock.now_if_known() == machine.now() + 9 * SECOND
    machine.jump(365 * 24 * 60 * 60)
    assert clock.now_if_known() is None, "also before anybody has looked at the clock"
    clock.note_time()
    assert clock.now_if_known() is None
    server.ahead = -5 * SECOND
    clock.measure(server.now)
    assert clock.now_if_known() == machine.now() - 5 * SECOND
