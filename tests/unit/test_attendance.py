"""The attendance rule: which sightings make marks, and when they are handed out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from recognizer.domain.register.attendance import AttendanceRule, ClassSession, MarkEntry, Sighting

START = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
MINUTE = timedelta(minutes=1)


def lesson(
    identifier: int = 1, starts: datetime = START, hours: int = 1, roster: tuple[str, ...] = ("S1",)
) -> ClassSession:
    return ClassSession(identifier, f"C{identifier}", starts, starts + timedelta(hours=hours), 10, frozenset(roster))


def sighting(at: datetime, number: str = "S1", camera: str = "front", distance: float = 0.3) -> Sighting:
    return Sighting(number, at, camera, distance, None, None, 3, 1)


def test_the_first_sighting_is_handed_out_at_once() -> None:
    rule = AttendanceRule()

    entries = rule.consider(sighting(START + MINUTE), [lesson()])

    assert entries == [MarkEntry(1, "S1", "present", START + MINUTE, START + MINUTE, 0.3, "front")]


def test_the_window_opens_a_quarter_of_an_hour_early_and_closes_at_the_end() -> None:
    def is_marked(at: datetime) -> bool:
        return bool(AttendanceRule().consider(sighting(at), [lesson()]))

    assert not is_marked(START - 15 * MINUTE - timedelta(microseconds=1))
    assert is_marked(START - 15 * MINUTE)
    assert is_marked(START + 60 * MINUTE - timedelta(microseconds=1))
    assert not is_marked(START + 60 * MINUTE)


def test_late_is_counted_from_the_start_and_by_the_first_sighting() -> None:
    rule = AttendanceRule()

    assert AttendanceRule().consider(sighting(START + 10 * MINUTE), [lesson()])[0].status == "present"
    late_at = START + 10 * MINUTE + timedelta(microseconds=1)
    assert AttendanceRule().consider(sighting(late_at), [lesson()])[0].status == "late"
    rule.consider(sighting(START), [lesson()])
    assert rule.consider(sighting(START + 30 * MINUTE), [lesson()])[0].status == "present"


def test_who_is_not_on_the_roster_is_not_marked() -> None:
    assert AttendanceRule().consider(sighting(START, "S2"), [lesson()]) == []


def test_a_visitor_is_not_marked_even_if_on_a_roster_by_now() -> None:
    assert AttendanceRule().consider(replace(sighting(START), is_visitor=True), [lesson()]) == []


def test_seen_times_are_handed_out_at_most_once_a_minute() -> None:
    rule = AttendanceRule()
    seen = [START + timedelta(seconds=10 * tens) for tens in range(13)]

    handed = [entry for at in seen for entry in rule.consider(sighting(at), [lesson()])]

    assert [entry.last_seen_at for entry in handed] == [START, START + MINUTE, START + 2 * MINUTE]
    assert {entry.first_seen_at for entry in handed} == {START}


def test_the_last_seen_time_of_who_left_is_handed_out_after_a_minute() -> None:
    rule = AttendanceRule()
    rule.consider(sighting(START), [lesson()])
    rule.consider(sighting(START + MINUTE / 2), [lesson()])

    assert rule.due(START + MINUTE / 2) == []
    assert [entry.last_seen_at for entry in rule.due(START + MINUTE)] == [START + MINUTE / 2]
    assert rule.due(START + 2 * MINUTE) == []


def test_a_flush_hands_out_what_was_held_back_and_nothing_else() -> None:
    rule = AttendanceRule()
    rule.consider(sighting(START), [lesson(roster=("S1", "S2"))])
    rule.consider(sighting(START + timedelta(seconds=5)), [lesson()])
    rule.consider(sighting(START, "S2"), [lesson(roster=("S1", "S2"))])

    assert [(entry.student_number, entry.last_seen_at) for entry in rule.flush()] == [
        ("S1", START + timedelta(seconds=5))
    ]
    assert rule.flush() == []


def test_at_the_end_of_a_lesson_the_last_seen_times_are_handed_out() -> None:
    rule = AttendanceRule()
    end = START + 60 * MINUTE
    rule.consider(sighting(end - MINUTE / 2), [lesson()])
    rule.consider(sighting(end - MINUTE / 3), [lesson()])

    assert [entry.last_seen_at for entry in rule.due(end)] == [end - MINUTE / 3]
    assert rule.flush() == []


def test_sightings_of_two_cameras_out_of_order_widen_the_mark() -> None:
    rule = AttendanceRule()
    rule.consider(sighting(START + 11 * MINUTE), [lesson()])

    entry = rule.consider(sighting(START + 9 * MINUTE, camera="back", distance=0.4), [lesson()])

    # In time after all, and that is told at once.
    assert entry == [MarkEntry(1, "S1", "present", START + 9 * MINUTE, START + 11 * MINUTE, 0.4, "back")]


def test_a_sighting_counts_for_the_lesson_that_runs_not_for_the_next() -> None:
    running, following = lesson(1), lesson(2, START + 60 * MINUTE)
    rule = AttendanceRule()

    during = rule.consider(sighting(START + 50 * MINUTE), [running, following])
    after = rule.consider(sighting(START + 61 * MINUTE), [running, following])

    assert [entry.session_id for entry in during] == [1]
    assert [entry.session_id for entry in after] == [2]


def test_who_is_expected_only_in_the_next_lesson_may_come_early() -> None:
    running, following = lesson(1, roster=("S2",)), lesson(2, START + 60 * MINUTE)

    entries = AttendanceRule().consider(sighting(START + 50 * MINUTE), [running, following])

    assert [entry.session_id for entry in entries] == [2]


def test_two_lessons_at_once_both_get_their_mark() -> None:
    entries = AttendanceRule().consider(sighting(START), [lesson(1), lesson(2)])

    assert [entry.session_id for entry in entries] == [1, 2]
