"""How long samples are kept, and what speaks against them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from recognizer.domain.learning.keeping import (
    LEFT_AFTER,
    LONGEST_AGE,
    MOST_KEPT,
    LessonFacts,
    add_samples,
    keep_enrolled,
    keep_true,
)
from recognizer.domain.learning.sample import LessonSample
from tests.fixtures.lessons import MONDAY, WEEK, face, lesson_sample

FACTS = LessonFacts(words={}, sessions=range(100), students=(1, 2), expected=(1, 2))
"""Nothing speaks against anybody, and all are expected again."""


def lessons_kept(samples: list[LessonSample], facts: LessonFacts = FACTS, now: timedelta = 2 * WEEK) -> list[int]:
    return [sample.session_id for sample in keep_true(samples, facts, MONDAY + now)]


def two() -> list[LessonSample]:
    return [lesson_sample(face(0.2), 1), lesson_sample(face(0.3), 2)]


def test_the_first_sample_of_a_lesson_is_kept_whatever_camera_it_came_from() -> None:
    first, other = lesson_sample(face(0.2)), lesson_sample(face(0.3))
    assert add_samples([first], [other, lesson_sample(face(0.3), 2)]) == [first, lesson_sample(face(0.3), 2)]
    assert add_samples([first], [replace(other, number="s1")]) == [first], "S1 is s1"


def test_of_each_student_those_of_the_five_latest_lessons_are_kept() -> None:
    samples = [lesson_sample(face(0.2), lesson) for lesson in (3, 7, 1, 2, 6, 5, 4)]
    assert lessons_kept(samples, now=8 * WEEK) == [3, 4, 5, 6, 7]
    assert len(lessons_kept([*samples, lesson_sample(face(1.0, 9), 1, "S2")], now=8 * WEEK)) == MOST_KEPT + 1


@pytest.mark.parametrize("status", ["absent", "excused"])
def test_a_persons_word_against_a_lesson_forgets_all_that_the_student_taught(status: str) -> None:
    against = replace(FACTS, words={(2, 1): status})
    others = lesson_sample(face(1.0, 9), 2, "S2")
    assert keep_true([*two(), others], against, MONDAY + 2 * WEEK) == [others]


@pytest.mark.parametrize("status", ["present", "late"])
def test_a_persons_word_for_a_lesson_is_kept_with_it_until_it_is_taken_back(status: str) -> None:
    vouched = keep_true(two(), replace(FACTS, words={(2, 1): status}), MONDAY + 2 * WEEK)
    assert [sample.is_vouched for sample in vouched] == [False, True]
    assert [sample.is_vouched for sample in keep_true(vouched, FACTS, MONDAY + 2 * WEEK)] == [False, False]


def test_a_word_on_another_student_or_lesson_changes_nothing() -> None:
    assert lessons_kept(two(), replace(FACTS, words={(2, 2): "absent", (9, 1): "absent"})) == [1, 2]


def test_a_lesson_that_was_cancelled_or_deleted_teaches_nothing() -> None:
    assert lessons_kept(two(), replace(FACTS, sessions=(2,))) == [2]


def test_a_student_who_is_gone_or_no_longer_active_is_forgotten_at_once() -> None:
    assert lessons_kept(two(), replace(FACTS, students=(2,))) == []


def test_a_student_whom_no_lesson_to_come_expects_is_forgotten_two_weeks_after_the_last_one() -> None:
    over = replace(FACTS, expected=())
    assert lessons_kept(two(), over, WEEK + LEFT_AFTER - timedelta(minutes=1)) == [1, 2]
    assert lessons_kept(two(), over, WEEK + LEFT_AFTER) == []


def test_a_sample_is_forgotten_after_half_a_year_whoever_is_expected() -> None:
    assert lessons_kept(two(), now=LONGEST_AGE - timedelta(minutes=1)) == [1, 2]
    assert lessons_kept(two(), now=LONGEST_AGE) == [2]


def test_samples_of_students_whose_photos_are_others_now_are_forgotten() -> None:
    sample = lesson_sample(face(0.2))
    assert keep_enrolled([sample], {"s1": sample.anchor}) == [sample]
    assert keep_enrolled([sample], {"s1": "another"}) == []
    assert keep_enrolled([sample], {}) == []


def test_what_is_kept_stays_as_it_is_when_it_is_judged_again() -> None:
    kept = keep_true(two(), FACTS, MONDAY + 2 * WEEK)
    assert keep_true(kept, FACTS, MONDAY + 2 * WEEK) == kept
