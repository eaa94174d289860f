"""One camera seen from the parent: its child process is started, listened to, and started again for ever."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any, Protocol

from recognizer.camera.messages import Ended, Failed, Logged, Message, Pulse
from recognizer.camera.orders import Know, Order, Pace, Stop, Subject, give_order
from recognizer.camera.process import GRACE_SECONDS
from recognizer.camera.wire import Hearing, NotAMessage
from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.observation import BLIND_REASONS, Observation, Span
from recognizer.domain.register.status import CameraState, CameraWord
from recognizer.ops.backoff import BackOff
from recognizer.ops.clock import Clock
from recognizer.ops.redaction import redact_to_one_line
from recognizer.room.look_rate import LookRate
from recognizer.room.pacing import Load

START_SECONDS = 60.0
"""A child must deliver its first frame within this time: models are loaded and the source is opened."""

PROGRESS_SECONDS = 15.0
"""A child that says nothing for so long hangs: OpenCV's read() does, and the network's own limits are shorter."""

STEADY_SECONDS = 60.0
"""A child that watched for so long was well: the next failure begins with a short wait again."""

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0

_STOP_SECONDS = GRACE_SECONDS + 0.5

_READS_A_TURN = 4
"""A process that says more and more must not keep the parent from its other work."""

log = logging.getLogger(__name__)


class Child(Protocol):
    """A started camera process."""

    connection: Connection[Any, Any]

    def is_alive(self) -> bool:
        """Whether the process runs."""

    def kill(self) -> None:
        """End it at once, and wait until it is gone."""

    def how_it_ended(self) -> str:
        """For the log: the exit code or the signal."""


class CameraSupervisor:
    """Keeps one camera watched while it is wanted.

    ``word`` tells how it is now; ``has_ended`` once a file was played to its end. ``lag_seconds`` is that of its last
    pulse.
    """

    def __init__(
        self,
        name: str,
        address: str,
        start: Callable[[], Child],
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._state: CameraState = "resting"
        self._changed_at = monotonic()
        self.last_frame_at: datetime | None = None
        self.has_ended = False
        self._address = address
        self._start = start
        self._clock = clock
        self._monotonic = monotonic
        self._child: Child | None = None
        self._deadline = 0.0
        self._watching_since: float | None = None
        self._is_stopping = False
        self._back_off = BackOff(FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS)
        self._reason = ""
        self._observation = Observation(name)
        self._looks = LookRate()
        self._load = Load()
        self._pace: Pace | None = None
        self._briefs: dict[Subject, Know] = {}
        self._hearing: Hearing | None = None
        self.lag_seconds = 0.0
        self._faces: int | None = None
        self._blind_because = self._last_error = ""
        self._failures = 0

    @property
    def connection(self) -> Connection[Any, Any] | None:
        """Where the child's messages come from; None while there is none."""
        return self._child.connection if self._child else None

    @property
    def is_running(self) -> bool:
        """Whether there is a child, be it that it is stopping."""
        return self._child is not None

    @property
    def state(self) -> CameraState:
        return self._state

    @property
    def word(self) -> CameraWord:
        """How the camera is now."""
        return CameraWord(
            self.name,
            self._state,
            self.last_frame_at,
            changed_at=self._changed_at,
            looks_per_second=self._looks.per_second,
            faces=self._faces,
            blind_because=self._blind_because,
            last_error=self._last_error,
            failures=self._failures,
            looks=self._looks.looks,
        )

    @property
    def load(self) -> float | None:
        """The share of the time in which its process looks; None while nobody knows."""
        return self._load.share

    def set_pace(self, looks_per_second: float) -> None:
        """Have it looked at so often at the most, by this process and by those that follow it."""
        self._pace = Pace(looks_per_second)
        self._load.forget()
        self._order(self._pace)

    def brief(self, order: Know) -> None:
        """Have its process know this, and those that follow it."""
        self._briefs[order.subject] = order
        self._order(order)

    def tend(self, is_wanted: bool) -> bool:
        """Start the child, ask it to stop, or end one whose time is up, as the moment asks for.

        True where a child was started, which numbers its tracks from one again.
        """
        now = self._monotonic()
        if self._child is None:
            if not is_wanted:
                self.rest()
            elif not self.has_ended and self._back_off.is_time(now):
                self._launch(now)
                return self._child is not None
        elif now >= self._deadline and (self._is_stopping or not self._child.connection.poll()):
            # What it had said is still heard by listen, which also buries it. With messages waiting it does not hang:
            # then it is this process that was held up.
            self._reason = "it hangs: no frame came in time"
            self._child.kill()
        elif not is_wanted and not self._is_stopping:
            log.info(
                "camera %s rests: it is not to be watched now",
                self.name,
                extra={"event": "camera rests", "camera": self.name},
            )
            self.ask_to_stop()
        return False

    def listen(self) -> list[Sighting]:
        """Take every message that has come, sightings by this machine's clock; buries a child that is gone."""
        sightings = []
        try:
            for message in self._hear():
                if isinstance(message, Sighting):
                    sightings.append(message)
                self._note(message)
        except (EOFError, OSError):
            self._bury()
        except NotAMessage as problem:
            log.debug("what the process of camera %s says is no message: %s", self.name, problem)
            self._reason = "its process said what no camera's process says, and was ended"
            self._bury()
        if self._child is not None and not self._child.is_alive() and not self._child.connection.poll():
            self._bury()
        return sightings

    def observe(self, is_wanted: bool) -> list[Span]:
        """The spans of sight and blindness to be kept now; ``is_wanted`` while a class session is open."""
        now, setting = self._clock.stamp()
        is_wanted = is_wanted and not self.has_ended
        self._observation.note_turn(now, self._monotonic(), setting, is_wanted=is_wanted)
        return self._observation.due()

    def last_spans(self) -> list[Span]:
        """All spans that were not kept yet: the end has come."""
        return self._observation.flush()

    def ask_to_stop(self) -> None:
        """Tell the child to end; it is killed by ``tend`` or ``kill`` if it does not."""
        if self._child is None or self._is_stopping:
            return
        self._is_stopping = True
        self._deadline = self._monotonic() + _STOP_SECONDS
        self._order(Stop())

    def kill(self) -> list[Sighting]:
        """End the child at once; gives what it had still said."""
        if self._child is None:
            return []
        self._is_stopping = True
        self._child.kill()
        return self.listen()

    def rest(self, state: CameraState = "resting") -> None:
        """Nobody is watched, and an old failure is forgotten."""
        if not self.has_ended:
            self._enter(state)
        self._back_off.succeed()

    def _enter(self, state: CameraState) -> None:
        if state != self._state:
            self._state, self._changed_at = state, self._monotonic()

    def _hear(self) -> Iterator[Message]:
        """What the child has said, as far as it can be read in one turn; see ``Hearing.take`` for what it raises."""
        for _ in range(_READS_A_TURN):
            if self._child is None or self._hearing is None or not self._child.connection.poll():
                return
            yield from self._hearing.take()

    def _order(self, order: Order) -> None:
        try:
            if self._child is not None:
                give_order(self._child.connection, order)
        except OSError:
            log.debug("camera %s's process is gone already", self.name)

    def _launch(self, now: float) -> None:
        log.info(
            "camera %s starts: %s", self.name, self._address, extra={"event": "camera starts", "camera": self.name}
        )
        try:
            self._child = self._start()
        except OSError as error:
            # No memory or no file handle is left: the other cameras go on, and this one is tried again.
            self._fail(f"its process cannot be started ({error.strerror or error})")
            return
        self._hearing = Hearing(self._child.connection, self.name)
        for order in (*self._briefs.values(), self._pace):
            if order is not None:
                self._order(order)
        self._deadline = now + START_SECONDS
        self._watching_since, self._is_stopping, self._reason = None, False, ""
        if not self._back_off.has_failed:
            self._enter("starting")

    def _note(self, message: Message) -> None:
        if isinstance(message, Ended):
            self.has_ended = True
            self._enter("stopped")
            log.info(
                "camera %s has ended: %s",
                self.name,
                self._address,
                extra={"event": "camera ended", "camera": self.name},
            )
        elif isinstance(message, Failed):
            self._reason = message.reason
            if message.traceback:
                log.error(
                    "a camera's process failed: %s",
                    message.traceback,
                    extra={"event": "camera process fails", "camera": self.name},
                )
        elif isinstance(message, Logged):
            logger = logging.getLogger(message.logger)
            if logger.isEnabledFor(message.level):
                logger.handle(message.as_record())
        elif not self._is_stopping:
            self._note_progress(message)

    def _note_progress(self, message: Pulse | Sighting) -> None:
        now = self._monotonic()
        self._deadline = now + PROGRESS_SECONDS
        if isinstance(message, Pulse):
            self._looks.note(message.monotonic, message.looks)
            self._load.note(message.monotonic, message.busy_seconds)
            self.lag_seconds = message.lag_seconds
            self._faces = message.faces
            self.last_frame_at, setting = self._clock.stamp(message.last_frame_at)
            noted_at, setting_now = self._clock.stamp()
            self._observation.note_time(noted_at, now, setting_now)
            # Where the database told its time between the two, the next pulse tells as much by one clock.
            if setting == setting_now:
                # By when it was said: it may have waited, and a silence before it must not seem shorter for it.
                self._observation.note_pulse(self.last_frame_at, message.monotonic, message.blind_because)
        if self._watching_since is None:
            self._watching_since = now
            log.info("camera %s is watched", self.name, extra={"event": "camera watched", "camera": self.name})
        if isinstance(message, Pulse):
            self._note_blindness(message.blind_because)
        self._enter("watching")
        if now - self._watching_since >= STEADY_SECONDS:
            self._back_off.succeed()
            self._last_error = ""

    def _note_blindness(self, reason: str) -> None:
        if reason and reason != self._blind_because:
            log.warning(
                "camera %s can see or name nobody: %s",
                self.name,
                BLIND_REASONS[reason],
                extra={"event": "camera blind", "camera": self.name},
            )
        elif self._blind_because and not reason:
            log.info("camera %s can see again", self.name, extra={"event": "camera sees again", "camera": self.name})
        self._blind_because = reason

    def _bury(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.connection.close()
        self._looks.forget()
        self._load.forget()
        self._faces, self._blind_because = None, ""
        if self._is_stopping or self.has_ended:
            return
        reason = self._reason.removeprefix(f"camera {self.name}: ")
        self._fail(reason or f"its process ended, {child.how_it_ended()}")

    def _fail(self, reason: str) -> None:
        wait = self._back_off.fail(self._monotonic())
        self._enter("failing")
        self._failures += 1
        self._last_error = redact_to_one_line(reason)
        log.warning(
            "camera %s fails: %s; trying again in %.0f s",
            self.name,
            reason,
            wait,
            extra={"event": "camera fails", "camera": self.name},
        )
