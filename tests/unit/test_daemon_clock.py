"""The parent and its clock: what is seen by one that is wrong, set, or not compared with the database's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from recognizer.camera.messages import Pulse
from recognizer.delivery.heartbeat import BEAT_EVERY_SECONDS
from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.observation import SightSpan
from tests.fixtures.watched_room import START, Room


def test_instants_are_corrected_by_the_databases_clock(room: Room) -> None:
    room.board.time = START + timedelta(seconds=9)
    room.turn()
    room.delivery.once()
    room.see("S1")

    assert room.waiting() == [("S1", START + timedelta(seconds=9))]
    assert room.board.statuses["camera 0"].clock_offset_seconds == 9


def test_a_clock_that_is_wrong_by_minutes_is_said_and_what_is_seen_is_not_confirmed(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.board.time = START + timedelta(seconds=300)
    room.turn()
    room.delivery.once()
    room.see("S1")
    (kept,) = room.files.pending(Evidence, 10)

    assert not kept[1].is_confirmed
    assert caplog.text.count("this machine's clock is 300 s behind the database's") == 1
    assert "300 s behind" in room.said[-1]
    room.board.time = None
    room.clock.pass_by(300)
    room.board.time = room.clock.now()
    room.delivery.once()
    room.see("S2")
    assert {entry.student_number for _, entry in room.files.pending(Evidence, 10) if entry.is_confirmed} == {"S2"}


@pytest.mark.parametrize(("ahead", "is_confirmed"), [(0, True), (9, True), (-50, True), (300, False), (-7200, False)])
@pytest.mark.parametrize("restarts", [False, True])
def test_after_a_start_without_the_database_what_a_right_clock_saw_is_marked(
    tmp_path: Path, ahead: float, is_confirmed: bool, restarts: bool
) -> None:
    room = Room(tmp_path, is_away=True)
    room.clock.pass_by(120)
    room.turn()
    room.see()
    room.delivery.once()
    room.clock.pass_by(900)
    if restarts:
        room.files.close()
        room = Room(tmp_path, machine=room.clock, is_away=True)

    seen_at = START + timedelta(seconds=120 + ahead)
    assert room.deliver(ahead) == [(seen_at, is_confirmed)]
    assert room.files.depth() == 0
    room.files.close()


def test_what_a_clock_saw_that_was_set_since_marks_nobody(tmp_path: Path) -> None:
    room = Room(tmp_path, is_away=True)
    room.turn()
    room.see()
    room.clock.jump(7200)
    room.turn()

    assert room.deliver() == [(START, False)]
    room.files.close()


def test_what_was_seen_before_the_machine_was_started_again_marks_nobody(tmp_path: Path) -> None:
    room = Room(tmp_path, is_away=True)
    room.turn()
    room.see()
    room.files.close()
    room = Room(tmp_path, boot="another boot", machine=room.clock)

    assert room.deliver() == [(START, False)]
    room.files.close()


@pytest.mark.parametrize(("ahead", "set_by"), [(0, 0), (9, 0), (-7200, 0), (0, 7200), (0, -7200)])
def test_sight_by_a_clock_that_was_not_known_counts_at_its_right_time_or_not_at_all(
    tmp_path: Path, ahead: float, set_by: float
) -> None:
    room = Room(tmp_path, is_away=True)
    for _ in range(200):
        room.turn()
        room.children[0].mouth.send(Pulse(room.clock.now(), room.clock.monotonic()))
        room.clock.pass_by(0.5)
    room.clock.jump(set_by)
    room.turn()
    room.deliver(ahead)

    offset = timedelta(seconds=ahead)
    longest = max(
        (span for span in room.sight.spans if isinstance(span, SightSpan)), key=lambda s: s.ends_at, default=None
    )
    if set_by:
        assert longest is None
    else:
        assert longest is not None
        assert (longest.starts_at, longest.clock_setting) == (START + offset, "")
        assert timedelta(seconds=99) < longest.ends_at - offset - START <= timedelta(seconds=101)
    assert room.files.depth() == 0
    room.files.close()


def test_nothing_is_delivered_before_the_database_has_told_its_time(tmp_path: Path) -> None:
    room = Room(tmp_path, is_away=True)
    room.turn()
    room.see()
    room.register.error = None
    room.delivery.once()

    assert room.register.entries == []
    assert room.deliver() == [(START, True)]
    room.files.close()


@pytest.mark.parametrize("seconds", [600, -600])
def test_what_is_seen_after_the_clock_was_set_marks_nobody_until_the_database_told_its_time(
    room: Room, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    room.clock.pass_by(900)
    room.board.time = room.clock.now()
    room.turn()
    room.delivery.once()
    room.clock.jump(seconds)
    room.see("S1")

    assert [entry.is_confirmed for _, entry in room.files.pending(Evidence, 10)] == [False]
    assert caplog.text.count(f"this machine's clock was set by {seconds:+.0f} s") == 1
    assert "was set by" in room.said[-1]
    room.clock.pass_by(BEAT_EVERY_SECONDS)
    room.clock.jump(-seconds)
    room.board.time = room.clock.now()
    room.turn()
    room.delivery.once()
    room.see("S2")
    assert [entry.student_number for _, entry in room.files.pending(Evidence, 10) if entry.is_confirmed] == ["S2"]


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_what_was_seen_before_the_clock_was_set_marks_nobody_though_it_arrives_after_the_database_told_its_time(
    room: Room, jump: float
) -> None:
    room.clock.pass_by(600)
    room.turn()
    seen_at, right = room.clock.now(), room.clock.now() + timedelta(seconds=6)
    room.clock.jump(jump)
    room.turn()
    room.clock.pass_by(6)
    room.board.time = right
    room.delivery.once()

    room.children[0].mouth.send(Sighting("S1", seen_at, "front", 0.3, None, None, 3, 1))
    room.turn()
    found = [(entry.student_number, entry.is_confirmed) for _, entry in room.files.pending(Evidence, 100)]
    assert found == [("S1", False)]


def test_a_clock_that_is_set_by_seconds_and_time_that_passes_unnoticed_change_nothing(room: Room) -> None:
    room.turn()
    room.clock.pass_by(25)
    room.turn()
    room.clock.jump(40)
    room.see("S1")

    assert [entry.is_confirmed for _, entry in room.files.pending(Evidence, 10)] == [True]
