"""Signals come at the worst moment, and are obeyed all the same."""

from __future__ import annotations

import io
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from recognizer.camera.knowledge import ToldKnowledge
from recognizer.camera.process import _Orders
from recognizer.ops.log_limit import LimitedHandler
from recognizer.room import daemon
from tests.fixtures.watched_room import Room


class InterruptedFile(io.RawIOBase):
    """A log's file. While the first line is being written to it, a signal comes."""

    def __init__(self, number: signal.Signals) -> None:
        self._signals = [number]
        self.written = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.written += bytes(data)
        if self._signals:
            signal.raise_signal(self._signals.pop())
        return len(data)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_comes_while_a_line_of_the_log_is_written_ends_the_recognizer(
    room: Room, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """Both the line and the reason of the end stand in the log."""
    file = InterruptedFile(number)
    stream = io.TextIOWrapper(io.BufferedWriter(file), line_buffering=True)
    monkeypatch.setattr(sys, "stderr", stream)
    log, handler = logging.getLogger(daemon.__name__), LimitedHandler(stream)
    log.addHandler(handler)
    monkeypatch.setattr(log, "level", logging.INFO)
    gives_up = threading.Timer(10, room.daemon.stop)
    gives_up.start()
    started_at = time.monotonic()

    def speak(*_: object) -> bool:
        log.info("camera front starts")
        return False

    monkeypatch.setattr(room.daemon.cameras[0], "tend", speak)
    try:
        room.daemon.run()
    finally:
        gives_up.cancel()
        log.removeHandler(handler)
    assert time.monotonic() - started_at < 9
    assert file.written.decode().splitlines()[0] == "camera front starts"
    assert f"stopping: {number.name}" in file.written.decode()
    assert "Traceback" not in file.written.decode()


@contextmanager
def signals_at_every_line(number: signal.Signals) -> Iterator[None]:
    """Each line that is run within the block, in the standard library too, is interrupted by that signal."""

    def interrupt(_: FrameType, event: str, __: Any) -> Any:
        if event == "line":
            signal.raise_signal(number)
        return interrupt

    before = sys.gettrace()
    sys.settrace(interrupt)
    try:
        yield
    finally:
        sys.settrace(before)


@pytest.mark.timeout(20)
def test_a_cameras_process_may_be_told_to_stop_at_any_moment_of_its_waiting() -> None:
    """It neither waits for itself nor waits on."""
    orders = _Orders(is_hurried=False, knowledge=ToldKnowledge())
    orders._seconds_between_looks = 60
    orders.keep_pace()
    before = signal.signal(signal.SIGUSR1, lambda *_: orders.stop())
    try:
        with signals_at_every_line(signal.SIGUSR1):
            orders.keep_pace()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert orders.is_stopping
