"""A camera's own process: camera → pipeline → messages to the parent. It may hang or crash; the parent survives it."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from recognizer.camera.knowledge import ToldKnowledge
from recognizer.camera.messages import Ended, Failed, Message, Pulse
from recognizer.camera.orders import Know, Pace, Stop, take_order
from recognizer.camera.wire import say
from recognizer.domain.following.detection import Frame
from recognizer.domain.ports.camera import Camera
from recognizer.domain.register.attendance import Sighting
from recognizer.errors import RecognizerError
from recognizer.ops.memory import resident_mb

GRACE_SECONDS = 2.0
"""How long a child may take to end once it was told to, or once its parent is gone."""

MOST_GROWTH_MB = 400.0
"""A process that holds so much more than before its first frame is ended between two frames, and the parent starts
another: OpenCV's memory may creep (opencv#8151). How much it holds at first depends on the gallery. It does not grow in
an hour of clip: `python -m benchmarks camera --loops 60`, ``camera.rss_growth_mb``."""

LONGEST_WAIT_SECONDS = 0.25
"""A frame that has waited so long for a turn is too old to be looked at; a newer one takes its place."""

MOST_PASSED_OVER = 40
"""After so many frames, ten seconds of them, one is looked at without a turn: whoever has it may hang. After one second
a busy machine would have more looks at once than processors, each a second longer: ``python -m benchmarks room``."""

_PULSE_EVERY_SECONDS = 0.5

log = logging.getLogger(__name__)


class Watcher(Protocol):
    """What looks at one camera's frames."""

    @property
    def faces(self) -> int:
        """How many faces are in sight, by the latest look at the place of each."""

    def blind_because(self, frame: Frame) -> str:
        """Why nobody can be seen and named in this frame; "" where somebody can. Asked before the frame is stepped."""

    def step(self, frame: Frame) -> list[Sighting]:
        """The students identified in this frame."""


class Turns(Protocol):
    """Lets only so many cameras' processes look at once: ``ops.turns``."""

    def take(self, seconds: float) -> bool:
        """Wait for a turn for so long at the most; whether this process has one."""

    def give_back(self) -> None:
        """Let another process have it."""


class _ParentGone(OSError):
    """The pipe to the parent is broken; every other OSError is a fault of this camera, with a reason to be told."""


class _Orders:
    """What the parent has ordered so far."""

    def __init__(self, is_hurried: bool, knowledge: ToldKnowledge) -> None:
        self.is_hurried = is_hurried
        self._knowledge = knowledge
        self.is_stopping = False
        # A signal may come while the thread that it interrupts waits. This queue stands that, and an Event does not.
        self._stops: SimpleQueue[None] = SimpleQueue()
        self._seconds_between_looks = 0.0
        self._next_look_at = 0.0

    def keep_pace(self) -> None:
        """Wait until the next frame may be looked at."""
        if self.is_hurried:
            return
        if not self.is_stopping and (seconds := self._next_look_at - time.monotonic()) > 0:
            with suppress(Empty):
                self._stops.get(timeout=seconds)
        self._next_look_at = time.monotonic() + self._seconds_between_looks

    def stop(self) -> None:
        """Let the process end before its next look. A signal's handler may call it, at any moment."""
        self.is_stopping = True
        self._stops.put(None)

    def follow(self, connection: Connection[Any, Any]) -> None:
        """Wait for the order to stop, or for the end of the pipe: then the parent is gone."""
        try:
            while not isinstance(order := take_order(connection), Stop):
                if isinstance(order, Know):
                    self._knowledge.take(order)
                elif isinstance(order, Pace):
                    self._seconds_between_looks = 1 / order.looks_per_second
                else:
                    log.warning("an order of an unknown kind is passed over: %s", type(order).__name__)
        except (EOFError, OSError):
            log.debug("the parent's end of the pipe is closed")
        self.stop()
        # A read that hangs would keep the process for ever.
        time.sleep(GRACE_SECONDS)
        os._exit(0)


def watch(
    connection: Connection[Any, Any],
    prepare: Callable[[], tuple[Watcher, Camera]],
    *,
    is_hurried: bool = False,
    turns: Turns | None = None,
    knowledge: ToldKnowledge | None = None,
) -> None:
    """Watch one source until it ends or fails, the parent orders a stop, or the parent is gone.

    ``prepare`` builds what looks at the frames and opens the camera, in that order. To be called in the child's main
    thread. Ctrl-C, which a terminal sends to every process, is left to the parent. is_hurried: the source is a file
    that is played as fast as it can be looked at, so that being busy says nothing of the machine. turns: what to wait
    for before each look, where the machine has fewer processors than cameras. knowledge: takes what the parent tells of
    whom to name.
    """
    orders = _Orders(is_hurried, knowledge or ToldKnowledge())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: orders.stop())
    threading.Thread(target=orders.follow, args=(connection,), name="orders", daemon=True).start()
    try:
        say(connection, _watch(connection, prepare, orders, turns))
    except OSError:
        log.debug("the parent is gone")


def _watch(
    connection: Connection[Any, Any],
    prepare: Callable[[], tuple[Watcher, Camera]],
    orders: _Orders,
    turns: Turns | None,
) -> Message:
    try:
        watcher, camera = prepare()
        try:
            return _relay(connection, watcher, camera, orders, turns)
        finally:
            camera.close()
    except RecognizerError as error:
        return Failed(str(error))
    except _ParentGone:
        raise
    except Exception as error:
        return Failed(f"{type(error).__name__}: {error}", traceback.format_exc())


def _relay(
    connection: Connection[Any, Any], watcher: Watcher, camera: Camera, orders: _Orders, turns: Turns | None
) -> Message:
    pulse_at, blind_because, held_at_first_mb, looks = float("-inf"), "", resident_mb(), 0
    busy = lag = 0.0
    passed_over, done_at = 0, time.monotonic()
    while not orders.is_stopping:
        orders.keep_pace()
        frame = camera.read()
        if frame is None:
            return Ended()
        come_at = time.monotonic()
        before, blind_because = blind_because, watcher.blind_because(frame)
        # Before the step: with the first frame the camera is known to work, however long the first look takes.
        if come_at - pulse_at >= _PULSE_EVERY_SECONDS or blind_because != before:
            _say(connection, Pulse(frame.captured_at, come_at, blind_because, looks, watcher.faces, busy, lag))
            pulse_at, lag = come_at, 0.0
            if (held_mb := resident_mb()) > held_at_first_mb + MOST_GROWTH_MB:
                return Failed(f"its process has grown to {held_mb:.0f} MB and is replaced")
        if turns is not None and not turns.take(LONGEST_WAIT_SECONDS) and passed_over < MOST_PASSED_OVER:
            # The parent is to hear that this process cannot keep its pace, however much of it was waiting.
            now = time.monotonic()
            busy, passed_over, done_at = busy + now - done_at, passed_over + 1, now
            continue
        passed_over = 0
        for sighting in watcher.step(frame):
            _say(connection, sighting)
        if turns is not None:
            turns.give_back()
        took = time.monotonic() - come_at
        if not orders.is_hurried:
            busy, lag = busy + took, max(lag, frame.late_seconds + took)
        looks, done_at = looks + 1, time.monotonic()
    return Failed("told to stop")


def _say(connection: Connection[Any, Any], message: Message) -> None:
    try:
        say(connection, message)
    except OSError as error:
        raise _ParentGone from error
