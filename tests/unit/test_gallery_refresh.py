from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from recognizer.camera.gallery_refresh import CHECK_SECONDS, RefreshedPipeline
from recognizer.camera.knowledge import Knowledge
from recognizer.camera.pipeline import Pipeline
from recognizer.config.configuration import GalleryConfig
from recognizer.domain.following.detection import Frame
from recognizer.domain.following.geometry import Box
from recognizer.domain.learning.sample import LessonSample, Sample
from recognizer.domain.learning.teaching import fingerprints_of
from recognizer.domain.naming.candidate import Probe
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.tolerance import FixedTolerances
from recognizer.domain.ports.delivery import ScheduleCopy
from recognizer.domain.register.attendance import ClassSession
from recognizer.errors import GalleryError
from recognizer.storage.files.gallery_file import SignedGalleryFile
from recognizer.storage.files.schedule_file import ScheduleFile
from tests.fakes import FakeAttention, FakeDetector, FakeEncoder, FakeQualityGate, FakeSchedule
from tests.fixtures.lessons import FakeSamples

STARTED_AT = datetime.fromisoformat("2026-03-02T09:00")
SEAT = Box(100, 200, 200, 100)
FACE = np.eye(1, 128, dtype=np.float32)[0]
ENROLLED = Gallery.empty().with_reference("ann", "a", FACE)
TOLERANCES = FixedTolerances(0.45)


def session(roster: set[str], starts: timedelta = timedelta(0)) -> ClassSession:
    starts_at = STARTED_AT + starts
    return ClassSession(1, "C1", starts_at, starts_at + timedelta(hours=1), 10, frozenset(roster))


class Lesson:
    """One student sits before the camera; a look every half second at what the file says of them."""

    def __init__(
        self,
        store: SignedGalleryFile,
        schedule: ScheduleCopy | None = None,
        samples: FakeSamples | None = None,
    ) -> None:
        detector, encoder = FakeDetector(), FakeEncoder()
        detector.faces, encoder.looks = [SEAT], {SEAT: FACE}
        pipeline = Pipeline(
            "front",
            attention=FakeAttention(),
            detector=detector,
            quality_gate=FakeQualityGate(),
            encoder=encoder,
            identification=Identification(Gallery.empty(), TOLERANCES),
        )
        knowledge = Knowledge(store, schedule or FakeSchedule(), samples)
        self._refreshed = RefreshedPipeline(pipeline, knowledge, lambda gallery: TOLERANCES)
        self._position = 0.0

    def blind_because(self) -> str:
        at = STARTED_AT + timedelta(seconds=self._position)
        return self._refreshed.blind_because(Frame(np.zeros((4, 4, 3), np.uint8), at, self._position))

    def names_after(self, seconds: float) -> set[str]:
        """Who is named at the end of that time; a visitor with a question mark."""
        named: set[str] = set()
        for _ in range(round(2 * seconds)):
            at = STARTED_AT + timedelta(seconds=self._position)
            sightings = self._refreshed.step(Frame(np.zeros((4, 4, 3), np.uint8), at, self._position))
            named = {sighting.student_number + "?" * sighting.is_visitor for sighting in sightings}
            self._position += 0.5
        return named


@pytest.fixture
def settings(tmp_path: Path) -> GalleryConfig:
    return GalleryConfig(path=tmp_path / "gallery.pkl", key_file=tmp_path / "gallery.key")


def test_a_student_enrolled_during_the_lesson_is_named_within_seconds(settings: GalleryConfig) -> None:
    store = SignedGalleryFile(settings)
    lesson = Lesson(store)
    assert lesson.names_after(10) == set()
    store.save(ENROLLED)
    assert lesson.names_after(CHECK_SECONDS + 2) == {"ann"}


def test_a_student_removed_during_the_lesson_is_named_no_more(settings: GalleryConfig) -> None:
    store = SignedGalleryFile(settings)
    store.save(ENROLLED.with_reference("bob", "b", -FACE))
    lesson = Lesson(store)
    assert lesson.names_after(3) == {"ann"}
    store.save(store.load().without("ann"))
    assert lesson.names_after(CHECK_SECONDS + 2) == set()


