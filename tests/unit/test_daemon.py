"""The parent, turn by turn: cameras around lessons, sightings into the outbox, an end that loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recognizer.camera.messages import Ended, Pulse
from recognizer.camera.orders import Stop
from recognizer.delivery.heartbeat import Heartbeat
from recognizer.delivery.worker import Delivery
from recognizer.domain.ports.delivery import Outbox
from recognizer.domain.register.attendance import ClassSession, MarkEntry, Sighting
from recognizer.errors import OutboxUnavailable, RegisterUnavailable
from recognizer.ops.systemd import Notifier
from recognizer.room.daemon import Daemon, Turn
from recognizer.room.supervision import CameraSupervisor
from recognizer.storage.files.outbox import SqliteOutbox
from tests.fakes import FakeChild, FakeClock, FakeRegister, FakeSchedule, FakeStatusBoard

START = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
LESSON = ClassSession(1, "C1", START, START + timedelta(hours=1), 10, frozenset({"S1", "S2"}))


class FullDisk:
    """An outbox that takes nothing while ``is_full``."""

    def __init__(self, outbox: SqliteOutbox) -> None:
        self._outbox = outbox
        self.is_full = False

    def put(self, entry: MarkEntry) -> None:
        if self.is_full:
            raise OutboxUnavailable("the disk is full")
        self._outbox.put(entry)

    def __getattr__(self, name: str) -> object:
        return getattr(self._outbox, name)


class Room:
    """A daemon of one or more cameras with everything around it; its delivery's thread runs only in an end."""

    def __init__(self, folder: Path, cameras: int = 1) -> None:
        self.clock = FakeClock(START)
        self.children: list[FakeChild] = []
        self.register, self.board = FakeRegister(), FakeStatusBoard()
        self.schedule = FakeSchedule([LESSON])
        self.files = SqliteOutbox(folder / "outbox.sqlite3")
        self.outbox = FullDisk(self.files)
        outbox: Outbox = self.outbox  # type: ignore[assignment]
        heartbeat = Heartbeat(
            self.board, version="0.1.0", gallery_size=2, outbox_depth=self.files.depth, now=self.clock.now
        )
        self.delivery = Delivery(
            outbox=outbox,
            register=self.register,
            schedule=self.schedule,
            schedule_copy=self.schedule,
            heartbeat=heartbeat,
            now=self.clock.now,
            monotonic=self.clock.monotonic,
        )
        self.daemon = Daemon(
            cameras=[
                CameraSupervisor(f"camera {number}", "a file", self._start, self.clock.monotonic)
                for number in range(cameras)
            ],
            outbox=outbox,
            delivery=self.delivery,
            notifier=Notifier({}),
            now=self.clock.now,
        )
        self.delivery.once()

    def _start(self) -> FakeChild:
        self.children.append(FakeChild())
        return self.children[-1]

    def turn(self) -> Turn:
        return self.daemon.once(0)

    def see(self, number: str = "S1", child: int = 0) -> Turn:
        self.children[child].mouth.send(Sighting(number, self.clock.now(), "front", 0.3, None, None, 3, 1))
        return self.turn()

    def waiting(self) -> list[tuple[str, datetime]]:
        return [(entry.student_number, entry.last_seen_at) for _, entry in self.files.pending(100)]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path)
    yield room
    room.files.close()


def test_cameras_are_started_shortly_before_the_window_and_stopped_at_the_end(room: Room) -> None:
    room.clock.pass_by(-16 * 60 - 1)
    room.turn()
    assert not room.children
    room.clock.pass_by(1)
    room.turn()
    assert len(room.children) == 1

    room.clock.pass_by(76 * 60)
    room.children[0].mouth.send(Pulse(room.clock.now()))
    room.turn()
    assert room.children[0].mouth.recv() == Stop()


def test_a_sighting_is_in_the_outbox_when_the_turn_is_over(room: Room) -> None:
    room.turn()

    turn = room.see()

    assert [entry.student_number for entry in turn.entries] == ["S1"]
    assert room.waiting() == [("S1", START)]


def test_a_student_who_is_not_expected_is_named_once_and_not_marked(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    room.turn()
    room.see("S9")
    room.see("S9")

    assert room.waiting() == []
    assert caplog.text.count("S9") == 1
    assert "not on the roster of C1" in caplog.text


def test_a_visitor_is_told_once_for_each_track_and_nothing_else_is_kept(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    room.turn()
    for track in (1, 1, 2):
        visitor = Sighting("S1", room.clock.now(), "front", 0.3, None, None, 3, track, is_visitor=True)
        room.children[0].mouth.send(visitor)
        room.turn()

    assert room.waiting() == []
    assert caplog.text.count("visitor S1 was seen") == 2


def test_while_the_database_is_away_marks_gather_in_the_outbox(room: Room) -> None:
    room.register.error = RegisterUnavailable("away")
    room.turn()
    room.see("S1")
    room.see("S2")
    room.delivery.once()

    assert [number for number, _ in room.waiting()] == ["S1", "S2"]


def test_a_full_disk_loses_no_mark_as_long_as_the_recognizer_runs(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.turn()
    room.outbox.is_full = True
    room.see("S1")
    room.see("S2")
    assert caplog.text.count("the disk is full") == 1
    room.outbox.is_full = False
    room.turn()

    assert [number for number, _ in room.waiting()] == ["S1", "S2"]


def test_the_end_keeps_and_delivers_the_last_seen_times_and_says_that_the_camera_stopped(room: Room) -> None:
    room.turn()
    room.see()
    room.clock.pass_by(7)
    room.see()
    room.children[0].die()
    room.delivery.start()

    assert room.daemon.shut_down(10) == 0
    assert [entry.last_seen_at for entry in room.register.entries][-1] == START + timedelta(seconds=7)
    assert room.board.statuses["camera 0"].state == "stopped"


def test_the_end_tells_how_many_marks_wait_when_the_database_is_away(room: Room) -> None:
    room.register.error = RegisterUnavailable("away")
    room.turn()
    room.see()
    room.children[0].die()
    room.delivery.start()

    assert room.daemon.shut_down(10) == 1
    assert room.waiting() == [("S1", START)]


def test_a_run_of_files_ends_with_the_last_of_them(tmp_path: Path) -> None:
    room = Room(tmp_path, cameras=2)
    room.turn()
    room.children[0].mouth.send(Ended())
    room.children[0].die()
    assert not room.turn().is_finished
    room.children[1].mouth.send(Ended())
    room.children[1].die()

    assert room.turn().is_finished
    room.files.close()


def test_one_cameras_crash_does_not_touch_another(tmp_path: Path) -> None:
    room = Room(tmp_path, cameras=2)
    room.turn()
    room.children[0].die()
    room.turn()

    assert [entry.student_number for entry in room.see("S2", child=1).entries] == ["S2"]
    room.files.close()


def test_a_change_of_the_schedule_takes_effect(room: Room) -> None:
    room.turn()
    room.schedule.current = [replace(LESSON, roster=frozenset({"S3"}))]
    room.clock.pass_by(30)
    room.delivery.once()

    assert [entry.student_number for entry in room.see("S3").entries] == ["S3"]
