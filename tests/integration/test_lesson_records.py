"""What the database says of the lessons that samples came from, as the recognizer's own user."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from recognizer.domain.learning.keeping import LessonFacts
from recognizer.domain.learning.sample import LessonSample
from recognizer.storage.database.lessons import SqlLessonRecords
from tests.fixtures.classroom import ROOM
from tests.fixtures.lessons import face, lesson_sample
from tests.fixtures.place import MINUTE, SEEN, Place

AFTER = SEEN + 2 * 60 * MINUTE


class Samples:
    """One of S1001 and one of S1002 in the class session of the place."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.session = place.classroom.session_id
        self.one, self.other = (place.classroom.student_id(number) for number in ("S1001", "S1002"))
        made = lesson_sample(face(0.2), self.session, seen_at=SEEN)
        self.samples: list[LessonSample] = [
            replace(made, number="S1001", student_id=self.one),
            replace(made, number="S1002", student_id=self.other),
        ]

    def facts(self, room: str = ROOM) -> LessonFacts:
        return SqlLessonRecords(self._place.engine, room).facts(self.samples, AFTER)

    def say(self, status: str, source: str = "lecturer") -> None:
        account = self._place.classroom.rows("SELECT id FROM account")[0]["id"]
        self._place.change(
            "UPDATE mark SET status = :status, source = :source, marked_by_id = :by WHERE student_id = :student",
            status=status,
            source=source,
            by=account,
            student=self.one,
        )


@pytest.fixture
def samples(place: Place) -> Samples:
    place.register.record(place.seen())
    return Samples(place)


@pytest.mark.parametrize("status", ["present", "late", "absent", "excused"])
def test_a_persons_word_is_told_and_a_cameras_is_none(samples: Samples, status: str) -> None:
    assert samples.facts().words == {}
    samples.say(status)
    assert samples.facts().words == {(samples.session, samples.one): status}
    samples.say("present", "camera")
    assert samples.facts().words == {}


def test_class_sessions_and_students_that_are_there_are_told(place: Place, samples: Samples) -> None:
    facts = samples.facts()
    assert (set(facts.sessions), set(facts.students)) == ({samples.session}, {samples.one, samples.other})
    place.change("UPDATE class_session SET is_cancelled = 1")
    place.change("UPDATE student SET is_active = 0 WHERE number = 'S1001'")
    facts = samples.facts()
    assert (set(facts.sessions), set(facts.students)) == (set(), {samples.other})


def test_who_is_expected_again_in_this_room_is_told(place: Place, samples: Samples) -> None:
    assert samples.facts().expected == frozenset(), "the only class session is over"
    week = timedelta(days=7)
    place.change(
        "UPDATE class_session SET starts_at = :start, ends_at = :end, day = :day",
        start=str(SEEN + week),
        end=str(SEEN + week + 60 * MINUTE),
        day=str((SEEN + week).date()),
    )
    assert samples.facts().expected == {samples.one, samples.other}
    assert samples.facts("elsewhere").expected == frozenset()
    place.change(
        "UPDATE roster_entry SET until = :day WHERE student_id = :student", day=str(SEEN.date()), student=samples.one
    )
    assert samples.facts().expected == {samples.other}, "S1001 has left the course by then"
    place.change("UPDATE class_session SET is_cancelled = 1")
    assert samples.facts().expected == frozenset()