def test_with_a_gallery_that_was_tampered_with_nobody_is_named(
    settings: GalleryConfig, caplog: pytest.LogCaptureFixture
) -> None:
    store = SignedGalleryFile(settings)
    store.save(ENROLLED)
    lesson = Lesson(store)
    assert lesson.names_after(3) == {"ann"}
    settings.path.write_bytes(settings.path.read_bytes() + b"!")
    assert lesson.names_after(CHECK_SECONDS + 2) == set()
    assert "nobody is identified until the gallery can be used again" in caplog.text
    store.save(ENROLLED)
    assert lesson.names_after(CHECK_SECONDS + 2) == {"ann"}


def test_with_a_gallery_that_cannot_be_used_the_camera_is_blind_until_it_can(settings: GalleryConfig) -> None:
    store = SignedGalleryFile(settings)
    store.save(ENROLLED)
    whole = settings.path.read_bytes()
    settings.path.write_bytes(b"no gallery")
    lesson = Lesson(store)
    assert lesson.names_after(3) == set()
    assert lesson.blind_because() == "gallery"

    settings.path.write_bytes(whole)
    assert lesson.names_after(CHECK_SECONDS + 2) == {"ann"}
    assert lesson.blind_because() == ""


@pytest.mark.parametrize("has_file", [True, False])
def test_with_a_gallery_of_nobody_the_camera_is_blind_from_its_first_frame_until_somebody_is_enrolled(
    settings: GalleryConfig, has_file: bool
) -> None:
    store = SignedGalleryFile(settings)
    if has_file:
        store.save(Gallery.empty())
    lesson = Lesson(store)
    assert lesson.blind_because() == "nobody"
    assert lesson.names_after(CHECK_SECONDS + 2) == set()
    assert lesson.blind_because() == "nobody"

    store.save(ENROLLED)
    assert lesson.names_after(CHECK_SECONDS + 2) == {"ann"}
    assert lesson.blind_because() == ""


def test_when_the_last_student_is_removed_the_camera_is_blind(settings: GalleryConfig) -> None:
    store = SignedGalleryFile(settings)
    store.save(ENROLLED)
    lesson = Lesson(store)
    assert lesson.names_after(3) == {"ann"}
    assert lesson.blind_because() == ""

    store.save(ENROLLED.without("ann"))
    assert lesson.names_after(CHECK_SECONDS + 2) == set()
    assert lesson.blind_because() == "nobody"


def test_a_key_that_is_mended_makes_the_gallery_usable_though_its_file_stays(
    settings: GalleryConfig, caplog: pytest.LogCaptureFixture
) -> None:
    store = SignedGalleryFile(settings)
    store.save(ENROLLED)
    key = settings.key_file.read_bytes()
    settings.key_file.write_bytes(b"another key" * 3)
    lesson = Lesson(store)
    caplog.set_level("INFO")
    assert lesson.names_after(2 * CHECK_SECONDS + 2) == set()
    assert caplog.text.count("nobody is identified") == 1

    settings.key_file.write_bytes(key)
    assert lesson.names_after(CHECK_SECONDS + 2) == {"ann"}
    assert [record.event for record in caplog.records] == ["gallery unusable", "gallery usable"]  # type: ignore[attr-defined]


def test_a_number_in_other_letters_on_the_roster_is_expected(settings: GalleryConfig, tmp_path: Path) -> None:
    store, schedule = SignedGalleryFile(settings), ScheduleFile(tmp_path / "schedule.json", "A 101")
    store.save(ENROLLED)
    schedule.save([session({"ANN"})])

    assert Lesson(store, schedule).names_after(3) == {"ann"}


