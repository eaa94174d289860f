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


@pytest.fixture
def machine() -> FakeClock:
    return FakeClock(AT)


@pytest.mark.parametrize("waits", [(15.0, 0.0), (0.0, 15.0), (7.0, 7.0)])
def test_an_answer_that_took_long_leaves_an_offset_that_can_be_right(
    machine: FakeClock, waits: tuple[float, float]
) -> None:
    clock, server = Clock(machine.now), Server(machine)
    clock.measure(server.now)
    server.waits = waits
    clock.measure(server.now)

    assert clock.offset == 9 * SECOND


def test_a_first_answer_that_took_long_is_corrected_by_the_next(machine: FakeClock) -> None:
    clock, server = Clock(machine.now), Server(machine)
    server.waits = (15.0, 0.0)
    clock.measure(server.now)
    server.waits = (0.0, 0.0)
    clock.measure(server.now)

    assert clock.offset == 9 * SECOND


def test_a_slow_answer_that_rules_the_known_offset_out_moves_it(machine: FakeClock) -> None:
    clock, server = Clock(machine.now), Server(machine)
    clock.measure(server.now)
    server.ahead, server.waits = 300 * SECOND, (2.0, 2.0)
    clock.measure(server.now)

    assert clock.offset == 300 * SECOND
    assert not clock.is_trusted


def test_a_database_without_a_clock_of_its_own_goes_by_this_machines_though_it_was_set(machine: FakeClock) -> None:
    clock = Clock(machine.now)
    clock.note_time(machine.monotonic())
    machine.jump(3600)
    clock.note_time(machine.monotonic())
    assert not clock.is_trusted
    clock.measure(lambda: None)

    assert clock.is_trusted
