"""The parent, turn by turn: cameras around lessons, sightings into the outbox, an end that loses nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from recognizer.camera.messages import Ended, Pulse
from recognizer.camera.orders import Stop
from recognizer.domain.ports.delivery import Fact
from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.observation import BlindSpan, SightSpan
from recognizer.errors import RegisterUnavailable
from recognizer.room.announcements import Announcements
from tests.fixtures.watched_room import LESSON, START, Room


def test_cameras_are_started_shortly_before_the_window_and_stopped_at_the_end(room: Room) -> None:
    room.clock.pass_by(-16 * 60 - 1)
    room.turn()
    assert not room.children
    room.clock.pass_by(1)
    room.turn()
    assert len(room.children) == 1

    room.clock.pass_by(76 * 60)
    room.children[0].mouth.send(Pulse(room.clock.now(), room.clock.monotonic()))
    room.turn()
    assert room.children[0].mouth.recv() == Stop()


def test_a_sighting_is_in_the_outbox_when_the_turn_is_over(room: Room) -> None:
    room.turn()

    turn = room.see()

    assert [entry.student_number for entry in turn.evidence] == ["S1"]
    assert room.waiting() == [("S1", START)]


def test_a_sighting_is_in_the_outbox_before_anything_else_is_done_with_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[int] = []
    monkeypatch.setattr(Announcements, "name", lambda *_: waiting.append(len(room.waiting())))
    room.turn()
    room.children[0].mouth.send(Sighting("S2", room.clock.now(), "front", 0.3, None, None, 3, 1))
    room.see("S1")
    assert waiting == [2, 2]


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


def doubtful(room: Room, number: str) -> Sighting:
    return Sighting(number, room.clock.now(), "camera 0", 0.4, None, None, 1, 1, is_doubtful=True)


def test_a_doubtful_name_is_told_of_students_who_are_expected_only(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    room.clock.pass_by(-15 * 60 - 5)
    room.turn()
    room.children[0].mouth.send(doubtful(room, "S1"))
    room.turn()
    room.clock.pass_by(10)
    for number in ("S9", "S1"):
        room.children[0].mouth.send(doubtful(room, number))
        room.turn()

    told = [record.getMessage() for record in caplog.records if "may have been seen" in record.getMessage()]
    assert told == ["student S1 may have been seen in C1: not marked unless the camera becomes sure"]
    assert room.waiting() == []


def test_what_a_camera_held_of_a_doubtful_name_ends_with_its_process(room: Room) -> None:
    room.turn()
    room.children[0].mouth.send(doubtful(room, "S1"))
    room.turn()
    room.children[0].die()
    room.turn()
    room.clock.pass_by(30 * 60)
    room.turn()
    assert len(room.children) == 2
    room.children[1].mouth.send(replace(doubtful(room, "S1"), is_doubtful=False))
    room.turn()

    ((_, entry),) = room.files.pending(Evidence, 100)
    assert entry.first_seen_at == entry.last_seen_at == room.clock.now()


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
        room.children[0].mouth.send(Pulse(room.clock.now(), room.clock.monotonic()))
        room.clock.pass_by(0.5)
    room.delivery.once()

    assert room.sight.spans[-1] == SightSpan("camera 0", START, START + timedelta(seconds=65))


def test_a_camera_that_fails_during_a_class_session_is_blind_without_a_picture(room: Room) -> None:
    room.turn()
    room.children[0].die()
    for _ in range(70):
        room.turn()
        room.clock.pass_by(1)
        for child in room.children:
            child.die()
    room.delivery.once()

    (span,) = room.sight.spans
    assert isinstance(span, BlindSpan)
    assert (span.reason, span.starts_at, span.ends_at) == ("no picture", START, START + timedelta(seconds=65))


def test_a_disk_that_holds_the_recognizer_up_makes_no_camera_blind(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the camera says meanwhile waits in the pipe; its pictures came all the time."""
    put = room.outbox.put

    def put_slowly(entry: Fact) -> None:
        for _ in range(60):
            room.clock.pass_by(1)
            room.children[0].mouth.send(Pulse(room.clock.now(), room.clock.monotonic()))
        put(entry)

    room.turn()
    room.children[0].mouth.send(Pulse(room.clock.now(), room.clock.monotonic()))
    room.turn()
    with monkeypatch.context() as patch:
        patch.setattr(room.outbox, "put", put_slowly)
        room.see()
    room.turn()
    assert not room.files.pending(BlindSpan, 10)
    ((_, span),) = room.files.pending(SightSpan, 10)
    assert (span.starts_at, span.ends_at) == (START, START + timedelta(seconds=60))


@pytest.mark.parametrize("held_up", [0, 5, 9])
def test_a_silence_is_told_although_the_recognizer_heard_late_of_the_last_picture_before_it(
    room: Room, held_up: float
) -> None:
    room.turn()
    room.children[0].mouth.send(Pulse(room.clock.now(), room.clock.monotonic()))
    room.clock.pass_by(held_up)
    room.turn()
    room.clock.pass_by(12 - held_up)
    for _ in range(300):
        room.children[0].mouth.send(Pulse(room.clock.now(), room.clock.monotonic()))
        room.turn()
        room.clock.pass_by(0.5)
    room.delivery.once()

    (blind, *_) = [span for span in room.sight.spans if isinstance(span, BlindSpan)]
    assert (blind.reason, blind.starts_at, blind.ends_at) == ("no picture", START, START + timedelta(seconds=12))


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
