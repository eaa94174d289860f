"""Whether this recognizer may watch its room, as the database says, and as long as it says nothing."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

import pytest

from recognizer.camera.orders import Stop
from recognizer.delivery.room_lease import (
    FIRST_ANSWER_SECONDS,
    LEASE_SECONDS,
    RENEW_EVERY_SECONDS,
    RoomLeaseErrand,
    WatchersErrand,
)
from recognizer.domain.ports.lease import Lease
from recognizer.domain.register.attendance import Sighting
from recognizer.errors import RegisterUnavailable
from recognizer.ops.machine import identify_run
from tests.fakes import FakeClock, FakeLeaseBoard
from tests.fixtures.watched_room import START, Room

OTHER = Lease("another", "desk-12", datetime(2026, 10, 5, 8, 30))  # noqa: DTZ001 - naive UTC
AWAY = RegisterUnavailable("away")


class Asking:
    """The errand, with the database and the time."""

    def __init__(self) -> None:
        self.board, self.clock = FakeLeaseBoard(), FakeClock(START)
        self.errand = RoomLeaseErrand(self.board, "A 101", self.clock.monotonic)

    def ask(self, seconds: float = RENEW_EVERY_SECONDS) -> bool:
        """Let time pass and ask; whether the room may be watched then."""
        self.clock.pass_by(seconds)
        try:
            self.errand.once()
        except RegisterUnavailable:
            assert self.board.error
        return self.errand.may_watch


@pytest.fixture
def asking() -> Asking:
    return Asking()


def test_nobody_watches_before_the_database_was_asked_but_not_for_long(asking: Asking) -> None:
    assert not asking.errand.may_watch
    asking.clock.pass_by(FIRST_ANSWER_SECONDS)
    assert asking.errand.may_watch, "it hangs"


def test_a_database_that_is_away_keeps_nobody_from_watching(asking: Asking) -> None:
    asking.board.error = AWAY
    assert asking.ask(0)
    asking.board.error = None
    assert asking.ask()
    assert asking.board.starts == [True], "its first answer is that of a start"
    asking.board.error = AWAY
    assert asking.ask(3600), "it may have the lease still"


def test_it_is_renewed_every_five_seconds(asking: Asking) -> None:
    for _ in range(20):
        asking.ask(1)
    assert asking.board.starts == [True, False, False, False]


def test_who_finds_another_there_waits_and_says_so_until_that_one_is_gone(
    asking: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    asking.board.other = OTHER
    assert not any(asking.ask() for _ in range(50))
    said = 'room "A 101" is watched by another recognizer, on the machine desk-12 since 2026-10-05 08:30 UTC'
    assert asking.errand.waits_because == f"waiting: {said}"
    asking.board.other = None
    assert asking.ask()
    assert asking.errand.waits_because == ""
    assert caplog.messages == [
        f"{said}; this one waits, and delivers what it has seen",
        'this recognizer watches room "A 101" now',
    ]


def test_who_waits_watches_once_the_database_is_away_for_longer_than_a_lease_lasts(asking: Asking) -> None:
    asking.board.other = OTHER
    asking.ask()
    asking.board.error = AWAY
    assert not asking.ask(LEASE_SECONDS - 1)
    assert asking.ask(1), "the other one may be gone for good"
    asking.board.error = None
    assert not asking.ask(), "it is there still"
    assert asking.board.starts[-1] is False, "it is no start, which would take the room from a restarted recognizer"


def test_a_lease_that_was_never_had_is_not_given_back(asking: Asking) -> None:
    asking.board.other = OTHER
    asking.ask()
    asking.errand.leave()
    asking.ask()
    assert not asking.board.is_released


def test_at_the_end_the_lease_is_given_back_and_taken_no_more(asking: Asking) -> None:
    asking.ask()
    asking.errand.leave()
    asking.ask(0)
    assert asking.board.is_released
    asking.ask(3600)
    assert asking.board.starts == [True]


def test_an_errand_for_who_watches_is_not_done_while_waiting(asking: Asking) -> None:
    class Counting:
        name, count = "counting", 0

        def once(self) -> int:
            self.count += 1
            return 1

    counting = Counting()
    errand = WatchersErrand(counting, asking.errand)
    asking.board.other = OTHER
    asking.ask()
    assert (errand.once(), counting.count) == (0, 0)
    asking.board.other = None
    asking.ask()
    assert (errand.once(), counting.count, errand.name) == (1, 1, "counting")


def test_a_room_that_another_watches_is_left_alone_and_what_was_seen_is_delivered(room: Room) -> None:
    """Its cameras are stopped, nothing is said of them any more, and no blindness of theirs is told."""
    room.turn()
    room.see()
    room.lease.other = OTHER
    room.clock.pass_by(RENEW_EVERY_SECONDS)
    room.delivery.once()
    assert room.register.entries, "what was seen before goes out"
    posts = room.board.posts

    room.turn()
    assert room.children[0].mouth.recv() == Stop()
    room.children[0].mouth.send(Sighting("S2", room.clock.now(), "front", 0.3, None, None, 3, 1))
    room.turn()
    room.children[0].die()
    for _ in range(30):
        room.clock.pass_by(RENEW_EVERY_SECONDS)
        room.turn()
        room.delivery.once()
    assert len(room.children) == 1
    assert [entry.student_number for entry in room.register.entries] == ["S1", "S2"], "its last word is kept"
    assert room.board.posts == posts
    assert not room.sight.spans, "that it did not watch is not that the camera was blind"
    assert room.said[-1].startswith('waiting: room "A 101" is watched by another recognizer')

    room.lease.other = None
    room.clock.pass_by(RENEW_EVERY_SECONDS)
    room.delivery.once()
    room.turn()
    assert len(room.children) == 2


def test_a_room_is_not_watched_before_it_is_known_whose_it_is(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.lease.other = OTHER
    room.clock.pass_by(RENEW_EVERY_SECONDS)
    room.delivery.once()
    room.turn()
    assert not room.children


def test_the_same_machine_room_and_folder_are_one_holder_and_each_run_is_another(tmp_path: Path) -> None:
    machine_id = tmp_path / "machine-id"
    machine_id.write_text("0123456789abcdef0123456789abcdef\n")

    def identify(room: str = "A 101", folder: str = "state", path: Path = machine_id) -> tuple[str, str]:
        identity = identify_run(room, tmp_path / folder, path)
        assert "0123456789abcdef" not in identity.holder + identity.token + identity.machine
        assert (len(identity.holder), len(identity.token)) == (64, 32), "as wide as the columns"
        return identity.holder, identity.token

    first, again = identify(), identify()
    assert first[0] == again[0]
    assert first[1] != again[1]
    others = {identify("A 102")[0], identify(folder="other")[0], identify(path=tmp_path / "none")[0]}
    assert len(others | {first[0]}) == 4
