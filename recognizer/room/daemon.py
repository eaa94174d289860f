"""The parent: a child for every camera, what they see turned into facts, and an orderly end."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.connection import wait
from types import FrameType

from recognizer.delivery.backlog import Backlog
from recognizer.delivery.heartbeat import Heartbeat
from recognizer.delivery.room_lease import RoomLeaseErrand
from recognizer.delivery.worker import Delivery
from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.evidence_log import EvidenceLog
from recognizer.domain.register.near_miss import NearMiss
from recognizer.domain.register.near_miss_log import NearMissLog
from recognizer.domain.register.status import CameraWord
from recognizer.errors import RegisterUnavailable
from recognizer.ops.clock import Clock
from recognizer.ops.log_limit import write_due_repeats
from recognizer.room.announcements import Announcements
from recognizer.room.briefing import Briefing
from recognizer.room.monitor import RoomMonitor
from recognizer.room.pacing import Pacing
from recognizer.room.supervision import CameraSupervisor

READY_BEFORE = timedelta(minutes=1)
"""Cameras are started so long before the window of a class session opens: models take a while to load."""

TURN_SECONDS = 0.2

CHILDREN_STOP_SECONDS = 2.0
WRITER_STOP_SECONDS = 1.5
"""Both together, and some, within the five seconds that a stop may take."""

LAST_DELIVERY_SECONDS = 20.0
"""How long the end of a file waits for the database: nobody is in a hurry then."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of the daemon did."""

    sightings: tuple[Sighting, ...]
    evidence: tuple[Evidence, ...]
    """Put into the outbox."""
    is_finished: bool
    """Every source has come to its end."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A sighting with its time as it is kept."""

    sighting: Sighting
    clock_setting: str
    """As ``Evidence.clock_setting``."""
    is_confirmed: bool


