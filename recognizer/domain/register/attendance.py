"""Class sessions, and sightings of students."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from recognizer.domain.following.geometry import Box
from recognizer.domain.learning.sample import Sample
from recognizer.domain.register.numbers import fold_number

OPENS_BEFORE = timedelta(minutes=15)
"""How long before its start a class session takes sightings."""


@dataclass(frozen=True, slots=True)
class ClassSession:
    """One timed meeting of a course in this room; instants are naive UTC."""

    id: int
    course_code: str
    starts_at: datetime
    ends_at: datetime
    late_after_minutes: int
    roster: frozenset[str]
    """Numbers of the students expected."""
    student_ids: Mapping[str, int] = field(default_factory=dict, hash=False)
    """The rows of these students by their numbers, where they are known."""

    @property
    def opens_at(self) -> datetime:
        return self.starts_at - OPENS_BEFORE

    def is_open(self, at: datetime) -> bool:
        """Whether a sighting at that instant belongs to this class session."""
        return self.opens_at <= at < self.ends_at

    def expects(self, number: str) -> bool:
        """Whether the student is on the roster; ``s1001`` in a gallery is S1001."""
        return number in self.roster or fold_number(number) in _folded(self.roster)

    def student_id(self, number: str) -> int | None:
        """The row of a student on the roster; None where it is not known."""
        if number in self.student_ids:
            return self.student_ids[number]
        folded = fold_number(number)
        return next((row for known, row in self.student_ids.items() if fold_number(known) == folded), None)


@lru_cache(maxsize=64)
def _folded(roster: frozenset[str]) -> frozenset[str]:
    return frozenset(map(fold_number, roster))


@dataclass(frozen=True, slots=True)
class Sighting:
    """A student identified on a confirmed track, at a time, with the evidence for it."""

    student_number: str
    seen_at: datetime
    camera_name: str
    distance: float
    runner_up_number: str | None
    """The nearest other student, and how far; None in a gallery of one."""
    runner_up_distance: float | None
    encodings: int
    """How many encodings were averaged."""
    track_id: int
    box: Box | None = None
    """Where in the frame the face was."""
    is_visitor: bool = False
    """Enrolled, but not expected here: recognised and not marked."""
    is_doubtful: bool = False
    """The camera may yet take the name back: nothing is said of it until it is sure enough (``doubtful_names``)."""
    is_between: bool = False
    """It was this student or the runner-up: they look alike and the gallery cannot tell them apart. It marks nobody."""
    suspicion: str = ""
    """Why the face may be on a picture that is held up, one of SUSPICIONS; empty where nothing says so."""
    sample: Sample | None = field(default=None, repr=False)
    """Where the camera is sure beyond doubt and lessons may teach: what it was sure by, now and then."""
    sure_below: float | None = None
    """Of a near miss, else None: the camera did not surely name the student, and nearer than this distance it might
    have. It marks nobody (``near_miss``)."""

    @property
    def is_near_miss(self) -> bool:
        """Whether a face came near to the student and was not surely named."""
        return self.sure_below is not None

    @property
    def is_sure(self) -> bool:
        """Whether it was this student, as far as the camera can tell: then it marks them, unless they are a visitor."""
        return not (self.is_near_miss or self.is_doubtful or self.is_between)
