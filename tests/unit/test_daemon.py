"""The parent, turn by turn: cameras around lessons, sightings into the outbox, an end that loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recognizer.camera.messages import Ended, Pulse
from recognizer.camera.orders import Stop
from recognizer.delivery.backlog import Backlog
from recognizer.delivery.evidence import EvidenceErrand
from recognizer.delivery.heartbeat import BEAT_EVERY_SECONDS, Heartbeat
from recognizer.delivery.schedule import ScheduleErrand
from recognizer.delivery.sight import SightErrand
from recognizer.delivery.worker import Delivery
from recognizer.domain.ports.delivery import Fact, Outbox
from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.observation import BlindSpan, SightSpan
from recognizer.domain.register.status import Condition
from recognizer.errors import OutboxUnavailable, RegisterUnavailable
from recognizer.ops.clock import Clock
from recognizer.ops.systemd import Notifier
from recognizer.room.daemon import Daemon, Turn
from recognizer.room.supervision import CameraSupervisor
from recognizer.storage.files.outbox import SqliteOutbox
from tests.fakes import FakeChild, FakeClock, FakeRegister, FakeSchedule, FakeSightBoard, FakeStatusBoard

START = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
LESSON = ClassSession(1, "C1", START, START + timedelta(hours=1), 10, frozenset({"S1", "S2"}))


class FullDisk:
    """An outbox that takes nothing while ``is_full``."""

    def __init__(self, outbox: SqliteOutbox) -> None:
        self._outbox = outbox
        self.is_full = False

    def put(self, entry: Fact) -> None:
        if self.is_full:
            raise OutboxUnavailable("the disk is full")
        self._outbox.put(entry)

    def __getattr__(self, name: str) -> object:
        return getattr(self._outbox, name)


class Room:
    """A daemon of one or more cameras with everything around it; its delivery's thread runs only in an end.

    The schedule is known. So is the database's time, unless it ``is_away`` from the start.
    """

    def __init__(
        self,
        folder: Path,
        cameras: int = 1,
        *,
        is_away: bool = False,
        boot: str = "a boot",
        machine: FakeClock | None = None,
    ) -> None:
        self.clock = machine or FakeClock(START)
        self.children: list[FakeChild] = []
        self.register, self.board, self.sight = FakeRegister(), FakeStatusBoard(), FakeSightBoard()
        self.schedule = FakeSchedule([LESSON])
        self.files = SqliteOutbox(folder / "outbox.sqlite3")
        self.outbox = FullDisk(self.files)
        outbox: Outbox = self.outbox  # type: ignore[assignment]
        monotonic, clock = self.clock.monotonic, Clock(self.clock.now, self.clock.monotonic, lambda: boot)
        backlog = Backlog(outbox, monotonic)
        heartbeat = Heartbeat(
            self.board,
            clock=clock,
            condition=lambda: Condition("0.1.0", backlog.depth(), 2, backlog.refused()),
            monotonic=monotonic,
        )
        schedule = ScheduleErrand(self.schedule, self.schedule, now=clock.now, monotonic=monotonic)
        evidence = EvidenceErrand(backlog, self.register, clock=clock, monotonic=monotonic)
        self.delivery = Delivery(
            [evidence, SightErrand(backlog, self.sight, clock=clock), schedule, heartbeat], monotonic
        )
        self.said: list[str] = []
        notifier = Notifier({})
        notifier.status = self.said.append  # type: ignore[method-assign]
        self.daemon = Daemon(
            cameras=[
                CameraSupervisor(f"camera {number}", "a file", self._start, clock, monotonic)
                for number in range(cameras)
            ],
            backlog=backlog,
            delivery=self.delivery,
            heartbeat=heartbeat,
            sessions=lambda: schedule.sessions,
            notifier=notifier,
            clock=clock,
            monotonic=monotonic,
        )
        self.board.error = RegisterUnavailable("away") if is_away else None
        self.delivery.once()
        self.fail(self.board.error)

    def fail(self, error: Exception | None) -> None:
        """The database is away, or back."""
        self.register.error = self.schedule.error = self.board.error = self.sight.error = error

    def deliver(self, ahead_seconds: float = 0) -> list[tuple[datetime, bool]]:
        """The database is there, whose clock is so far ahead: when students were seen by the register, and whether
        that is confirmed."""
        self.fail(None)
        for _ in range(3):
            self.clock.pass_by(6)
            self.board.time = self.clock.now() + timedelta(seconds=ahead_seconds)
            self.turn()
            self.delivery.once()
        return [(entry.first_seen_at, entry.is_confirmed) for entry in self.register.entries]

    def _start(self) -> FakeChild:
        self.children.append(FakeChild())
        return self.children[-1]

    def turn(self) -> Turn:
        return self.daemon.once(0)

    def see(self, number: str = "S1", child: int = 0) -> Turn:
        self.children[child].mouth.send(Sighting(number, self.clock.now(), "front", 0.3, None, None, 3, 1))
        return self.turn()

    def waiting(self) -> list[tuple[str, datetime]]:
        return [(entry.student_number, entry.last_seen_at) for _, entry in self.files.pending(Evidence, 100)]


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

    assert [entry.student_number for entry in turn.evidence] == ["S1"]
    assert room.waiting() == [("S1", START)]


def test_who_is_enrolled_in_other_letters_is_expected_and_marked(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    room.schedule.current = [replace(LESSON, student_ids={"S1": 7, "S2": 8})]
    room.clock.pass_by(60)
    room.delivery.once()
    room.turn()

    room.see("s1")
    room.delivery.once()

    assert "student s1 was seen in C1" in caplog.text
    assert [(entry.session_id, entry.student_id) for entry in room.register.entries] == [(1, 7)]


def test_a_student_who_is_not_expected_is_named_once_and_kept_as_a_visitor(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    room.turn()
    room.see("S9")
    room.see("S9")

    assert room.waiting() == [("S9", START)]
    assert caplog.text.count("S9") == 1
    assert "not on the roster of C1" in caplog.text


def test_what_is_seen_while_no_class_session_is_open_is_told_and_not_kept(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    room.clock.pass_by(-15 * 60 - 30)
    room.turn()
    room.see("S1")

    assert room.waiting() == []
    assert "no class session is open" in caplog.text


def test_while_the_database_is_away_marks_gather_in_the_outbox(room: Room) -> None:
    room.register.error = RegisterUnavailable("away")
    room.turn()
    room.see("S1")
    room.see("S2")
    room.delivery.once()

    assert [number for number, _ in room.waiting()] == ["S1", "S2"]


def test_a_full_disk_loses_nothing_as_long_as_the_recognizer_runs(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.register.error = RegisterUnavailable("away")
    room.turn()
    room.outbox.is_full = True
    room.see("S1")
    room.see("S2")
    assert caplog.text.count("the disk is full") == 1
    assert "in memory only" in room.said[-1]
    room.outbox.is_full = False
    room.clock.pass_by(60)
    room.see("S1")

    assert [number for number, _ in room.waiting()] == ["S1", "S2"]
    assert "in memory only" not in room.said[-1]


def test_a_full_disk_does_not_silence_the_room_while_the_database_is_up(room: Room) -> None:
    room.turn()
    room.outbox.is_full = True
    room.see("S1")
    room.delivery.once()
    room.see("S2")
    room.delivery.once()

    assert [entry.student_number for entry in room.register.entries] == ["S1", "S2"]
    room.delivery.once()
    assert len(room.register.entries) == 2


def test_when_the_camera_could_see_is_kept_and_delivered(room: Room) -> None:
    for _ in range(200):
        room.turn()
        room.children[0].mouth.send(Pulse(room.clock.now()))
        room.clock.pass_by(0.5)
    room.delivery.once()

    assert room.sight.spans[-1] == SightSpan("camera 0", START, START + timedelta(seconds=60))


def test_a_camera_that_fails_during_a_class_session_is_blind_without_a_picture(room: Room) -> None:
    room.turn()
    room.children[0].die()
    for _ in range(65):
        room.turn()
        room.clock.pass_by(1)
        for child in room.children:
            child.die()
    room.delivery.once()

    (span,) = room.sight.spans
    assert isinstance(span, BlindSpan)
    assert (span.reason, span.starts_at, span.ends_at) == ("no picture", START, START + timedelta(seconds=60))


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
        room.children[0].mouth.send(Pulse(room.clock.now()))
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


def test_a_clock_that_is_set_by_seconds_and_time_that_passes_unnoticed_change_nothing(room: Room) -> None:
    room.turn()
    room.clock.pass_by(25)
    room.turn()
    room.clock.jump(40)
    room.see("S1")

    assert [entry.is_confirmed for _, entry in room.files.pending(Evidence, 10)] == [True]


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

    assert [entry.student_number for entry in room.see("S2", child=1).evidence] == ["S2"]
    room.files.close()


def test_a_change_of_the_schedule_takes_effect(room: Room) -> None:
    room.turn()
    room.schedule.current = [replace(LESSON, roster=frozenset({"S3"}))]
    room.clock.pass_by(30)
    room.delivery.once()

    assert [entry.student_number for entry in room.see("S3").evidence] == ["S3"]
