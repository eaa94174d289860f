"""The demo clip through the real recognizer into SQLite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import cv2
import pytest

from deploy.demo.clip import FRAME_SIZE, FRAMES_PER_SECOND
from tests.fixtures.classroom import Classroom
from tests.fixtures.patience import only_long
from tests.fixtures.recognizer import Recognizer
from tests.fixtures.waiting import wait_for

ALONE_SECONDS = (19.5, 22.5)
"""When the clip shows the photographer and nobody else."""


@pytest.fixture
def classroom(migrated_sqlite: Path, classroom_in: Callable[[str], Classroom]) -> Classroom:
    return classroom_in(f"sqlite:///{migrated_sqlite}")


@pytest.fixture
def stranger_clip(demo_clip: Path, tmp_path: Path) -> Path:
    """The stretch of the clip in which only the photographer is there, twice: seen often enough to be identified."""
    path = tmp_path / "stranger.mp4"
    whole = cv2.VideoCapture(str(demo_clip))
    whole.set(cv2.CAP_PROP_POS_MSEC, ALONE_SECONDS[0] * 1000)
    frames = [whole.read()[1] for _ in range(round((ALONE_SECONDS[1] - ALONE_SECONDS[0]) * FRAMES_PER_SECOND))]
    whole.release()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FRAMES_PER_SECOND, FRAME_SIZE)
    for frame in [*frames, *reversed(frames)]:
        writer.write(frame)
    writer.release()
    return path


def test_the_clip_marks_both_students_and_nobody_else(
    classroom: Classroom, demo_clip: Path, run_recognizer: Callable[..., Recognizer]
) -> None:
    recognizer = run_recognizer(classroom.database_url, demo_clip, play="fast")

    assert recognizer.finish() == 0, recognizer.output()
    marks = classroom.marks()
    assert set(marks) == {"S1001", "S1002"}
    assert {mark.status for mark in marks.values()} == {"present"}
    assert {mark.source for mark in marks.values()} == {"camera"}
    assert {mark.camera_name for mark in marks.values()} == {"front"}
    assert all(0 < mark.distance <= 0.45 for mark in marks.values())
    # Both leave and come again: the mark spans it.
    assert all(mark.last_seen_at - mark.first_seen_at > timedelta(seconds=5) for mark in marks.values())
    assert classroom.camera_states() == {"front": "stopped"}
    wait_for(lambda: not recognizer.processes(), "the children to end", 5)


def test_a_stranger_alone_marks_nobody(
    classroom: Classroom, stranger_clip: Path, run_recognizer: Callable[..., Recognizer]
) -> None:
    """Mistaken for a student who is there anyway, the stranger would leave no trace: so nobody else is there."""
    recognizer = run_recognizer(classroom.database_url, stranger_clip, play="fast")

    assert recognizer.finish() == 0, recognizer.output()
    assert classroom.marks() == {}
    assert classroom.last_frame_at() is not None


@only_long
def test_a_check_of_what_run_needs_names_each_part(
    classroom: Classroom, demo_clip: Path, run_recognizer: Callable[..., Recognizer]
) -> None:
    check = run_recognizer(classroom.database_url, demo_clip, command="check")

    assert check.finish(60) == 0, check.output()
    said = check.output().lower()
    for part in ("configuration", "gallery", "database", "front", "1920", "clock", "disk"):
        assert part in said, said
