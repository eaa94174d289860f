"""What a mark says: one answer from the facts, whenever and in whatever order they arrived.

Pure: no database and no clock. Services write facts and then ask here; nothing else in the portal says what a mark is.
The recognizer writes rule 2 itself as it happens; a contract test holds it to this function.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.attendance.coverage import Span, covered_time, intersect_spans
from portal.attendance.models import Mark, Source, Status

OPENS_BEFORE = timedelta(minutes=15)
"""How long before its start a class session takes sightings; the recognizer's own figure."""

CLOSES_AFTER = timedelta(minutes=15)
"""How long after its end a register is closed."""

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Word:
    """What a person said and has not taken back."""

    status: str
    by_id: int
    note: str


@dataclass(frozen=True, slots=True)
class Excused:
    """An excuse in force on the day of the class session, and who has entered it. Its reason decides nothing."""

    first_day: date
    last_day: date
    by_name: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One entry of evidence: what one camera saw of the student in one hour. ``minutes`` has bit n for minute n.

    ``is_between``: it was this student or one who looks alike.
    """

    camera_name: str
    hour: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    minutes: int
    distance: float
    is_confirmed: bool = True
    is_between: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether it says when the student was seen: the time is right, and it was nobody else."""
        return self.is_confirmed and not self.is_between

    def within(self, start: datetime, end: datetime) -> Span | None:
        """The first and last sighting from ``start`` until before ``end``; None without one.

        Where the entry's first or last sighting lies outside, the minutes tell: a minute counts from its beginning.
        """
        if self.last_seen_at < start or self.first_seen_at >= end:
            return None
        inside = [at for at in (self.first_seen_at, self.last_seen_at) if start <= at < end]
        if len(inside) < 2:
            inside += [at for at in self._instants() if start <= at < end]
        return (min(inside), max(inside)) if inside else None

    def _instants(self) -> Iterable[datetime]:
        for minute in range(60):
            if self.minutes >> minute & 1:
                yield max(self.hour + minute * MINUTE, self.first_seen_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that an answer may depend on.

    ``is_expected``: on the roster of the day. ``room_sight``: when the room's cameras could see. ``nameable``: when the
    room's gallery could name the student. Both are merged spans, and matter for a closed register alone.
    """

    starts_at: datetime
    ends_at: datetime
    late_after_minutes: int
    is_closed: bool
    is_expected: bool = True
    word: Word | None = None
    evidence: Sequence[Seen] = ()
    excuse: Excused | None = None
    room_sight: Sequence[Span] = ()
    nameable: Sequence[Span] = ()
    least_coverage_percent: int = 80


@dataclass(frozen=True, slots=True)
class Sighting:
    """What cameras saw inside the window. All but the last sighting come from the entry with the first one."""

    first_seen_at: datetime
    last_seen_at: datetime
    distance: float
    camera_name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the mark says, and why, in words. ``seen`` stays with a mark whoever speaks."""

    status: str
    source: str
    reason: str
    because: str = ""
    seen: Sighting | None = None
    word: Word | None = None


def decide(facts: Facts) -> Answer:
    """The answer of the first rule that applies."""
    seen = sighting_in_window(facts)
    if facts.word:
        return Answer(facts.word.status, Source.LECTURER, facts.word.note, seen=seen, word=facts.word)
    if seen:
        is_late = seen.first_seen_at > facts.starts_at + facts.late_after_minutes * MINUTE
        return Answer(Status.LATE if is_late else Status.PRESENT, Source.CAMERA, _when(facts, seen), seen=seen)
    if facts.excuse and facts.is_expected:
        return Answer(Status.EXCUSED, Source.EXCUSE, _excuse_words(facts.excuse))
    if facts.is_closed and facts.is_expected:
        return _decide_closed(facts)
    return Answer(Status.EXPECTED, Source.NOBODY, "No answer yet." if facts.is_expected else "Not on the roster.")


def sighting_in_window(facts: Facts) -> Sighting | None:
    """What sure evidence says between the opening of the register and the end of the class session.

    Of entries with the same first sighting the one that stands first in ``facts.evidence`` is taken.
    """
    found = [(span, seen) for span, seen in _in_window(facts) if seen.is_sure]
    if not found:
        return None
    (first, _), entry = min(found, key=lambda each: each[0][0])
    return Sighting(first, max(last for (_, last), _ in found), entry.distance, entry.camera_name)


def _in_window(facts: Facts) -> list[tuple[Span, Seen]]:
    """All evidence between the opening of the register and the end of the class session, with its times there."""
    start, end = facts.starts_at - OPENS_BEFORE, facts.ends_at
    return [(span, seen) for seen in facts.evidence if (span := seen.within(start, end))]


def _decide_closed(facts: Facts) -> Answer:
    """Absent where the student would have been seen and named, and was not; else nobody knows."""
    doubtful = [seen for _, seen in _in_window(facts) if not seen.is_sure]
    if not all(seen.is_between for seen in doubtful):
        words = "Seen while the classroom machine's clock was wrong, and nobody has confirmed it."
        return Answer(Status.UNSEEN, Source.CLOSING, words, because=Mark.Because.CLOCK)
    if doubtful:
        words = "Seen, or somebody who looks alike: the cameras cannot tell them apart."
        return Answer(Status.UNSEEN, Source.CLOSING, words, because=Mark.Because.LOOK_ALIKE)
    needed = (facts.ends_at - facts.starts_at) * facts.least_coverage_percent
    least = f"; {facts.least_coverage_percent} % is needed"
    room = covered_time(facts.room_sight, facts.starts_at, facts.ends_at)
    if room * 100 < needed:
        words = f"The cameras could see {_percent(facts, room)} % of the class session{least}."
        return Answer(Status.UNSEEN, Source.CLOSING, words, because=Mark.Because.BLIND)
    named = covered_time(intersect_spans(facts.room_sight, facts.nameable), facts.starts_at, facts.ends_at)
    if named * 100 < needed:
        words = f"The cameras could have named the student in {_percent(facts, named)} % of the class session{least}."
        return Answer(Status.UNSEEN, Source.CLOSING, words, because=Mark.Because.NOT_ENROLLED)
    return Answer(
        Status.ABSENT,
        Source.CLOSING,
        f"Not seen; the cameras could see {_percent(facts, room)} % of the class session.",
    )


def _percent(facts: Facts, covered: timedelta) -> int:
    """The share of the class session, rounded down: 79.9 is not yet 80."""
    return int(covered * 100 // (facts.ends_at - facts.starts_at))


def _when(facts: Facts, seen: Sighting) -> str:
    """In the recognizer's own words: both write such changes into one history."""
    minutes = (seen.first_seen_at - facts.starts_at) // MINUTE
    span = f"{abs(minutes)} minute{'' if abs(minutes) == 1 else 's'}"
    when = f"{span} {'after' if minutes > 0 else 'before'} the start" if minutes else "at the start"
    return f"First seen{f' by {seen.camera_name},' if seen.camera_name else ''} {when}."


def _excuse_words(excuse: Excused) -> str:
    last = f"{excuse.last_day.day} {excuse.last_day:%B %Y}"
    if excuse.first_day == excuse.last_day:
        return f"Excused on {last} by {excuse.by_name}."
    return f"Excused from {excuse.first_day.day} {excuse.first_day:%B %Y} to {last} by {excuse.by_name}."
