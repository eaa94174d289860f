"""A camera's pipeline that names by the gallery and the roster as they are now: changes count within seconds."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from recognizer.camera.knowledge import Knowledge
from recognizer.camera.pipeline import Pipeline
from recognizer.domain.following.detection import Frame
from recognizer.domain.learning.sample import LessonSample
from recognizer.domain.learning.teaching import identify_by, of_taught_students
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.tolerance import Tolerances
from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.numbers import fold_number
from recognizer.errors import GalleryError
from recognizer.ops.wording import count_of

CHECK_SECONDS = 3.0

log = logging.getLogger(__name__)


class RefreshedPipeline:
    """Steps a pipeline, and gives it an identification anew whenever the gallery, those expected or what lessons
    taught has changed.

    tolerances: chooses them for a gallery.
    """

    def __init__(self, pipeline: Pipeline, knowledge: Knowledge, tolerances: Callable[[Gallery], Tolerances]) -> None:
        self._pipeline = pipeline
        self._known = knowledge
        self._tolerances = tolerances
        self._samples_version: object = None
        self._samples_complaint = ""
        self._samples: list[LessonSample] = []
        """Those of students whom lessons enough have taught."""
        self._gallery_version = knowledge.gallery.version()
        self._schedule_version: object = None
        self._sessions: Sequence[ClassSession] = []
        self._expected: frozenset[str] | None = None
        self._checked_at: float | None = None
        self._is_usable, self._complaint = True, ""
        self._students = 0
        """How many can be named; 0 while the gallery cannot be used."""
        self._renew()

    @property
    def faces_in_sight(self) -> int:
        """See ``Pipeline.faces_in_sight``."""
        return self._pipeline.faces_in_sight

    def forget_tracks(self) -> None:
        """See ``Pipeline.forget_tracks``."""
        self._pipeline.forget_tracks()

    def blind_because(self, frame: Frame) -> str:
        """See ``process.Watcher``: nobody is named without a usable gallery that has somebody in it."""
        self._follow(frame)
        if not self._is_usable:
            return "gallery"
        return "" if self._students else "nobody"

    def step(self, frame: Frame) -> list[Sighting]:
        """See ``Pipeline.step``. With a gallery that cannot be used any more nobody is identified: a student who asked
        to be forgotten must not be named from memory."""
        self._follow(frame)
        return self._pipeline.step(frame)

    def _follow(self, frame: Frame) -> None:
        """Look for a change of the gallery or of those expected, every few seconds."""
        if self._checked_at is None or frame.position_seconds - self._checked_at >= CHECK_SECONDS:
            self._checked_at = frame.position_seconds
            self._refresh(frame.captured_at)

    def _refresh(self, at: datetime) -> None:
        version, expected, are_same_samples = (
            self._known.gallery.version(),
            self._expected_at(at),
            not self._read_samples(),
        )
        # One that could not be used is tried again: its key may have been mended, which the file does not show.
        if self._is_usable and are_same_samples and (version, expected) == (self._gallery_version, self._expected):
            return
        is_same_gallery, was_usable = version == self._gallery_version, self._is_usable
        self._gallery_version, self._expected = version, expected
        self._renew()
        students = count_of(self._students, "student")
        if self._is_usable and not is_same_gallery:
            log.info("the gallery has changed: %s now", students, extra={"event": "gallery changed"})
        elif self._is_usable and not was_usable:
            log.info("the gallery can be used again: %s", students, extra={"event": "gallery usable"})

    def _renew(self) -> None:
        """Read the gallery and name by it from now on. It is not kept itself: a large one would take as much memory
        again."""
        try:
            gallery = self._known.gallery.load()
        except GalleryError as error:
            self._is_usable, self._students = False, 0
            self._pipeline.identification = Identification(Gallery.empty(), self._tolerances(Gallery.empty()))
            if str(error) != self._complaint:
                log.error(
                    "nobody is identified until the gallery can be used again: %s",
                    error,
                    extra={"event": "gallery unusable"},
                )
            self._complaint = str(error)
            return
        self._is_usable, self._complaint = True, ""
        self._students = len(gallery.students)
        tolerances = self._tolerances(gallery)
        expected = None if self._expected is None else _numbers_of(gallery, self._expected)
        self._pipeline.identification = identify_by(gallery, self._samples, self._tolerances, expected)
        limit = tolerances.for_search(self._students).limit(references=3, encodings=5)
        said = count_of(self._students, "student")
        log.debug("%s, tolerance %.2f for three photos and five encodings", said, limit)

    def _read_samples(self) -> bool:
        """Read what lessons taught where it has changed; whether others are to be named by now."""
        samples = self._known.samples
        if samples is None or (version := samples.version()) == self._samples_version:
            return False
        before = self._samples
        try:
            self._samples = of_taught_students(samples.load())
            self._samples_version, self._samples_complaint = version, ""
        except GalleryError as error:
            # Tried again, as the gallery is: its key may have been mended, which the file does not show.
            if str(error) != self._samples_complaint:
                log.warning("students are named by their photos alone: %s", error)
            self._samples, self._samples_complaint = [], str(error)
        return self._samples != before

    def _expected_at(self, at: datetime) -> frozenset[str] | None:
        """Those on the rosters of the class sessions open at that instant; None, which is everybody, where none is."""
        version = self._known.sessions.version()
        if version != self._schedule_version:
            self._schedule_version, self._sessions = version, self._known.sessions.load()
        rosters = [session.roster for session in self._sessions if session.is_open(at)]
        return frozenset().union(*rosters) if rosters else None


def _numbers_of(gallery: Gallery, roster: frozenset[str]) -> frozenset[str]:
    """The roster's students in the gallery's spelling: ``s1001`` there is S1001."""
    folded = frozenset(map(fold_number, roster))
    return frozenset(number for number in gallery.students if fold_number(number) in folded)
