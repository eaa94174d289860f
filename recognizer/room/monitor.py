"""What the daemon tells of itself: to systemd after each turn, and to whoever asks."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from recognizer.delivery.database_reach import DatabaseReach
from recognizer.delivery.room_lease import FIRST_ANSWER_SECONDS, RoomLeaseErrand
from recognizer.delivery.worker import Delivery
from recognizer.domain.register.attendance import ClassSession
from recognizer.domain.register.status import CameraWord, Condition
from recognizer.monitoring.status import (
    CameraCondition,
    ClockStatus,
    DatabaseStatus,
    GalleryStatus,
    LeaseStatus,
    OutboxStatus,
    RecognizerStatus,
    SessionStatus,
)
from recognizer.ops.clock import Clock
from recognizer.ops.systemd import Notifier

STUCK_SECONDS = 120.0
"""A writer that did not turn for so long is stuck beyond every time-out of the database."""

LOOP_STUCK_SECONDS = 30.0
"""A loop of the cameras that did not turn for so long is stuck; a turn takes a fifth of a second. systemd's watchdog is
fed by the same turns, and waits for a minute."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a recognizer runs, and for what. addresses: of the cameras by their names, without secrets."""

    room: str
    machine: str
    addresses: Mapping[str, str]


class RoomMonitor:
    """Notes each turn of the daemon. ``status`` may be asked by any thread, and holds no turn up."""

    def __init__(
        self,
        place: Place,
        *,
        lease: RoomLeaseErrand,
        reach: DatabaseReach,
        delivery: Delivery,
        condition: Callable[[], Condition],
        sessions: Callable[[], Sequence[ClassSession]],
        clock: Clock,
        notifier: Notifier,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._lease = lease
        self._reach = reach
        self._delivery = delivery
        self._condition = condition
        self._sessions = sessions
        self._clock = clock
        self._notifier = notifier
        self._monotonic = monotonic
        self._started_at = self._turned_at = monotonic()
        self._is_started = self._was_asked = False
        self._words: tuple[CameraWord, ...] = ()

    def note_turn(self, words: Sequence[CameraWord], kept_in_memory: int) -> None:
        """The daemon has turned, and its cameras are as these words say: tell systemd."""
        self._words, self._turned_at = tuple(words), self._monotonic()
        self._notifier.status("; ".join(self._summarise(kept_in_memory)))
        if not self._is_started and self._has_settled():
            self._is_started = True
            self._notifier.ready()
        # The loop turned, and so does the writer. A camera that fails is no reason to be started anew.
        if self._is_writer_alive():
            self._notifier.alive()

    def note_end(self) -> None:
        """The end has begun."""
        self._notifier.stopping()

    def is_alive(self) -> bool:
        """Whether both loops turn: that of the cameras and that of the database."""
        return self._monotonic() - self._turned_at < LOOP_STUCK_SECONDS and self._is_writer_alive()

    def status(self) -> RecognizerStatus:
        """How the recognizer is now."""
        condition, now = self._condition(), self._clock.now()
        passed = self._monotonic() - self._started_at
        offset = self._clock.offset
        sessions = self._sessions()
        coming = [session for session in sessions if session.opens_at > now]
        return RecognizerStatus(
            version=condition.version,
            room=self._place.room,
            machine=self._place.machine,
            process=os.getpid(),
            told_at=now,
            started_at=now - timedelta(seconds=passed),
            uptime_seconds=passed,
            is_alive=self.is_alive(),
            is_started=self._is_started,
            cameras=tuple(self._describe_camera(word, now) for word in self._words),
            lease=self._describe_lease(),
            database=self._describe_database(now),
            outbox=OutboxStatus(condition.outbox_depth, condition.refused_marks, condition.kept_in_memory),
            gallery=GalleryStatus(condition.gallery_size, condition.gallery_version, condition.gallery_error),
            clock=ClockStatus(None if offset is None else offset.total_seconds(), self._clock.is_wrong),
            open_sessions=tuple(_describe_session(session) for session in sessions if session.is_open(now)),
            next_session=_describe_session(min(coming, key=lambda each: each.opens_at)) if coming else None,
        )

    def _has_settled(self) -> bool:
        """Whether the start is over: every camera has delivered, has failed once, or rests."""
        # Before the schedule was asked for every camera rests, and so it does in the turn in which the answer came.
        was_asked, self._was_asked = self._was_asked, self._lease.is_decided and self._has_asked()
        return was_asked and all(word.state != "starting" for word in self._words)

    def _has_asked(self) -> bool:
        return self._delivery.has_turned or self._monotonic() - self._started_at >= FIRST_ANSWER_SECONDS

    def _is_writer_alive(self) -> bool:
        return self._monotonic() - self._delivery.turned_at < STUCK_SECONDS

    def _summarise(self, kept_in_memory: int) -> list[str]:
        parts = [self._lease.waits_because or ", ".join(map(_summarise_camera, self._words))]
        if self._reach.now.answers is False:
            parts.append(f"the database is away since {self._instant(self._reach.now.since):%H:%M} UTC")
        if kept_in_memory:
            parts.append("the outbox takes nothing: what is seen is in memory only")
        if self._clock.is_wrong:
            parts.append(str(self._clock))
        return parts

    def _describe_camera(self, word: CameraWord, now: datetime) -> CameraCondition:
        return CameraCondition(
            name=word.camera_name,
            address=self._place.addresses.get(word.camera_name, ""),
            state=word.state,
            since=self._instant(word.changed_at, now),
            last_frame_at=word.last_frame_at,
            last_frame_age_seconds=(now - word.last_frame_at).total_seconds() if word.last_frame_at else None,
            looks_per_second=word.looks_per_second,
            faces=word.faces,
            blind_because=word.blind_because,
            last_error=word.last_error,
            failures=word.failures,
            looks=word.looks,
        )

    def _describe_lease(self) -> LeaseStatus:
        other = self._lease.other
        if other is not None:
            return LeaseStatus("waiting", other.machine, other.held_since)
        return LeaseStatus("held" if self._lease.may_watch else "not asked yet")

    def _describe_database(self, now: datetime) -> DatabaseStatus:
        reach = self._reach.now
        since = self._instant(reach.since, now)
        if reach.answers is None:
            return DatabaseStatus("not asked yet", since)
        return DatabaseStatus("answers", since) if reach.answers else DatabaseStatus("away", since, reach.error)

    def _instant(self, monotonic: float, now: datetime | None = None) -> datetime:
        """The instant of that monotonic time, by the clock as it is known now."""
        return (now or self._clock.now()) - timedelta(seconds=self._monotonic() - monotonic)


def _summarise_camera(word: CameraWord) -> str:
    if word.state == "failing" and word.last_error:
        return f"{word.camera_name} failing ({word.last_error})"
    blind = f", blind: {word.blind_because}" if word.blind_because else ""
    return f"{word.camera_name} {word.state}{blind}"


def _describe_session(session: ClassSession) -> SessionStatus:
    return SessionStatus(session.course_code, session.opens_at, session.ends_at, len(session.roster))
