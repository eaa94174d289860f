"""What a camera's process says, between the two processes: whole messages come over, and nothing else does."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import pytest

from recognizer.camera.messages import Ended, Failed, Logged, Message, Pulse
from recognizer.camera.wire import MOST_BYTES, Hearing, NotAMessage, say
from recognizer.domain.following.geometry import Box
from recognizer.domain.learning.sample import Sample
from recognizer.domain.register.attendance import Sighting

AT = datetime.fromisoformat("2026-03-02T09:00:00.25")
SAMPLE = Sample(np.arange(128, dtype=np.float32).tobytes(), 5, 0.02)
SIGHTING = Sighting(
    "S1", AT, "front", 0.3, "S2", 0.6, 3, 7, Box(-2, 20, 30, 4), False, True, False, "still", SAMPLE, 0.45
)
LOGGED = Logged("recognizer.camera", 30, "%s is watched", ("front",), 12.5)
PULSE = Pulse(AT, 12.5, "dark", 8, 3, 1.5, 0.25)


@pytest.fixture
def ends() -> Iterator[tuple[Connection[Any, Any], Connection[Any, Any]]]:
    """The parent's end of a pipe and the process's."""
    ours, theirs = Pipe()
    with closing(ours), closing(theirs):
        yield ours, theirs


@pytest.mark.parametrize(
    "message",
    [
        SIGHTING,
        Sighting("Ä 2023/7", AT, "front", 0.0, None, None, 1, 1),
        PULSE,
        Ended(),
        Failed("no route"),
        Logged(
            "recognizer.camera", 30, "%s of %d: 5 %%", ("front", 3), 12.5, "", {"event": "camera watched", "n": None}
        ),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_arrives_as_it_was_said(message: Message, ends: tuple[Connection[Any, Any], ...]) -> None:
    say(ends[1], message)
    assert Hearing(ends[0], "front").take() == [message]


def test_a_message_that_comes_in_pieces_is_waited_for(ends: tuple[Connection[Any, Any], ...]) -> None:
    ours, theirs = ends
    hearing, line = Hearing(ours, "front"), line_of(PULSE)
    os.write(theirs.fileno(), line[:20])
    assert hearing.take() == []
    os.write(theirs.fileno(), line[20:] + line[:5])
    assert hearing.take() == [PULSE]
    os.write(theirs.fileno(), line[5:])
    assert hearing.take() == [PULSE]


def test_what_was_said_last_is_heard_before_the_end(ends: tuple[Connection[Any, Any], ...]) -> None:
    ours, theirs = ends
    ours.send("an order that nobody takes")
    say(theirs, Ended())
    theirs.close()
    hearing = Hearing(ours, "front")
    assert hearing.take() == [Ended()]
    with pytest.raises(EOFError):
        hearing.take()


def test_a_process_speaks_for_its_own_camera_alone(ends: tuple[Connection[Any, Any], ...]) -> None:
    line = json.loads(line_of(SIGHTING))
    os.write(ends[1].fileno(), json.dumps(line | {"camera_name": "back"}).encode() + b"\n")
    (heard,) = Hearing(ends[0], "front").take()
    assert isinstance(heard, Sighting)
    assert heard.camera_name == "front"


class Hostile:
    """Runs a command where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("exit 1",)


def line_of(message: Message) -> bytes:
    ours, theirs = Pipe()
    with closing(ours), closing(theirs):
        say(theirs, message)
        return os.read(ours.fileno(), MOST_BYTES)


def spoiled(message: Message, **fields: object) -> bytes:
    return json.dumps(json.loads(line_of(message)) | fields).encode()


@pytest.mark.parametrize(
    "said",
    [
        pickle.dumps(Hostile()),
        b"[]",
        b"7",
        b"null",
        b"{}",
        b'{"kind": "order"}',
        b'{"kind": ["pulse"]}',
        b"[" * 20_000,
        b"\xff\xfe",
        spoiled(SIGHTING, student_number=7),
        spoiled(SIGHTING, student_number=""),
        spoiled(SIGHTING, student_number="S1\nS2"),
        spoiled(SIGHTING, student_number="\ud800"),
        spoiled(SIGHTING, student_number="S" * 300),
        spoiled(SIGHTING, runner_up_number=[]),
        spoiled(SIGHTING, seen_at="yesterday"),
        spoiled(SIGHTING, seen_at="2026-03-02T09:00:00+01:00"),
        spoiled(SIGHTING, seen_at="0001-01-01T00:00:00"),
        spoiled(SIGHTING, distance="near"),
        spoiled(SIGHTING, distance=-1),
        spoiled(SIGHTING, distance=True),
        spoiled(SIGHTING, distance=10**400),
        spoiled(SIGHTING, distance=float("nan")),
        spoiled(SIGHTING, encodings=1.5),
        spoiled(SIGHTING, track_id=-1),
        spoiled(SIGHTING, is_doubtful=1),
        spoiled(SIGHTING, box=[1, 2, 3]),
        spoiled(SIGHTING, box=["1", 2, 3, 4]),
        spoiled(SIGHTING, sample=["AAAA", 5, 0.02]),
        spoiled(SIGHTING, sample=["?" * 700, 5, 0.02]),
        spoiled(SIGHTING, sample=[(b"\xff" * 512).hex(), 5, 0.02]),
        spoiled(PULSE, blind_because="because"),
        spoiled(PULSE, faces=10**30),
        spoiled(PULSE, lag_seconds=float("inf")),
        spoiled(PULSE, last_frame_at=None),
        spoiled(Failed("no route"), reason="r" * 20_000),
        spoiled(Failed("no route"), reason=None),
        spoiled(LOGGED, form="%99999999d", arguments=[1]),
        spoiled(LOGGED, form="%*d", arguments=[10**9, 1]),
        spoiled(LOGGED, form="%s and %s"),
        spoiled(LOGGED, form="%(name)s", arguments={"name": 1}),
        spoiled(LOGGED, arguments=[["front"]]),
        spoiled(LOGGED, level=1000),
        spoiled(LOGGED, more={"event": {}}),
        spoiled(LOGGED, logger=None),
    ],
    ids=lambda said: said[:70].decode("ascii", "replace"),
)
def test_what_is_no_message_is_told_from_one_and_never_run(said: bytes, ends: tuple[Connection[Any, Any], ...]) -> None:
    os.write(ends[1].fileno(), said.replace(b"\n", b"") + b"\n")
    with pytest.raises(NotAMessage):
        Hearing(ends[0], "front").take()


def test_a_line_without_an_end_is_not_waited_for_for_ever(ends: tuple[Connection[Any, Any], ...]) -> None:
    os.write(ends[1].fileno(), b'"' + b"x" * (MOST_BYTES + 1))
    with pytest.raises(NotAMessage):
        Hearing(ends[0], "front").take()


def test_the_longest_fault_of_ours_is_cut_to_a_message(ends: tuple[Connection[Any, Any], ...]) -> None:
    say(ends[1], Failed("r\U0001f600" * 5000, "\U0001f600" * 50_000 + "the cause"))
    (heard,) = Hearing(ends[0], "front").take()
    assert isinstance(heard, Failed)
    assert heard.traceback.endswith("the cause")
