"""What a camera's process says, on its way to the parent: JSON, one message a line.

The process decodes whatever a camera sends. Whoever takes it over through that must not take over the parent too: so
nothing that it says is unpickled, what has come is read without waiting for the rest, and it is believed only where it
has the form of a message.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import threading
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from recognizer.camera.messages import Ended, Failed, Logged, Message, Pulse
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.suspicion import SUSPICIONS
from recognizer.domain.learning.sample import Sample
from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.observation import BLIND_REASONS

MOST_BYTES = 128 * 1024
"""Of one message. The longest is a fault of ours, whose traceback is cut; a sighting with a sample has 1 kB."""

_MOST_AT_ONCE = 256 * 1024
"""Bytes that are read before the parent turns to its other work."""

_MOST_TEXT = 10_000
_LONGEST_NUMBER = 255
_LARGEST = 2.0**53
_SAMPLE_BYTES = 128 * 4

_WIDE = re.compile(r"%[^a-zA-Z%]*(?:\d{3}|\*)")

_one_at_a_time = threading.Lock()
"""A process has one parent, and several threads that speak to it."""

Fields = dict[str, Any]


class NotAMessage(ValueError):
    """What a process said has not the form of a message."""


def say(connection: Connection[Any, Any], message: Message) -> None:
    """Write one message whole, whatever other threads say. Raises OSError where the parent is gone."""
    line = json.dumps(_as_fields(message), allow_nan=False).encode() + b"\n"
    with _one_at_a_time:
        while line:
            line = line[os.write(connection.fileno(), line) :]


class Hearing:
    """The parent's end: takes apart what one camera's process says."""

    def __init__(self, connection: Connection[Any, Any], camera_name: str) -> None:
        self._connection = connection
        self._camera_name = camera_name
        self._rest = b""

    def take(self) -> list[Message]:
        """The messages that have come whole; waits for nothing.

        Raises EOFError once the process is gone and all it said was taken, NotAMessage where it says something else.
        """
        read = 0
        while read < _MOST_AT_ONCE and self._connection.poll():
            try:
                chunk = os.read(self._connection.fileno(), _MOST_AT_ONCE)
            except ConnectionResetError:
                # Its end too: it left without having read all that it was told.
                chunk = b""
            if not chunk:
                if b"\n" in self._rest:
                    break
                raise EOFError
            self._rest += chunk
            read += len(chunk)
        *lines, self._rest = self._rest.split(b"\n")
        if len(self._rest) > MOST_BYTES:
            raise NotAMessage("it is too long")
        return [self._read(line) for line in lines]

    def _read(self, line: bytes) -> Message:
        try:
            fields = json.loads(line, parse_constant=_refuse)
            return _READERS[fields.pop("kind")](fields, self._camera_name)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise NotAMessage(str(error)) from None


def _as_fields(message: Message) -> Fields:
    if isinstance(message, Ended):
        return {"kind": "ended"}
    if isinstance(message, Failed):
        return {"kind": "failed", "reason": message.reason[:1000], "traceback": message.traceback[-_MOST_TEXT // 2 :]}
    if isinstance(message, Logged):
        return {
            "kind": "logged",
            "logger": message.logger,
            "level": message.level,
            "form": message.form[:_MOST_TEXT],
            "arguments": [each[:_MOST_TEXT] if isinstance(each, str) else each for each in message.arguments],
            "created": message.created,
            "traceback": message.traceback[-_MOST_TEXT // 2 :],
            "more": dict(message.more),
        }
    if isinstance(message, Pulse):
        return {
            "kind": "pulse",
            "last_frame_at": message.last_frame_at.isoformat(),
            "monotonic": message.monotonic,
            "blind_because": message.blind_because,
            "looks": message.looks,
            "faces": message.faces,
            "busy_seconds": message.busy_seconds,
            "lag_seconds": message.lag_seconds,
        }
    box, sample = message.box, message.sample
    return {
        "kind": "sighting",
        "student_number": message.student_number,
        "seen_at": message.seen_at.isoformat(),
        "distance": float(message.distance),
        "runner_up_number": message.runner_up_number,
        "runner_up_distance": None if message.runner_up_distance is None else float(message.runner_up_distance),
        "encodings": int(message.encodings),
        "track_id": message.track_id,
        "box": box and [int(side) for side in (box.top, box.right, box.bottom, box.left)],
        "is_visitor": message.is_visitor,
        "is_doubtful": message.is_doubtful,
        "is_between": message.is_between,
        "sure_below": None if message.sure_below is None else float(message.sure_below),
        "suspicion": message.suspicion,
        "sample": sample and [base64.b64encode(sample.content).decode(), sample.encodings, float(sample.spread)],
    }


def _read_ended(_: Fields, __: str) -> Ended:
    return Ended()


def _read_failed(fields: Fields, _: str) -> Failed:
    return Failed(_text(fields["reason"], _MOST_TEXT), _text(fields["traceback"], _MOST_TEXT))


def _read_logged(fields: Fields, _: str) -> Logged:
    form, arguments, more = _text(fields["form"], _MOST_TEXT), fields["arguments"], fields["more"]
    level = _count(fields["level"])
    # A width of many digits would make a line of gigabytes.
    if not isinstance(arguments, list) or not isinstance(more, dict) or level > logging.CRITICAL or _WIDE.search(form):
        raise ValueError("no line of a log")
    sent = tuple(_argument(each) for each in arguments)
    form % sent
    logger, created, traceback = fields["logger"], fields["created"], fields["traceback"]
    extra = {_text(name, 100): None if value is None else _argument(value) for name, value in more.items()}
    return Logged(_text(logger, 200), level, form, sent, _number(created), _text(traceback, _MOST_TEXT), extra)


def _argument(value: object) -> str | int | float:
    return value if isinstance(value, int | float) else _text(value, _MOST_TEXT)


def _read_pulse(fields: Fields, _: str) -> Pulse:
    blind_because = fields["blind_because"]
    if blind_because not in ("", *BLIND_REASONS):
        raise ValueError("no reason to be blind")
    return Pulse(
        _instant(fields["last_frame_at"]),
        _number(fields["monotonic"]),
        blind_because,
        _count(fields["looks"]),
        _count(fields["faces"]),
        _number(fields["busy_seconds"]),
        _number(fields["lag_seconds"]),
    )


def _read_sighting(fields: Fields, camera_name: str) -> Sighting:
    runner_up, runner_up_distance = fields["runner_up_number"], fields["runner_up_distance"]
    box, sample = fields["box"], fields["sample"]
    return Sighting(
        student_number=_student(fields["student_number"]),
        seen_at=_instant(fields["seen_at"]),
        camera_name=camera_name,
        distance=_number(fields["distance"]),
        runner_up_number=None if runner_up is None else _student(runner_up),
        runner_up_distance=None if runner_up_distance is None else _number(runner_up_distance),
        encodings=_count(fields["encodings"]),
        track_id=_count(fields["track_id"]),
        box=None if box is None else _box(box),
        is_visitor=_truth(fields["is_visitor"]),
        is_doubtful=_truth(fields["is_doubtful"]),
        is_between=_truth(fields["is_between"]),
        sure_below=None if fields["sure_below"] is None else _number(fields["sure_below"]),
        suspicion=_suspicion(fields["suspicion"]),
        sample=None if sample is None else _sample(sample),
    )


_READERS: dict[str, Callable[[Fields, str], Message]] = {
    "ended": _read_ended,
    "failed": _read_failed,
    "logged": _read_logged,
    "pulse": _read_pulse,
    "sighting": _read_sighting,
}


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number")


def _text(value: object, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ValueError("no text")
    # Half a character cannot be written to any log.
    return value.encode("utf-8", "replace").decode()


def _student(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NUMBER or min(value) < " ":
        raise ValueError("no student number")
    value.encode()  # UnicodeEncodeError, a ValueError, for half a character: no database takes it.
    return value


def _instant(value: object) -> datetime:
    at = datetime.fromisoformat(value if isinstance(value, str) else "")
    if at.tzinfo is not None or not 1970 < at.year < 9000:
        raise ValueError("no instant")
    return at


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LARGEST:
        raise ValueError("no number")
    return float(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LARGEST:
        raise ValueError("no count")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def _suspicion(value: object) -> str:
    if value not in ("", *SUSPICIONS):
        raise ValueError("no suspicion")
    return str(value)


def _box(value: object) -> Box:
    if not isinstance(value, list) or len(value) != 4 or not all(isinstance(side, int) for side in value):
        raise ValueError("no box")
    return Box(*value)


def _sample(value: object) -> Sample:
    if not isinstance(value, list) or len(value) != 3 or not isinstance(value[0], str):
        raise ValueError("no sample")
    content = base64.b64decode(value[0], validate=True)
    if len(content) != _SAMPLE_BYTES or not np.isfinite(np.frombuffer(content, np.float32)).all():
        raise ValueError("no encoding")
    return Sample(content, _count(value[1]), _number(value[2]))
