"""How the recognizer lives on a machine: its log and what systemd is told."""

from __future__ import annotations

import logging
import socket
from datetime import datetime
from pathlib import Path

import pytest

from recognizer.config.configuration import CameraConfig, Config, GalleryConfig
from recognizer.ops.logging import RedactingFormatter, secrets_of
from recognizer.ops.redaction import know
from recognizer.ops.systemd import Notifier
from tests.fakes import FakeClock

START = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
CONFIG = Config(
    database_url="mysql+pymysql://rollcall:s3cr%26t@db/rollcall",
    gallery=GalleryConfig(key="0123456789abcdef" * 2),
    cameras=(CameraConfig("front", "rtsp://viewer:hunter2@cam/1"),),
)


def record(text: str, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("recognizer", level, __file__, 1, text, None, None)


def test_no_secret_is_logged_however_it_is_spelled() -> None:
    know(secrets_of(CONFIG))
    formatter = RedactingFormatter(for_journal=False)

    for text in (
        "cannot open rtsp://viewer:hunter2@cam/1",
        "the password hunter2 is wrong",
        "denied: s3cr&t and s3cr%26t",
        f"signed with {CONFIG.gallery.key}",
        "GET http://cam/video?pin=4711",
    ):
        shown = formatter.format(record(text))
        assert not any(secret in shown for secret in ("hunter2", "s3cr", "4711", "abcdef")), shown


def test_a_line_has_its_time_in_utc_and_its_level() -> None:
    line = RedactingFormatter(for_journal=False).format(record("hello", logging.WARNING))

    assert line.endswith("Z WARNING hello")


def test_for_the_journal_every_line_has_its_priority() -> None:
    formatter = RedactingFormatter(for_journal=True)

    assert formatter.format(record("one\ntwo", logging.ERROR)) == "<3>one\n<3>two"
    assert formatter.format(record("hello")) == "<6>hello"


@pytest.fixture
def systemd(tmp_path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "notify"))
    listener.settimeout(5)
    return listener


def test_systemd_is_told_what_happens(systemd: socket.socket, tmp_path: Path) -> None:
    clock = FakeClock(START)
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")}, clock.monotonic)
    notifier.ready()
    notifier.alive()
    notifier.alive()
    notifier.status("front watching")
    notifier.status("front watching")
    clock.pass_by(1)
    notifier.alive()
    notifier.stopping()

    told = [systemd.recv(200).decode() for _ in range(5)]

    systemd.close()
    assert told == ["READY=1", "WATCHDOG=1", "STATUS=front watching", "WATCHDOG=1", "STOPPING=1"]


def test_an_abstract_socket_is_understood_and_a_missing_one_is_no_error() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0rollcall-test-notify")
        listener.settimeout(5)
        Notifier({"NOTIFY_SOCKET": "@rollcall-test-notify"}).ready()
        assert listener.recv(100) == b"READY=1"
    Notifier({"NOTIFY_SOCKET": "/nowhere/at/all"}).ready()
    Notifier({}).ready()
