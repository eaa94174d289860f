"""The parent: a child for every camera, their sightings turned into marks, and an orderly end."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import wait
from types import FrameType

from recognizer.delivery.worker import Delivery
from recognizer.domain.ports.delivery import Outbox
from recognizer.domain.register.attendance import AttendanceRule, ClassSession, MarkEntry, Sighting
from recognizer.errors import OutboxUnavailable, RegisterUnavailable
from recognizer.ops.systemd import Notifier
from recognizer.room.supervision import CameraSupervisor

READY_BEFORE = timedelta(minutes=1)
"""Cameras are started so long before the window of a class session opens: models take a while to load."""

TURN_SECONDS = 0.2

CHILDREN_STOP_SECONDS = 2.0
WRITER_STOP_SECONDS = 1.5
"""Both together, and some, within the five seconds that a stop may take."""

LAST_DELIVERY_SECONDS = 20.0
"""How long the end of a file waits for the database: nobody is in a hurry then."""

STUCK_SECONDS = 120.0
"""A writer that did not turn for so long is stuck beyond every time-out of the database."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of the daemon did."""

    sightings: tuple[Sighting, ...]
    entries: tuple[MarkEntry, ...]
    """Put into the outbox."""
    is_finished: bool
    """Every source has come to its end."""


class Daemon:
    """Watches the cameras around class sessions and keeps what is seen: ``once`` is one turn, ``run`` a whole life."""

    def __init__(
        self,
        *,
        cameras: Sequence[CameraSupervisor],
        outbox: Outbox,
        delivery: Delivery,
        notifier: Notifier,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cameras = cameras
        self._outbox = outbox
        self._delivery = delivery
        self._notifier = notifier
        self._now = now
        self._monotonic = monotonic
        self._rule = AttendanceRule()
        self._unsafe: list[MarkEntry] = []
        self._unlisted: set[tuple[str, tuple[int, ...]]] = set()
        self._visits: set[tuple[str, int, str]] = set()
        self._is_stopped = False

    def run(self) -> int:
        """Watch until SIGTERM or Ctrl-C, which is a good end, or until every source has ended; the exit code.

        Marks that a finished run could not deliver stay in the outbox, and make the code that of RegisterUnavailable.
        """
        with self._signals_stop():
            self._delivery.start()
            self._notifier.ready()
            is_finished = False
            while not (self._is_stopped or is_finished):
                is_finished = self.once(TURN_SECONDS).is_finished
            self._notifier.stopping()
            waiting = self.shut_down(LAST_DELIVERY_SECONDS if is_finished else WRITER_STOP_SECONDS)
        if waiting:
            log.warning("%d marks wait in the outbox; the next run takes them to the database", waiting)
        return RegisterUnavailable.exit_code if waiting and is_finished else 0

    def stop(self) -> None:
        """End ``run`` after the turn at hand."""
        self._is_stopped = True

    def once(self, wait_seconds: float) -> Turn:
        """Tend the children, take what they say within that time, and put what it means into the outbox."""
        sessions = self._delivery.sessions
        is_wanted = _is_session_near(sessions, self._now())
        for camera in self._cameras:
            camera.tend(is_wanted)
        connections = [camera.connection for camera in self._cameras if camera.connection is not None]
        if connections:
            wait(connections, wait_seconds)
        else:
            time.sleep(wait_seconds)
        sightings = [sighting for camera in self._cameras for sighting in camera.listen()]
        entries = self._consider(sightings, sessions)
        self._keep([*entries, *self._rule.due(self._now())])
        self._tell_state()
        is_finished = all(camera.has_ended and not camera.is_running for camera in self._cameras)
        return Turn(tuple(sightings), tuple(entries), is_finished)

    def shut_down(self, writer_seconds: float) -> int:
        """Stop the children, keep the last seen-times, deliver what can be; how many marks still wait."""
        for camera in self._cameras:
            camera.ask_to_stop()
        sessions, sightings = self._delivery.sessions, []
        deadline = self._monotonic() + CHILDREN_STOP_SECONDS
        while self._monotonic() < deadline and (running := [c.connection for c in self._cameras if c.connection]):
            wait(running, 0.1)
            sightings += [sighting for camera in self._cameras for sighting in camera.listen()]
        for camera in self._cameras:
            sightings += camera.kill()
            camera.rest("stopped")
        self._keep([*self._consider(sightings, sessions), *self._rule.flush()])
        self._delivery.report([camera.word for camera in self._cameras])
        if not self._delivery.finish(writer_seconds):
            log.warning("the database did not answer before the end")
        return self._waiting()

    def _consider(self, sightings: Sequence[Sighting], sessions: Sequence[ClassSession]) -> list[MarkEntry]:
        entries = []
        for sighting in sightings:
            if sighting.is_visitor:
                self._note_visitor(sighting)
                continue
            for entry in self._rule.consider(sighting, sessions):
                if entry.first_seen_at == entry.last_seen_at:
                    log.info(
                        "student %s is %s in class session %d", entry.student_number, entry.status, entry.session_id
                    )
                entries.append(entry)
            self._note_unlisted(sighting, sessions)
        return entries

    def _note_visitor(self, sighting: Sighting) -> None:
        """Tell of a visitor once for each track; nothing else is kept of them."""
        visit = (sighting.camera_name, sighting.track_id, sighting.student_number)
        if visit not in self._visits:
            self._visits.add(visit)
            log.info("visitor %s was seen and is not marked: not expected here now", sighting.student_number)

    def _note_unlisted(self, sighting: Sighting, sessions: Sequence[ClassSession]) -> None:
        now_open = [session for session in sessions if session.is_open(sighting.seen_at)]
        key = (sighting.student_number, tuple(session.id for session in now_open))
        if key in self._unlisted or any(sighting.student_number in session.roster for session in now_open):
            return
        self._unlisted.add(key)
        where = ", ".join(session.course_code for session in now_open)
        reason = f"not on the roster of {where}" if where else "no class session is open"
        log.info("student %s was seen and is not marked: %s", sighting.student_number, reason)

    def _keep(self, entries: Sequence[MarkEntry]) -> None:
        """Put entries into the outbox; what it does not take now is tried again at every turn."""
        waiting = [*self._unsafe, *entries]
        was_safe, self._unsafe = not self._unsafe, []
        for index, entry in enumerate(waiting):
            try:
                self._outbox.put(entry)
            except OutboxUnavailable as error:
                self._unsafe = waiting[index:]
                if was_safe:
                    log.error("%d marks are in memory only: %s", len(self._unsafe), error)
                break
        if len(waiting) > len(self._unsafe):
            self._delivery.wake()

    def _tell_state(self) -> None:
        words = [camera.word for camera in self._cameras]
        self._delivery.report(words)
        self._notifier.status(", ".join(f"{word.camera_name} {word.state}" for word in words))
        # The loop turned, and so does the writer. A camera that fails is no reason to be started anew.
        if self._monotonic() - self._delivery.turned_at < STUCK_SECONDS:
            self._notifier.alive()

    def _waiting(self) -> int:
        try:
            return self._outbox.depth() + len(self._unsafe)
        except OutboxUnavailable as error:
            log.error("%s", error)
            return len(self._unsafe)

    @contextmanager
    def _signals_stop(self) -> Iterator[None]:
        def stop(number: int, _: FrameType | None) -> None:
            log.info("stopping: %s", signal.Signals(number).name)
            self.stop()

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _is_session_near(sessions: Sequence[ClassSession], now: datetime) -> bool:
    return any(session.opens_at - READY_BEFORE <= now < session.ends_at for session in sessions)
