"""The errand that reads the schedule, and the copy of it on disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from recognizer.delivery.schedule import ScheduleErrand
from recognizer.storage.files.schedule_file import ScheduleFile
from tests.fixtures.post import AWAY, LESSON, Post

SCHEDULE = ScheduleErrand.name


def test_the_schedule_is_read_every_half_minute_and_kept_on_disk(post: Post, tmp_path: Path) -> None:
    assert post.once().done[SCHEDULE] == 1
    assert list(post.reading.sessions) == [LESSON]
    assert ScheduleFile(tmp_path / "schedule.json", "A 101").load() == [LESSON]
    post.schedule.current = []
    post.clock.pass_by(29)
    assert SCHEDULE not in post.once().done
    post.clock.pass_by(1)
    assert post.once().done[SCHEDULE] == 1
    assert list(post.reading.sessions) == []
    assert ScheduleFile(tmp_path / "schedule.json", "A 101").load() == []


def test_a_schedule_that_a_full_disk_did_not_take_is_kept_as_soon_as_there_is_room(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as full:
        full.setattr(ScheduleFile, "save", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        for _ in range(3):
            post.once()
            post.clock.pass_by(30)
    assert list(post.reading.sessions) == [LESSON]
    assert post.copy.load() == []
    assert caplog.text.count("No space left") == 1

    post.once()
    assert post.copy.load() == [LESSON]


def test_after_a_restart_without_database_the_schedule_is_known(post: Post) -> None:
    post.once()
    post.fail(AWAY)
    post.start_anew()

    assert list(post.reading.sessions) == [LESSON]


def test_the_copy_of_the_first_release_is_read(post: Post, tmp_path: Path) -> None:
    post.copy.save([LESSON])
    document = json.loads((tmp_path / "schedule.json").read_text("utf-8"))
    del document["sessions"][0]["student_ids"]
    (tmp_path / "schedule.json").write_text(json.dumps(document), "utf-8")

    assert post.copy.load() == [replace(LESSON, student_ids={})]


def test_the_copy_of_another_room_or_a_broken_one_is_not_taken(post: Post, tmp_path: Path) -> None:
    path = tmp_path / "schedule.json"
    post.copy.save([LESSON])

    assert ScheduleFile(path, "B 2").load() == []
    path.write_text('{"room": "A 101", "sessions": [{"id": 1}')
    assert post.copy.load() == []
    path.write_text('{"room": "A 101", "sessions": [{"id": 1}]}')
    assert post.copy.load() == []
