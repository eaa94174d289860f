"""The start of the daemon: nothing that the database does holds the cameras up for long."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from recognizer.bootstrap import daemon
from recognizer.config.configuration import CameraConfig, Config, GalleryConfig
from recognizer.errors import ConfigurationError
from recognizer.storage.database.inspection import DatabaseInspection


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        room="A 101",
        database_url=f"sqlite:///{tmp_path}/none.sqlite3",
        state_dir=tmp_path / "state",
        gallery=GalleryConfig(path=tmp_path / "gallery.pkl", key_file=tmp_path / "gallery.key"),
        cameras=(CameraConfig("front", "0"),),
    )


def test_a_database_that_answers_bit_by_bit_is_taken_for_away(
    config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    is_over = threading.Event()

    def answer_slowly(_: DatabaseInspection) -> list[str]:
        is_over.wait(30)
        return []

    monkeypatch.setattr(DatabaseInspection, "rooms", answer_slowly)
    monkeypatch.setattr(daemon, "ANSWER_SECONDS", 0.1)
    with daemon.build_daemon(config):
        is_over.set()

    assert "starting without the database: the database does not answer as it should: no answer within" in caplog.text


def test_a_room_that_the_portal_does_not_know_is_refused(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DatabaseInspection, "rooms", lambda _: ["B 2"])
    with pytest.raises(ConfigurationError, match="expected a room that the portal knows"), daemon.build_daemon(config):
        pass
