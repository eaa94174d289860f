"""What a recognizer tells of itself: its status, what is wrong with it, and what systemd is told."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recognizer.camera.messages import Failed, Pulse
from recognizer.domain.ports.lease import Lease
from recognizer.errors import NO_ANSWER, RegisterUnavailable
from recognizer.monitoring.status import make_document
from recognizer.monitoring.troubles import find_unready, list_troubles
from recognizer.room.monitor import LOOP_STUCK_SECONDS
from tests.fixtures.watched_room import LESSON, START, Room

AWAY = RegisterUnavailable(f"{NO_ANSWER}no route to db")
OTHER = Lease("another", "desk-2", START - timedelta(hours=3))


def pulse(room: Room, child: int = 0, blind_because: str = "", faces: int = 3) -> None:
    room.children[child].mouth.send(Pulse(room.clock.now(), room.clock.monotonic(), blind_because, 8, faces))
    room.turn()


def troubles(room: Room) -> list[str]:
    return list_troubles(room.monitor.status())


def test_all_is_well_while_the_camera_is_watched_and_the_database_answers(room: Room) -> None:
    room.turn()
    pulse(room)
    room.clock.pass_by(2)
    status = room.monitor.status()

    (camera,) = status.cameras
    assert (camera.name, camera.state, camera.since, camera.faces) == ("camera 0", "watching", START, 3)
    assert (camera.last_frame_at, camera.last_frame_age_seconds) == (START, 2.0)
    assert (status.lease.state, status.database.state, status.database.since) == ("held", "answers", START)
    assert [session.course for session in status.open_sessions] == ["C1"]
    assert (status.uptime_seconds, status.started_at, status.is_alive) == (2.0, START, True)
    assert list_troubles(status) == []


def test_the_document_is_json_with_instants_in_utc(room: Room) -> None:
    room.turn()
    status = room.monitor.status()
    document = json.loads(json.dumps(make_document(status, ["one"])))

    assert document["format"] == 1
    assert document["troubles"] == ["one"]
    assert document["told_at"] == "2026-10-05T09:00:00.000Z"
    assert datetime.fromisoformat(document["told_at"]).utcoffset() == timedelta()
    assert document["cameras"][0]["last_frame_at"] is None
    assert document["open_sessions"][0]["ends_at"] == "2026-10-05T10:00:00.000Z"


def test_what_fails_is_told_with_its_reason_and_since_when(room: Room) -> None:
    room.turn()
    room.children[0].mouth.send(Failed("camera camera 0: no route to 10.0.0.22"))
    room.children[0].die()
    room.turn()
    room.clock.pass_by(0.5)
    room.turn()

    assert troubles(room) == ["camera camera 0 fails: no route to 10.0.0.22"]
    assert room.monitor.status().cameras[0].since == START
    assert room.said[-1] == "camera 0 failing (no route to 10.0.0.22)"


def test_a_camera_that_sees_nothing_is_a_trouble_and_yet_ready(room: Room) -> None:
    room.turn()
    pulse(room, blind_because="covered")

    assert troubles(room) == ["camera camera 0 can see or name nobody: it is covered"]
    assert find_unready(room.monitor.status()) == []
    assert room.said[-1] == "camera 0 watching, blind: covered"


def test_a_database_that_is_away_is_told_with_since_when_and_is_no_reason_not_to_be_ready(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    room.turn()
    pulse(room)
    room.fail(AWAY)
    room.clock.pass_by(5)
    for _ in range(20):
        pulse(room)
        room.see()
        room.delivery.once()
        room.clock.pass_by(6)
    status = room.monitor.status()
    assert (status.database.state, status.database.since) == ("away", START + timedelta(seconds=5))
    assert troubles(room) == [str(AWAY)]
    assert find_unready(status) == []
    assert status.outbox.waiting > 0
    assert "the database is away since 09:00 UTC" in room.said[-1]
    assert caplog.text.count("no route to db") == 1, "nine errands meet the same fault, and one line is enough"

    room.fail(None)
    room.delivery.once()
    assert room.monitor.status().database.state == "answers"
    assert "the database answers again, after 2 min" in caplog.text


def test_an_error_that_is_an_answer_is_no_outage(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.fail(RegisterUnavailable("the portal knows no room A 101"))
    room.clock.pass_by(5)
    room.delivery.once()

    assert room.monitor.status().database.state == "answers"
    assert "has to wait: the portal knows no room A 101" in caplog.text


def test_one_that_waits_for_its_room_says_who_has_it_and_is_ready(room: Room) -> None:
    room.lease.other = OTHER
    room.clock.pass_by(5)
    room.delivery.once()
    room.turn()
    room.turn()
    status = room.monitor.status()

    assert (status.lease.state, status.lease.machine, status.lease.since) == ("waiting", "desk-2", OTHER.held_since)
    assert "desk-2" in troubles(room)[0]
    assert find_unready(status) == []
    assert room.readied_at


def test_a_disk_that_takes_nothing_is_a_trouble_and_not_ready(room: Room) -> None:
    room.fail(AWAY)
    room.turn()
    pulse(room)
    room.outbox.is_full = True
    room.see()

    (unready,) = find_unready(room.monitor.status())
    assert "the outbox's disk takes nothing: 1 entry would be lost" in unready


def test_it_is_not_alive_once_one_of_its_loops_stands_still(room: Room) -> None:
    room.turn()
    room.clock.pass_by(LOOP_STUCK_SECONDS - 1)
    room.delivery.once()
    assert room.monitor.is_alive()
    room.clock.pass_by(1)
    assert not room.monitor.is_alive()
    assert "it hangs" in troubles(room)[0]
    room.turn()
    assert room.monitor.is_alive()
    room.clock.pass_by(120)
    room.turn()
    assert not room.monitor.is_alive()


class TestReady:
    """systemd is told READY=1 once every camera has delivered, failed once, or rests."""

    def test_at_once_where_no_class_session_is_near(self, room: Room) -> None:
        room.clock.pass_by(-3600)
        room.turn()
        room.turn()
        assert room.readied_at == [room.clock.now()]
        room.turn()
        assert len(room.readied_at) == 1

    def test_not_before_the_last_camera_has_delivered_or_failed(self, tmp_path: Path) -> None:
        room = Room(tmp_path, cameras=3)
        room.turn()
        pulse(room, 0)
        assert not room.readied_at
        room.children[1].die()
        room.turn()
        assert not room.readied_at
        room.clock.pass_by(1)
        pulse(room, 2)
        assert room.readied_at
        assert room.monitor.status().is_started
        room.files.close()

    def test_not_before_it_is_known_whose_the_room_is_or_nobody_can_say(self, tmp_path: Path) -> None:
        room = Room(tmp_path)
        room.monitor._delivery.has_turned = False  # type: ignore[attr-defined]
        room.schedule.current = room.schedule.saved = []
        room.turn()
        room.turn()
        assert not room.readied_at
        room.clock.pass_by(10)
        pulse(room)
        pulse(room)
        assert room.readied_at
        room.files.close()

    def test_not_in_the_turn_in_which_the_schedule_came(self, tmp_path: Path) -> None:
        """Its cameras rest as they did before."""
        room = Room(tmp_path)
        sessions, room.daemon._sessions = room.daemon._sessions, lambda: []
        room.turn()
        room.daemon._sessions = sessions
        room.turn()
        assert not room.readied_at
        pulse(room)
        assert room.readied_at
        room.files.close()


def test_a_class_session_is_told_when_it_opens_and_when_it_is_over(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    room.clock.pass_by(-3600)
    room.turn()
    room.clock.pass_by(3600)
    room.turn()
    room.see("S1")
    room.see("S1")
    room.see("S9")
    room.clock.pass_by((LESSON.ends_at - START).total_seconds())
    room.turn()
    room.turn()

    told = [record.getMessage() for record in caplog.records if record.name.endswith("announcements")]
    assert told == [
        "class session C1 is open until 10:00 UTC: 2 students expected",
        "student S1 was seen in C1",
        "visitor S9 was seen and is not marked: not on the roster of C1",
        "class session C1 is over: 1 of 2 students seen",
    ]
