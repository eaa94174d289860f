"""The errand that writes which cameras the room has: it ends its own alone, and keeps what it wrote afterwards."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from recognizer.delivery.room_cameras import WRITE_EVERY_SECONDS, RoomCamerasErrand
from recognizer.domain.ports.delivery import RoomCamera
from recognizer.errors import RegisterUnavailable
from recognizer.storage.files.cameras_file import RoomCamerasFile


class Board:
    """Keeps what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[set[str], set[str]]] = []
        self.error: Exception | None = None

    def record(self, cameras: Collection[RoomCamera], gone: Collection[RoomCamera]) -> int:
        if self.error:
            raise self.error
        self.asked.append(({each.camera_name for each in cameras}, {each.camera_name for each in gone}))
        return 1


class Start:
    """One start of the recognizer."""

    def __init__(self, path: Path, *cameras: str) -> None:
        self.board, self.now = Board(), 0.0
        self.errand = RoomCamerasErrand(
            self.board, RoomCamerasFile(path), [RoomCamera("A 101", name) for name in cameras], lambda: self.now
        )


def test_the_cameras_are_written_at_the_start_and_now_and_then(tmp_path: Path) -> None:
    start = Start(tmp_path / "cameras.json", "front")
    assert start.errand.once() == 1
    assert start.errand.once() == 0
    start.now += WRITE_EVERY_SECONDS
    assert start.errand.once() == 1
    assert start.board.asked == [({"front"}, set())] * 2


def test_cameras_of_an_earlier_start_are_ended_and_then_forgotten(tmp_path: Path) -> None:
    Start(tmp_path / "cameras.json", "front", "back").errand.once()
    start = Start(tmp_path / "cameras.json", "front")
    start.errand.once()
    start.now += WRITE_EVERY_SECONDS
    start.errand.once()
    assert start.board.asked == [({"front"}, {"back"}), ({"front"}, set())]


def test_what_the_database_did_not_take_is_not_kept_as_written(tmp_path: Path) -> None:
    Start(tmp_path / "cameras.json", "front", "back").errand.once()
    failing = Start(tmp_path / "cameras.json", "front")
    failing.board.error = RegisterUnavailable("away")
    with pytest.raises(RegisterUnavailable):
        failing.errand.once()
    start = Start(tmp_path / "cameras.json", "front")
    start.errand.once()
    assert start.board.asked == [({"front"}, {"back"})]


def test_a_disk_that_takes_nothing_is_tried_again_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start = Start(tmp_path / "missing" / "cameras.json", "front")
    for _ in range(3):
        start.errand.once()
        start.now += WRITE_EVERY_SECONDS
    assert len(caplog.records) == 1
    (tmp_path / "missing").mkdir()
    start.errand.once()
    assert RoomCamerasFile(tmp_path / "missing" / "cameras.json").load() == {RoomCamera("A 101", "front")}


@pytest.mark.parametrize("text", ["", "{", '["front"]', '[{"room": "A 101"}]', "7"])
def test_a_file_that_cannot_be_read_ends_no_camera(tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str) -> None:
    path = tmp_path / "cameras.json"
    path.write_text(text)
    start = Start(path, "front")
    start.errand.once()
    assert start.board.asked == [({"front"}, set())]
    assert "not readable" in caplog.text
