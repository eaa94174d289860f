"""The evidence log: which class sessions sightings belong to, and when entries are handed out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.evidence_log import EvidenceLog

START = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def lesson(
    identifier: int = 1, starts: datetime = START, hours: int = 1, roster: tuple[str, ...] = ("S1",)
) -> ClassSession:
    return ClassSession(identifier, f"C{identifier}", starts, starts + timedelta(hours=hours), 10, frozenset(roster))


def sighting(at: datetime, number: str = "S1", camera: str = "front", distance: float = 0.3) -> Sighting:
    return Sighting(number, at, camera, distance, None, None, 3, 1)


def test_the_first_sighting_is_handed_out_at_once() -> None:
    (entry,) = EvidenceLog().consider(sighting(START + MINUTE), [lesson()])

    assert (entry.session_id, entry.student_number, entry.first_seen_at) == (1, "S1", START + MINUTE)
    assert entry.is_confirmed


def test_the_window_opens_a_quarter_of_an_hour_early_and_closes_at_the_end() -> None:
    def is_kept(at: datetime) -> bool:
        return bool(EvidenceLog().consider(sighting(at), [lesson()]))

    assert not is_kept(START - 15 * MINUTE - timedelta(microseconds=1))
    assert is_kept(START - 15 * MINUTE)
    assert is_kept(START + 60 * MINUTE - timedelta(microseconds=1))
    assert not is_kept(START + 60 * MINUTE)


def test_a_visitor_leaves_evidence_in_the_class_session_that_runs() -> None:
    running, following = lesson(1, roster=("S2",)), lesson(2, START + 60 * MINUTE, roster=("S2",))

    during = EvidenceLog().consider(replace(sighting(START + 50 * MINUTE), is_visitor=True), [running, following])
    early = EvidenceLog().consider(replace(sighting(START + 50 * MINUTE), is_visitor=True), [following])

    assert [entry.session_id for entry in during] == [1]
    assert [entry.session_id for entry in early] == [2]


def test_an_entry_that_grows_is_handed_out_at_most_once_a_minute() -> None:
    log = EvidenceLog()
    seen = [START + timedelta(seconds=10 * tens) for tens in range(13)]

    handed = [entry for at in seen for entry in log.consider(sighting(at), [lesson()])]

    assert [entry.last_seen_at for entry in handed] == [START, START + MINUTE, START + 2 * MINUTE]
    assert {entry.first_seen_at for entry in handed} == {START}
    assert handed[-1].minutes == 0b111


def test_the_last_sighting_of_who_left_is_handed_out_after_a_minute() -> None:
    log = EvidenceLog()
    log.consider(sighting(START), [lesson()])
    log.consider(sighting(START + MINUTE / 2), [lesson()])

    assert log.due(START + MINUTE / 2) == []
    assert [entry.last_seen_at for entry in log.due(START + MINUTE)] == [START + MINUTE / 2]
    assert log.due(START + 2 * MINUTE) == []


def test_a_flush_hands_out_what_was_held_back_and_nothing_else() -> None:
    log = EvidenceLog()
    both = [lesson(roster=("S1", "S2"))]
    log.consider(sighting(START), both)
    log.consider(sighting(START + 5 * SECOND), both)
    log.consider(sighting(START, "S2"), both)

    assert [(entry.student_number, entry.last_seen_at) for entry in log.flush()] == [("S1", START + 5 * SECOND)]
    assert log.flush() == []


def test_at_the_end_of_a_lesson_or_an_hour_what_was_held_back_is_handed_out() -> None:
    for end, hours in ((START + 60 * MINUTE, 1), (START + 60 * MINUTE, 3)):
        log = EvidenceLog()
        log.consider(sighting(end - MINUTE / 2), [lesson(hours=hours)])
        log.consider(sighting(end - MINUTE / 3), [lesson(hours=hours)])

        assert [entry.last_seen_at for entry in log.due(end)] == [end - MINUTE / 3]
        assert log.flush() == []


def test_each_camera_and_each_hour_has_its_own_entry() -> None:
    log, long = EvidenceLog(), [lesson(hours=2)]
    handed = [
        *log.consider(sighting(START + 59 * MINUTE), long),
        *log.consider(sighting(START + 59 * MINUTE, camera="back"), long),
        *log.consider(sighting(START + 60 * MINUTE), long),
    ]

    assert [(entry.camera_name, entry.hour.hour) for entry in handed] == [("front", 9), ("back", 9), ("front", 10)]


def test_an_earlier_sighting_that_was_held_up_is_handed_out_at_once() -> None:
    log = EvidenceLog()
    log.consider(sighting(START + 11 * MINUTE), [lesson()])

    (entry,) = log.consider(sighting(START + 9 * MINUTE), [lesson()])

    assert (entry.first_seen_at, entry.last_seen_at) == (START + 9 * MINUTE, START + 11 * MINUTE)


def test_a_clock_that_is_right_again_is_news() -> None:
    log = EvidenceLog()
    (doubtful,) = log.consider(sighting(START), [lesson()], is_confirmed=False)
    assert not doubtful.is_confirmed

    (entry,) = log.consider(sighting(START + SECOND), [lesson()])
    assert (entry.is_confirmed, entry.first_seen_at) == (True, START + SECOND)


def test_a_sighting_counts_for_the_lesson_that_runs_not_for_the_next() -> None:
    running, following = lesson(1), lesson(2, START + 60 * MINUTE)
    log = EvidenceLog()

    during = log.consider(sighting(START + 50 * MINUTE), [running, following])
    after = log.consider(sighting(START + 61 * MINUTE), [running, following])

    assert [entry.session_id for entry in during] == [1]
    assert [entry.session_id for entry in after] == [2]


def test_who_is_expected_only_in_the_next_lesson_may_come_early() -> None:
    running, following = lesson(1, roster=("S2",)), lesson(2, START + 60 * MINUTE)

    entries = EvidenceLog().consider(sighting(START + 50 * MINUTE), [running, following])

    assert [entry.session_id for entry in entries] == [2]


def test_two_lessons_at_once_both_get_their_evidence() -> None:
    entries = EvidenceLog().consider(sighting(START), [lesson(1), lesson(2)])

    assert [entry.session_id for entry in entries] == [1, 2]


def test_a_number_in_other_letters_is_the_same_students() -> None:
    expecting = replace(lesson(2, START), student_ids={"S1": 7})

    (entry,) = EvidenceLog().consider(sighting(START, "s1"), [lesson(1, roster=("S2",)), expecting])

    assert (entry.session_id, entry.student_number, entry.student_id) == (2, "s1", 7)
