"""When a camera could see and name, and when it could not: spans that grow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

BLIND_REASONS = {
    "dark": "its picture is dark",
    "grey": "its picture is grey",
    "torn": "its picture is torn",
    "covered": "it is covered",
    "frozen": "its picture does not change",
    "gallery": "the gallery cannot be used",
    "nobody": "nobody is enrolled",
}
"""Why a camera that delivers pictures cannot see or name, and how a sentence says it; the portal knows these words."""

NO_PICTURE = "no picture"
"""The reason where none of those is known: the camera fails, hangs, or has not begun yet."""

LONGEST_GAP = timedelta(seconds=10)
"""Between two pulses that are one span; a camera's process says twice a second that pictures come, unless one look
takes longer."""

REPORT_FIRST = timedelta(seconds=5)
"""A new span is handed out once it has lasted so long: staff are told within seconds that a camera sees again."""

REPORT_EVERY = timedelta(minutes=1)
"""How often at most a span that grows is handed out afterwards: what a crash may cost."""


@dataclass(frozen=True, slots=True)
class SightSpan:
    """A camera could see and name; instants are naive UTC."""

    camera_name: str
    starts_at: datetime
    ends_at: datetime
    clock_setting: str = ""
    """How this machine's clock was set where its offset was not known yet, by which the span is shifted once it is;
    else empty."""

    @property
    def key(self) -> tuple[str, datetime, str]:
        """Spans with the same key are one that has grown."""
        return self.camera_name, self.starts_at, self.clock_setting

    def merged(self, other: SightSpan) -> SightSpan:
        """The longer of both."""
        return replace(self, ends_at=max(self.ends_at, other.ends_at))


@dataclass(frozen=True, slots=True)
class BlindSpan:
    """A camera was wanted and could not see or name."""

    camera_name: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    clock_setting: str = ""
    """As ``SightSpan.clock_setting``."""

    @property
    def key(self) -> tuple[str, datetime, str]:
        """Spans with the same key are one that has grown."""
        return self.camera_name, self.starts_at, self.clock_setting

    def merged(self, other: BlindSpan) -> BlindSpan:
        """The longer of both."""
        return replace(self, ends_at=max(self.ends_at, other.ends_at))


Span = SightSpan | BlindSpan


class Observation:
    """What one camera's pulses say, as spans.

    A camera sees from one seeing pulse to the next; a change of what it says counts as blind. While it is wanted and
    says nothing, it is blind without a picture. A span is handed out once it has lasted five seconds, whenever it has
    grown by a minute, and at its end.
    Where the clock jumps, or another setting of it is told, another span begins: nobody knows when what was between.
    Instants are naive UTC; ``monotonic`` are the seconds that pass whatever the clock does.
    """

    def __init__(self, camera_name: str) -> None:
        self._camera_name = camera_name
        self._span: Span | None = None
        self._reported_until: datetime | None = None
        self._ended: list[Span] = []
        self._pulse: tuple[datetime, float] | None = None
        self._time: tuple[datetime, float] | None = None
        self._clock_setting = ""

    def note_pulse(self, at: datetime, monotonic: float, blind_because: str) -> None:
        """The camera delivers pictures; ``blind_because`` is empty while it can see and name by them."""
        self._end_silence(at, monotonic)
        self._pulse = (at, monotonic)
        span = self._span
        if isinstance(span, SightSpan) and not blind_because:
            self._grow(at)
        elif isinstance(span, BlindSpan):
            # Blind until the pulse that says otherwise.
            self._grow(at)
            if blind_because != span.reason:
                self._begin(at, blind_because)
        else:
            self._begin(span.ends_at if span else at, blind_because)
            self._grow(at)

    def note_time(self, now: datetime, monotonic: float, clock_setting: str = "") -> None:
        """Look at the clock before a pulse that it has stamped is noted: it may have jumped.

        ``clock_setting`` as ``SightSpan`` has it.
        """
        before, self._time = self._time, (now, monotonic)
        jump = (now - before[0]).total_seconds() - (monotonic - before[1]) if before else 0.0
        if abs(jump) > LONGEST_GAP.total_seconds() or clock_setting != self._clock_setting:
            self._go_on_by_another_clock(now, monotonic, clock_setting)

    def note_turn(self, now: datetime, monotonic: float, clock_setting: str = "", *, is_wanted: bool) -> None:
        """Time has passed: a camera that is wanted and gives no pulse has no picture; of others nothing is said."""
        self.note_time(now, monotonic, clock_setting)
        self._end_silence(now, monotonic)
        if self._pulse is None and is_wanted:
            if self._span is None:
                self._begin(now, NO_PICTURE)
            self._grow(now)
        elif self._pulse is None:
            self._end()

    def due(self) -> list[Span]:
        """Spans that have ended, and one that has grown enough since it began or was handed out."""
        ready, self._ended = self._ended, []
        span = self._span
        step = REPORT_EVERY if self._reported_until else REPORT_FIRST
        if span and span.ends_at - (self._reported_until or span.starts_at) >= step:
            self._reported_until = span.ends_at
            ready.append(span)
        return ready

    def flush(self) -> list[Span]:
        """All that was not handed out yet."""
        self._end()
        return self.due()

    def _go_on_by_another_clock(self, now: datetime, monotonic: float, clock_setting: str) -> None:
        """End the span; one of a camera whose pulses come begins again now, and is not blind until the next of them."""
        span, pulse = self._span, self._pulse
        self._end()
        self._pulse, self._clock_setting = None, clock_setting
        if span and pulse and monotonic - pulse[1] <= LONGEST_GAP.total_seconds():
            # When it came by this clock: a silence that has begun by now must not seem shorter for it.
            self._pulse = (now - timedelta(seconds=monotonic - pulse[1]), pulse[1])
            self._begin(now, span.reason if isinstance(span, BlindSpan) else "")

    def _end_silence(self, at: datetime, monotonic: float) -> None:
        """Where the last pulse is too long ago, the camera has been without a picture since."""
        if self._pulse is None:
            return
        pulse_at, pulse_monotonic = self._pulse
        # Both: pulses that waited because this process was held up are no silence.
        if min(at - pulse_at, timedelta(seconds=monotonic - pulse_monotonic)) > LONGEST_GAP:
            self._pulse = None
            self._begin(pulse_at, NO_PICTURE)

    def _begin(self, at: datetime, blind_because: str) -> None:
        self._end()
        name, setting = self._camera_name, self._clock_setting
        if blind_because:
            self._span = BlindSpan(name, at, at, blind_because, setting)
        else:
            self._span = SightSpan(name, at, at, setting)

    def _grow(self, at: datetime) -> None:
        if self._span and at > self._span.ends_at:
            self._span = replace(self._span, ends_at=at)

    def _end(self) -> None:
        span, self._span = self._span, None
        if span and span.ends_at > (self._reported_until or span.starts_at):
            self._ended.append(span)
        self._reported_until = None