class Daemon:
    """Watches the cameras around class sessions and keeps what is seen: ``once`` is one turn, ``run`` a whole life.

    learn: is given each sighting whose time is right, for what lessons teach; None where they may not.
    """

    def __init__(
        self,
        *,
        cameras: Sequence[CameraSupervisor],
        backlog: Backlog,
        delivery: Delivery,
        heartbeat: Heartbeat,
        lease: RoomLeaseErrand,
        sessions: Callable[[], Sequence[ClassSession]],
        monitor: RoomMonitor,
        clock: Clock,
        briefing: Briefing,
        pacing: Pacing,
        learn: Callable[[Sighting, Sequence[ClassSession]], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cameras = cameras
        self._backlog = backlog
        self._delivery = delivery
        self._heartbeat = heartbeat
        self._lease = lease
        self._sessions = sessions
        self._monitor = monitor
        self._clock = clock
        self._briefing = briefing
        self._pacing = pacing
        self._learn = learn
        self._monotonic = monotonic
        self._log = EvidenceLog()
        self._near_misses = NearMissLog()
        self._announcements = Announcements()
        self._is_stopped = False
        self._signal: signal.Signals | None = None
        """The one that told it to stop."""

    def run(self) -> int:
        """Watch until SIGTERM or Ctrl-C, which is a good end, or until every source has ended; the exit code.

        What a finished run could not deliver stays in the outbox, and makes the code that of RegisterUnavailable.
        """
        with self._signals_stop():
            self._delivery.start()
            is_finished = False
            while not (self._is_stopped or is_finished):
                is_finished = self.once(TURN_SECONDS).is_finished
            if self._signal is not None:
                log.info("stopping: %s", self._signal.name, extra={"event": "stopping"})
            self._monitor.note_end()
            waiting = self.shut_down(LAST_DELIVERY_SECONDS if is_finished else WRITER_STOP_SECONDS)
        if waiting:
            log.warning("waiting in the outbox: %d; the next run takes it to the database", waiting)
        return RegisterUnavailable.exit_code if waiting and is_finished else 0

    def stop(self) -> None:
        """End ``run`` after the turn at hand."""
        self._is_stopped = True

    def once(self, wait_seconds: float) -> Turn:
        """Tend the children, take what they say within that time, and put what it means into the outbox."""
        sessions, now, may_watch = self._sessions(), self._clock.now(), self._lease.may_watch
        is_near = may_watch and any(session.opens_at - READY_BEFORE <= now < session.ends_at for session in sessions)
        self._briefing.once(self.cameras)
        for camera in self.cameras:
            if camera.tend(is_near):
                self._log.forget_tracks(camera.name)
        connections = [camera.connection for camera in self.cameras if camera.connection is not None]
        if connections:
            wait(connections, wait_seconds)
        else:
            time.sleep(wait_seconds)
        # Before pulses are noted and after sightings have come, which may have been seen after a jump.
        self._clock.note_time()
        sightings = [sighting for camera in self.cameras for sighting in camera.listen()]
        self._clock.note_time()
        now = self._clock.now()
        self._announcements.note_turn(sessions, now)
        seen = self._stamp(sightings)
        evidence = [*self._consider(seen, sessions), *self._log.due(now)]
        is_open = may_watch and any(session.is_open(now) for session in sessions)
        # Before anything is written: a disk may hold that up for longer than a camera may be silent.
        spans = [span for camera in self.cameras for span in camera.observe(is_open)]
        self._keep([*evidence, *self._consider_near_misses(seen, sessions), *self._near_misses.due(now)])
        for span in spans:
            self._backlog.put(span)
        self._make_use_of(seen, sessions)
        self._pacing.once(self.cameras)
        self._say_state()
        is_finished = all(camera.has_ended and not camera.is_running for camera in self.cameras)
        return Turn(tuple(sightings), tuple(evidence), is_finished)

    def shut_down(self, writer_seconds: float) -> int:
        """Stop the children, keep what was seen last, deliver what can be; how much still waits."""
        for camera in self.cameras:
            camera.ask_to_stop()
        sessions, sightings = self._sessions(), []
        deadline = self._monotonic() + CHILDREN_STOP_SECONDS
        while self._monotonic() < deadline and (running := [c.connection for c in self.cameras if c.connection]):
            wait(running, 0.1)
            sightings += [sighting for camera in self.cameras for sighting in camera.listen()]
        for camera in self.cameras:
            sightings += camera.kill()
            camera.rest("stopped")
        seen = self._stamp(sightings)
        evidence = [*self._consider(seen, sessions), *self._log.flush()]
        self._keep([*evidence, *self._consider_near_misses(seen, sessions), *self._near_misses.flush()])
        self._make_use_of(seen, sessions)
        for camera in self.cameras:
            for span in camera.last_spans():
                self._backlog.put(span)
        self._report([camera.word for camera in self.cameras])
        self._lease.leave()
        if not self._delivery.finish(writer_seconds):
            log.warning("the database did not answer before the end")
        return self._backlog.depth()

    def _stamp(self, sightings: Sequence[Sighting]) -> list[_Seen]:
        """The sightings by the database's clock, as far as that is known."""
        seen = []
        for sighting in sightings:
            at, setting = self._clock.stamp(sighting.seen_at)
            is_confirmed = not setting and not self._clock.is_wrong
            seen.append(_Seen(replace(sighting, seen_at=at), setting, is_confirmed))
        return seen

    def _consider(self, seen: Sequence[_Seen], sessions: Sequence[ClassSession]) -> list[Evidence]:
        kept = []
        for each in seen:
            kept += self._log.consider(
                each.sighting, sessions, is_confirmed=each.is_confirmed, clock_setting=each.clock_setting
            )
        return kept

    def _consider_near_misses(self, seen: Sequence[_Seen], sessions: Sequence[ClassSession]) -> list[NearMiss]:
        """A wrong clock's are not kept: a person could not tell when they were."""
        kept = []
        for each in seen:
            if each.is_confirmed or each.clock_setting:
                kept += self._near_misses.consider(each.sighting, sessions, clock_setting=each.clock_setting)
        return kept

    def _make_use_of(self, seen: Sequence[_Seen], sessions: Sequence[ClassSession]) -> None:
        """All that follows from sightings once they are in the outbox."""
        for each in seen:
            self._announcements.name(each.sighting, sessions)
            if each.is_confirmed and self._learn is not None:
                self._learn(each.sighting, sessions)

    def _keep(self, entries: Sequence[Evidence | NearMiss]) -> None:
        for entry in entries:
            self._backlog.put(entry)
        if entries:
            self._delivery.wake()

    def _report(self, words: Sequence[CameraWord]) -> bool:
        """Tell the heartbeat how the cameras are, as long as they are this recognizer's; whether that is news."""
        return self._heartbeat.report(words if self._lease.may_watch else ())

    def _say_state(self) -> None:
        words = [camera.word for camera in self.cameras]
        if self._report(words):
            self._delivery.wake()
        self._monitor.note_turn(words, self._backlog.kept_in_memory)
        write_due_repeats()

    @contextmanager
    def _signals_stop(self) -> Iterator[None]:
        def stop(number: int, _: FrameType | None) -> None:
            # No word to the log: the signal may have come while a line was being written, and would be lost with it.
            self._signal = signal.Signals(number)
            self.stop()

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