def test_who_is_not_on_the_roster_of_the_open_lesson_is_a_visitor(settings: GalleryConfig, tmp_path: Path) -> None:
    store, schedule = SignedGalleryFile(settings), ScheduleFile(tmp_path / "schedule.json", "A 101")
    store.save(ENROLLED)
    lesson = Lesson(store, schedule)
    assert lesson.names_after(3) == {"ann"}, "without a schedule everybody enrolled is expected"
    schedule.save([session({"bob"})])
    assert lesson.names_after(CHECK_SECONDS + 2) == {"ann?"}
    schedule.save([session({"bob"}), session({"ann"})])
    assert lesson.names_after(CHECK_SECONDS + 2) == {"ann"}
    schedule.save([session({"bob"}, starts=timedelta(hours=3))])
    assert lesson.names_after(CHECK_SECONDS + 2) == {"ann"}, "between lessons everybody enrolled is expected"


def test_a_lesson_that_opens_brings_its_roster_though_the_schedule_stays(settings: GalleryConfig) -> None:
    store, schedule = SignedGalleryFile(settings), FakeSchedule()
    store.save(ENROLLED)
    schedule.save([session({"bob"}, starts=timedelta(minutes=15, seconds=6))])
    lesson = Lesson(store, schedule)
    assert lesson.names_after(4) == {"ann"}
    assert lesson.names_after(CHECK_SECONDS + 4) == {"ann?"}


@pytest.fixture
def enrolled(settings: GalleryConfig) -> SignedGalleryFile:
    """Ann by a photo that is unlike what the camera sees."""
    store = SignedGalleryFile(settings)
    store.save(Gallery.empty().with_reference("ann", "a", 0.5 * FACE))
    return store


def taught(store: SignedGalleryFile, lessons: int) -> list[LessonSample]:
    anchor = fingerprints_of(store.load(), ["ann"])["ann"]
    sample = Sample.of(Probe(0.8 * FACE, 5, 0.0))
    return [LessonSample("ann", sample, lesson, 1, STARTED_AT, anchor) for lesson in range(lessons)]


def test_what_a_lesson_taught_counts_within_seconds_and_is_forgotten_within_seconds(
    enrolled: SignedGalleryFile,
) -> None:
    samples = FakeSamples()
    lesson = Lesson(enrolled, samples=samples)
    assert lesson.names_after(10) == set()
    samples.save(taught(enrolled, 1))
    assert lesson.names_after(CHECK_SECONDS + 2) == set(), "one lesson is not enough"
    samples.save(taught(enrolled, 2))
    assert lesson.names_after(CHECK_SECONDS + 2) == {"ann"}
    samples.save([])
    assert lesson.names_after(CHECK_SECONDS + 2) == set()


def test_what_cannot_be_used_is_said_and_students_are_named_by_their_photos(
    settings: GalleryConfig, caplog: pytest.LogCaptureFixture
) -> None:
    store, samples = SignedGalleryFile(settings), FakeSamples()
    store.save(ENROLLED)
    lesson = Lesson(store, samples=samples)
    samples.save(taught(store, 2))
    samples.error = GalleryError("signed with another key")
    assert lesson.names_after(CHECK_SECONDS + 2) == {"ann"}
    assert caplog.text.count("another key") == 1


def test_what_lessons_taught_counts_again_once_its_key_is_mended_though_its_file_stays(
    enrolled: SignedGalleryFile, caplog: pytest.LogCaptureFixture
) -> None:
    samples = FakeSamples(taught(enrolled, 2))
    samples.error = GalleryError("signed with another key")
    lesson = Lesson(enrolled, samples=samples)
    assert lesson.names_after(3 * CHECK_SECONDS) == set()
    assert caplog.text.count("another key") == 1

    samples.error = None
    assert lesson.names_after(CHECK_SECONDS + 2) == {"ann"}


def test_a_student_whom_lessons_taught_and_who_is_removed_is_named_no_more(enrolled: SignedGalleryFile) -> None:
    samples = FakeSamples(taught(enrolled, 2))
    lesson = Lesson(enrolled, samples=samples)
    assert lesson.names_after(3) == {"ann"}
    enrolled.save(enrolled.load().without("ann"))
    assert lesson.names_after(CHECK_SECONDS + 2) == set()
