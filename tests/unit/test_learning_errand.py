"""The errand that keeps what lessons taught."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from recognizer.delivery.learning import EVERY_SECONDS, GONE_AFTER_SECONDS, LearningErrand
from recognizer.domain.following.detection import Encoding
from recognizer.domain.learning.keeping import LessonFacts
from recognizer.domain.learning.sample import LessonSample
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.errors import GalleryError, RegisterUnavailable
from tests.fakes import FakeClock
from tests.fixtures.lessons import MONDAY, WEEK, FakeSamples, face, gallery, sample_of

HOUR = timedelta(hours=1)
ROSTER = {"S1": 1, "S2": 2}


def session(lesson: int, roster: dict[str, int] = ROSTER) -> ClassSession:
    starts_at = MONDAY + (lesson - 1) * WEEK
    return ClassSession(lesson, "C1", starts_at, starts_at + HOUR, 10, frozenset(roster), roster)


SESSIONS = [session(lesson) for lesson in (1, 2, 3)]


class FakeGallery:
    """Has the gallery it is given, unless its file is missing; ``reads`` counts."""

    def __init__(self) -> None:
        self.gallery = gallery()
        self.is_missing = False
        self.reads = 0

    def load(self) -> Gallery:
        self.reads += 1
        return Gallery.empty() if self.is_missing else self.gallery

    def version(self) -> object:
        return None if self.is_missing else id(self.gallery)

    def changed_at(self) -> datetime | None:
        return None

    def save(self, gallery: Gallery) -> None:
        self.gallery = gallery

    def held(self, on_wait: Callable[[], None]) -> AbstractContextManager[None]:
        raise AssertionError("nobody writes the gallery")


class FakeRecords:
    """Says what it is told to; ``error`` is raised instead while it is set."""

    def __init__(self) -> None:
        self.facts_now = LessonFacts(sessions=range(9), students=(1, 2), expected=(1, 2))
        self.error: Exception | None = None
        self.asked = 0

    def facts(self, samples: Sequence[LessonSample], now: datetime) -> LessonFacts:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.facts_now


class Learning:
    """The errand with all around it."""

    def __init__(self) -> None:
        self.clock = FakeClock(MONDAY)
        self.store, self.gallery, self.records = FakeSamples(), FakeGallery(), FakeRecords()
        self.errand = LearningErrand(
            self.store, self.gallery, self.records, now=self._now, monotonic=self.clock.monotonic
        )
        self.is_time_known = True

    def _now(self) -> datetime | None:
        return self.clock.now() if self.is_time_known else None

    def see(self, lesson: int, number: str = "S1", encoding: Encoding | None = None, **said: object) -> None:
        at = MONDAY + (lesson - 1) * WEEK + timedelta(minutes=10)
        sample = sample_of(face(0.2) if encoding is None else encoding)
        sighting = Sighting(number, at, "front", 0.2, None, None, 5, 1, sample=sample)
        self.errand.note(replace(sighting, **said), SESSIONS)  # type: ignore[arg-type]

    def turn(self) -> list[tuple[str, int]]:
        """What is kept after a turn: student and class session."""
        self.clock.pass_by(EVERY_SECONDS)
        self.errand.once()
        return [(sample.number, sample.session_id) for sample in self.store.samples]


@pytest.fixture
def learning() -> Learning:
    return Learning()


def test_a_sample_is_kept_once_a_lesson_however_many_cameras_see_the_student(learning: Learning) -> None:
    learning.see(1)
    learning.see(1, camera_name="back", encoding=face(0.3))
    assert learning.turn() == [("S1", 1)]
    learning.see(1, encoding=face(0.3))
    assert learning.turn() == [("S1", 1)]
    assert learning.store.samples[0].sample == sample_of(face(0.2))


def test_a_new_sample_is_kept_at_once_and_not_at_the_next_turn(learning: Learning) -> None:
    learning.see(1)
    learning.errand.once()
    learning.see(1, "S2", face(1.0, 9))
    learning.errand.once()
    assert {sample.number for sample in learning.store.samples} == {"S1", "S2"}


@pytest.mark.parametrize(
    "said",
    [
        {"is_visitor": True},
        {"sample": None},
        {"student_number": "S9"},
        {"seen_at": MONDAY + timedelta(hours=3)},
        {"seen_at": MONDAY - timedelta(hours=3)},
    ],
    ids=["a visitor", "in doubt", "not on the roster", "after the lesson", "before it"],
)
def test_nobody_else_teaches(learning: Learning, said: dict[str, object]) -> None:
    learning.see(1, **said)
    assert learning.turn() == []


def test_without_the_database_samples_wait_and_nothing_is_lost(learning: Learning) -> None:
    learning.records.error = RegisterUnavailable("away")
    learning.see(1)
    for _ in range(3):
        with pytest.raises(RegisterUnavailable):
            learning.turn()
    assert learning.store.samples == []
    learning.records.error = None
    assert learning.turn() == [("S1", 1)]


def test_on_a_full_disk_samples_wait_too(learning: Learning) -> None:
    learning.see(1)
    save, learning.store.save = learning.store.save, fail_to_save  # type: ignore[method-assign]
    with pytest.raises(GalleryError):
        learning.turn()
    learning.store.save = save  # type: ignore[method-assign]
    assert learning.turn() == [("S1", 1)]


def fail_to_save(samples: Sequence[LessonSample]) -> None:
    raise GalleryError("no room")


def test_a_correction_counts_within_a_turn_and_the_lesson_does_not_teach_again(
    learning: Learning, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    learning.see(1)
    learning.see(2)
    assert learning.turn() == [("S1", 1), ("S1", 2)]
    learning.records.facts_now = replace(learning.records.facts_now, words={(2, 1): "absent"})
    assert learning.turn() == []
    assert "a learned reference of student S1 is dropped" in caplog.text
    learning.see(2)
    assert learning.turn() == []


def test_who_is_taken_out_of_the_gallery_is_forgotten_also_while_the_database_is_away(learning: Learning) -> None:
    learning.see(1)
    learning.see(1, "S2", face(1.0, 9))
    learning.turn()
    learning.gallery.gallery = gallery().without("S1")
    learning.records.error = RegisterUnavailable("away")
    with pytest.raises(RegisterUnavailable):
        learning.turn()
    assert [sample.number for sample in learning.store.samples] == ["S2"]


def test_who_was_taken_out_meanwhile_is_not_kept_from_memory(learning: Learning) -> None:
    learning.see(1)
    learning.gallery.gallery = gallery().without("S1")
    assert learning.turn() == []


def test_a_file_that_cannot_be_used_is_said_once_and_written_anew(
    learning: Learning, caplog: pytest.LogCaptureFixture
) -> None:
    learning.see(1)
    learning.turn()
    load, learning.store.load = learning.store.load, fail_to_load  # type: ignore[method-assign]
    learning.turn()
    learning.turn()
    assert caplog.text.count("another key") == 1
    learning.see(2)
    learning.turn()
    learning.store.load = load  # type: ignore[method-assign]
    assert [sample.session_id for sample in learning.store.samples] == [2]


def fail_to_load() -> list[LessonSample]:
    raise GalleryError("signed with another key")


def test_nothing_is_asked_or_written_where_nothing_was_learned_or_has_changed(learning: Learning) -> None:
    learning.turn()
    assert (learning.records.asked, learning.gallery.reads) == (0, 0)
    learning.see(1)
    learning.turn()
    saves, reads = learning.store.saves, learning.gallery.reads
    for _ in range(3):
        learning.turn()
    assert (learning.store.saves, learning.gallery.reads) == (saves, reads)


def test_a_renumbered_student_is_not_seen_twice_in_a_lesson(learning: Learning) -> None:
    learning.see(1)
    learning.turn()
    learning.store.samples = [replace(sample, number="S7") for sample in learning.store.samples]
    renamed = gallery().renamed({"S1": "S7"})
    learning.gallery.gallery = renamed
    assert learning.turn() == [("S7", 1)]


def test_by_a_clock_that_jumped_ahead_nothing_is_forgotten_and_new_samples_wait(learning: Learning) -> None:
    learning.see(1)
    learning.turn()
    learning.is_time_known = False
    learning.records.facts_now = replace(learning.records.facts_now, expected=())
    learning.clock.pass_by(365 * 24 * 60 * 60)
    learning.see(2)
    assert learning.turn() == [("S1", 1)]

    learning.clock.pass_by(-365 * 24 * 60 * 60)
    learning.is_time_known = True
    assert learning.turn() == [("S1", 1), ("S1", 2)]


def test_who_is_taken_out_of_the_gallery_is_forgotten_also_while_the_time_is_not_known(learning: Learning) -> None:
    learning.see(1)
    learning.turn()
    learning.is_time_known = False
    learning.gallery.gallery = gallery().without("S1")
    assert learning.turn() == []


def test_while_the_file_of_the_gallery_is_replaced_by_hand_nothing_is_forgotten_and_new_samples_wait(
    learning: Learning,
) -> None:
    learning.see(1)
    learning.turn()
    learning.gallery.is_missing = True
    learning.see(2)
    learning.clock.pass_by(GONE_AFTER_SECONDS / 2)
    for _ in range(3):
        assert learning.turn() == [("S1", 1)]
    learning.gallery.is_missing = False
    assert learning.turn() == [("S1", 1), ("S1", 2)]


def test_who_is_not_in_the_gallery_that_is_put_back_is_forgotten(learning: Learning) -> None:
    learning.see(1)
    learning.see(1, "S2", face(1.0, 9))
    learning.turn()
    learning.gallery.is_missing = True
    learning.turn()
    learning.gallery.gallery, learning.gallery.is_missing = gallery().without("S1"), False
    assert learning.turn() == [("S2", 1)]


def test_with_a_gallery_that_was_deleted_for_good_all_is_forgotten_within_a_day(learning: Learning) -> None:
    learning.see(1)
    learning.turn()
    for _ in range(2):  # Each absence counts by itself.
        learning.gallery.is_missing = True
        learning.turn()
        learning.clock.pass_by(GONE_AFTER_SECONDS - 2 * EVERY_SECONDS)
        assert learning.turn() == [("S1", 1)]
        learning.gallery.is_missing = False
        learning.turn()
    learning.gallery.is_missing = True
    learning.turn()
    learning.clock.pass_by(GONE_AFTER_SECONDS)
    assert learning.turn() == []
