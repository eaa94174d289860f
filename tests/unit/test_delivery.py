"""Delivery: outbox → register, turn by turn, through every failure of the database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from recognizer.delivery.heartbeat import Heartbeat
from recognizer.delivery.worker import Delivery
from recognizer.domain.register.attendance import ClassSession, MarkEntry
from recognizer.domain.register.status import CameraState, CameraWord
from recognizer.errors import RegisterUnavailable
from recognizer.storage.files.outbox import SqliteOutbox
from recognizer.storage.files.schedule_file import ScheduleFile
from tests.fakes import FakeClock, FakeRegister, FakeSchedule, FakeStatusBoard
from tests.fixtures.waiting import wait_for

AT = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
LESSON = ClassSession(1, "C1", AT, AT + timedelta(hours=1), 10, frozenset({"S1", "Ž2"}))
AWAY = RegisterUnavailable("the database is away")


def entry(number: str = "S1") -> MarkEntry:
    return MarkEntry(1, number, "present", AT, AT, 0.3, "front")


class Post:
    """A delivery with its surroundings."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock(AT)
        self.register, self.schedule, self.board = FakeRegister(), FakeSchedule([LESSON]), FakeStatusBoard()
        self.outbox = SqliteOutbox(folder / "outbox.sqlite3")
        self.copy = ScheduleFile(folder / "schedule.json", "A 101")
        self.delivery = self.started_anew()

    def started_anew(self) -> Delivery:
        heartbeat = Heartbeat(
            self.board, version="0.1.0", gallery_size=3, outbox_depth=self.outbox.depth, now=self.clock.now
        )
        return Delivery(
            outbox=self.outbox,
            register=self.register,
            schedule=self.schedule,
            schedule_copy=self.copy,
            heartbeat=heartbeat,
            now=self.clock.now,
            monotonic=self.clock.monotonic,
        )

    def fail(self, error: Exception | None) -> None:
        self.register.error = self.schedule.error = self.board.error = error


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path)
    yield post
    post.outbox.close()


def word(state: CameraState) -> CameraWord:
    return CameraWord("front", state, None)


def test_what_waits_is_delivered_and_forgotten(post: Post) -> None:
    for number in range(120):
        post.outbox.put(entry(str(number)))

    assert post.delivery.once().marks == 120
    assert post.outbox.depth() == 0
    assert len(post.register.entries) == 120


def test_while_the_database_is_away_marks_wait_and_then_go_out_once(post: Post) -> None:
    post.fail(AWAY)
    post.outbox.put(entry())

    assert post.delivery.once().errors == ("the database is away",)
    assert post.outbox.depth() == 1
    post.fail(None)
    # Not asked again at once, but soon.
    assert post.delivery.once().marks == 0
    post.clock.pass_by(1)
    assert post.delivery.once().marks == 1
    assert post.register.entries == [entry()]


def test_the_waits_grow_to_five_seconds_and_no_further(post: Post) -> None:
    post.fail(AWAY)
    post.outbox.put(entry())
    tries = []
    for tenth in range(400):
        if post.delivery.once().errors:
            tries.append(tenth / 10)
        post.clock.pass_by(0.1)

    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert waits[0] < 1
    assert max(waits) == pytest.approx(5, abs=0.11)


def test_a_refused_mark_is_set_aside_and_the_others_go_on(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post.register.refused = {"S1"}
    post.outbox.put(entry())
    post.outbox.put(entry("S2"))

    done = post.delivery.once()

    assert (done.marks, done.refused, post.outbox.depth()) == (1, 1, 0)
    assert "student S1" in caplog.text


def test_the_schedule_is_read_every_half_minute_and_kept_on_disk(post: Post, tmp_path: Path) -> None:
    assert post.delivery.once().is_schedule_new
    assert list(post.delivery.sessions) == [LESSON]
    post.schedule.current = []
    post.clock.pass_by(29)
    assert not post.delivery.once().is_schedule_new
    post.clock.pass_by(1)
    assert post.delivery.once().is_schedule_new
    assert list(post.delivery.sessions) == []
    assert ScheduleFile(tmp_path / "schedule.json", "A 101").load() == []


def test_after_a_restart_without_database_the_schedule_is_known(post: Post) -> None:
    post.delivery.once()
    post.fail(AWAY)

    assert list(post.started_anew().sessions) == [LESSON]


def test_the_copy_of_another_room_or_a_broken_one_is_not_taken(post: Post, tmp_path: Path) -> None:
    path = tmp_path / "schedule.json"
    post.copy.save([LESSON])

    assert ScheduleFile(path, "B 2").load() == []
    path.write_text('{"room": "A 101", "sessions": [{"id": 1}')
    assert post.copy.load() == []
    path.write_text('{"room": "A 101", "sessions": [{"id": 1}]}')
    assert post.copy.load() == []


def test_the_heart_beats_every_five_seconds_and_at_every_change(post: Post) -> None:
    post.delivery.report([word("starting")])
    assert post.delivery.once().has_beaten
    assert not post.delivery.once().has_beaten
    post.delivery.report([word("watching")])
    assert post.delivery.once().has_beaten
    post.clock.pass_by(5)
    assert post.delivery.once().has_beaten
    status = post.board.statuses["front"]
    assert (status.state, status.version, status.gallery_size, post.board.posts) == ("watching", "0.1.0", 3, 3)


def test_a_board_that_cannot_be_written_does_not_delay_marks(post: Post) -> None:
    post.board.error = AWAY
    post.delivery.report([word("watching")])
    post.delivery.once()
    post.outbox.put(entry())

    assert post.delivery.once().marks == 1


def test_the_thread_delivers_as_soon_as_it_is_woken_and_a_last_time_at_the_end(post: Post) -> None:
    post.delivery.start()
    post.outbox.put(entry())
    post.delivery.wake()
    wait_for(lambda: post.register.entries, "the mark", 10)
    post.outbox.put(entry("S2"))

    assert post.delivery.finish(10)
    assert [delivered.student_number for delivered in post.register.entries] == ["S1", "S2"]


def test_the_last_turn_tries_even_while_it_would_wait(post: Post) -> None:
    post.fail(AWAY)
    post.outbox.put(entry())
    post.delivery.once()
    post.fail(None)

    post.delivery.start()
    assert post.delivery.finish(10)
    assert post.register.entries == [entry()]


def test_an_end_does_not_wait_for_a_database_that_hangs(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(post.register, "record", lambda _: let_go.wait(30))
    post.outbox.put(entry())
    post.delivery.start()
    post.delivery.wake()

    assert not post.delivery.finish(0.2)
    assert post.outbox.depth() == 1
    let_go.set()


def test_a_fault_of_ours_does_not_end_the_thread(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post.register.error = ZeroDivisionError("a fault")
    post.outbox.put(entry())
    post.delivery.start()
    post.delivery.wake()
    wait_for(lambda: "a turn of the delivery failed" in caplog.text, "the fault in the log", 10)
    post.register.error = None
    post.delivery.wake()

    wait_for(lambda: post.register.entries, "the mark", 10)
    assert post.delivery.finish(10)
