"""What a camera's process writes beside its log, and what nobody has caught: lines of the log, without secrets."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from portal.web.logs import JsonFormatter as PortalJsonFormatter
from portal.web.redaction import RedactedFormatter
from recognizer.ops.logging import JsonFormatter
from tests.environment import ROOT
from tests.unit.test_log import Log

PRELUDE = '''
import json, logging, os, sys, threading, time
from multiprocessing import Pipe
from recognizer.camera.log_relay import RelayHandler
from recognizer.camera.wire import Hearing
from recognizer.config.configuration import CameraConfig, Config
from recognizer.ops.log_limit import LimitedHandler
from recognizer.ops.logging import JsonFormatter, configure_logging, log_uncaught_in_threads
from recognizer.ops.stray_output import divert_stderr
config = Config("A 101", log_format="json", cameras=(CameraConfig("front", "rtsp://viewer:hunter2@cam/1"),))

def be_a_camera():
    """With what stands for its parent in a thread."""
    written = LimitedHandler(os.fdopen(os.dup(2), "w"))
    written.setFormatter(JsonFormatter(for_journal=False, room=config.room))
    read, own = Pipe(duplex=False)
    hearing = Hearing(read, "front")

    def write():
        while True:
            read.poll(None)
            for logged in hearing.take():
                written.handle(logged.as_record())

    threading.Thread(target=write, daemon=True).start()
    divert_stderr("camera front")
    configure_logging(config, RelayHandler(own))
'''


def run(program: str) -> tuple[str, list[dict[str, Any]]]:
    """What a program of its own writes to stderr, and the same taken apart line by line: each is JSON."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(program)],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key != "JOURNAL_STREAM"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "hunter2" not in done.stderr
    return done.stderr, [json.loads(line) for line in done.stderr.splitlines()]


def test_what_native_code_says_of_each_picture_is_limited_and_has_no_secret() -> None:
    text, lines = run(
        """
        be_a_camera()
        for number in range(1000):
            os.write(2, b"Corrupt JPEG data: %d extraneous bytes of rtsp://viewer:hunter2@cam/1\\n" % number)
        os.write(2, b"\\x1b[31m\\xff\\n\\n" + b"x" * 5000 + b"\\n")
        time.sleep(0.5)
        logging.getLogger("recognizer").info("and then")
        time.sleep(0.5)
        """
    )
    said = [line["message"] for line in lines]
    assert sum("extraneous bytes" in each for each in said) < 20
    assert "and then" in said
    assert "\x1b" not in text
    assert max(map(len, said)) < 300


def test_a_real_damaged_picture_of_a_camera_becomes_a_line_of_the_log() -> None:
    _, lines = run(
        """
        import cv2, numpy
        be_a_camera()
        noise = numpy.random.default_rng(0).integers(0, 255, (64, 64, 3), numpy.uint8)
        whole = cv2.imencode(".jpg", noise)[1].tobytes()
        cv2.imdecode(numpy.frombuffer(whole[:1500] + whole[-2:], numpy.uint8), cv2.IMREAD_COLOR)
        time.sleep(0.5)
        """
    )
    (line,) = lines
    assert line["message"].startswith("camera front: a library says: Corrupt JPEG data")


@pytest.mark.parametrize("where", ["the program", "a thread", "a thread of a camera's process"])
def test_what_nobody_has_caught_is_one_line_without_a_secret(where: str) -> None:
    _, lines = run(
        f"""
        where = {where!r}
        if "camera" in where:
            be_a_camera()
        else:
            configure_logging(config)
            log_uncaught_in_threads()
        def fail():
            raise ValueError("cannot open rtsp://viewer:hunter2@cam/1")
        if where == "the program":
            fail()
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        time.sleep(0.5)
        """
    )
    told = "".join(json.dumps(line) for line in lines)
    assert "ValueError: cannot open rtsp://***@cam/1" in told
    assert "camera" in where or len(lines) == 1


def test_whatever_an_event_holds_is_redacted_in_json() -> None:
    log = Log(JsonFormatter(for_journal=False, room="A 101"))
    address = "rtsp://viewer:hunter2@cam/1"
    held = {"one": [address, {"two": (address, ValueError(address), 7, None, 1.5, True)}], address: object}
    log.logger.info("seen", extra={"camera": ValueError(address), "held": held})

    assert "hunter2" not in log.stream.getvalue()
    entry = json.loads(log.stream.getvalue())
    assert entry["held"]["one"][1]["two"][2:] == [7, None, 1.5, True]


@pytest.mark.parametrize("message", ["%d of %s", "%s", "%(name)s"])
def test_a_line_that_cannot_be_made_says_where_it_comes_from_and_nothing_of_what_it_holds(message: str) -> None:
    log = Log()
    log.logger.error(message, "rtsp://viewer:hunter2@cam/1", "more")
    assert "a line of the log could not be written: TypeError, from test_stray_output.py, line" in log.stream.getvalue()
    assert "hunter2" not in log.stream.getvalue()


NASTY = "".join(map(chr, range(32))) + '"\\\x7f\x85\u2028\u202e\ud800\U000e0001é😀'


def test_every_sign_in_a_message_leaves_json_one_line() -> None:
    log = Log(JsonFormatter(for_journal=True, room='A "101"\n'))
    log.logger.warning("camera %s", NASTY, extra={"camera": NASTY})
    line = log.stream.getvalue()
    assert line.count("\n") == 1
    assert json.loads(line.removeprefix("<4>"))["camera"] == NASTY
    assert len(line.splitlines()) == 1, "readers of lines also part them at U+0085 and U+2028"
    assert line.rstrip("\n").isprintable()


def test_a_plain_line_has_no_sign_that_a_terminal_obeys_or_a_journal_hides() -> None:
    log = Log()
    log.logger.warning("camera %s", NASTY)
    assert all(sign.isprintable() or sign in "\n\t" for sign in log.stream.getvalue())
    assert "é😀" in log.stream.getvalue()


def test_a_line_of_the_portal_is_one_line_too() -> None:
    record = logging.LogRecord("portal", logging.WARNING, __file__, 1, "room %s", (NASTY,), None)
    line = PortalJsonFormatter().format(record)
    assert line.isprintable()
    assert json.loads(line)["message"] == f"room {NASTY}"
    plain = RedactedFormatter("%(message)s").format(record)
    assert all(sign.isprintable() or sign in "\n\t" for sign in plain)
    assert "é😀" in plain
