"""The near-miss log: who is told as nearly named, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.evidence_log import EvidenceLog
from recognizer.domain.register.near_miss import NearMiss
from recognizer.domain.register.near_miss_log import PATIENCE, NearMissLog

START = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
LESSON = ClassSession(1, "C1", START, START + timedelta(hours=1), 10, frozenset({"S1", "S2"}), {"S1": 11, "S2": 12})


def near(at: datetime, number: str = "S1", distance: float = 0.47) -> Sighting:
    return Sighting(number, at, "front", distance, "S2", 0.6, 5, 1, sure_below=0.45)


def sure(at: datetime, number: str = "S1") -> Sighting:
    return Sighting(number, at, "front", 0.3, "S2", 0.6, 5, 1)


def test_a_near_miss_is_kept_back_until_it_is_plain_that_nobody_is_named() -> None:
    log = NearMissLog()
    assert log.consider(near(START), [LESSON]) == []
    assert log.consider(near(START + 30 * SECOND, distance=0.46), [LESSON]) == []
    assert log.due(START + PATIENCE - SECOND) == []

    (entry,) = log.due(START + PATIENCE)

    assert entry == NearMiss(
        *(1, "S1", "front", START, START, START + 30 * SECOND, 0b1, 0.46, "S2", 0.6, 5),
        student_id=11,
        sure_below=0.45,
    )


def test_it_grows_once_a_minute_and_ends_with_its_hour() -> None:
    log = NearMissLog()
    log.consider(near(START), [LESSON])
    log.due(START + PATIENCE)
    assert log.consider(near(START + 50 * SECOND), [LESSON]) == []
    (entry,) = log.consider(near(START + 3 * MINUTE), [LESSON])
    assert (entry.first_seen_at, entry.last_seen_at, entry.minutes) == (START, START + 3 * MINUTE, 0b1001)
    log.consider(near(START + 3 * MINUTE + 9 * SECOND), [LESSON])
    assert [each.last_seen_at for each in log.due(START + 60 * MINUTE)] == [START + 3 * MINUTE + 9 * SECOND]


def test_nothing_is_told_of_who_is_surely_seen_before_or_soon_after() -> None:
    log = NearMissLog()
    log.consider(near(START), [LESSON])
    log.consider(sure(START + 10 * SECOND), [LESSON])
    log.consider(near(START + 20 * SECOND), [LESSON])
    assert log.due(START + 30 * MINUTE) == log.flush() == []


def test_a_doubtful_name_or_one_of_look_alikes_is_not_surely_seen() -> None:
    for unsure in (replace(sure(START), is_doubtful=True), replace(sure(START), is_between=True)):
        log = NearMissLog()
        log.consider(unsure, [LESSON])
        log.consider(near(START), [LESSON])
        assert [entry.student_number for entry in log.flush()] == ["S1"]


def test_only_students_on_the_roster_are_nearly_named_and_only_while_it_is_open() -> None:
    log = NearMissLog()
    log.consider(near(START, "S9"), [LESSON])
    log.consider(near(START - 16 * MINUTE), [LESSON])
    assert log.flush() == []


def test_a_near_miss_is_no_evidence() -> None:
    log = EvidenceLog()
    assert log.consider(near(START), [LESSON]) == log.flush() == []
