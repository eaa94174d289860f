"""Doubtful names: what is seen of a track counts once the camera is sure enough of its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.evidence_log import EvidenceLog
from tests.unit.test_evidence_log import MINUTE, START, lesson, sighting


def seen(seconds: float, track: int = 1, number: str = "S1", *, is_doubtful: bool = True) -> Sighting:
    at = START + timedelta(seconds=seconds)
    return replace(sighting(at, number), is_doubtful=is_doubtful, track_id=track)


def handed_out(sightings: Sequence[Sighting], sessions: Sequence[ClassSession] | None = None) -> list[Evidence]:
    log = EvidenceLog()
    sessions = [lesson()] if sessions is None else sessions
    entries = [entry for each in sightings for entry in log.consider(each, sessions)]
    return [*entries, *log.flush()]


def seconds(at: datetime) -> float:
    return (at - START).total_seconds()


def test_a_name_of_which_the_camera_never_becomes_sure_is_never_told() -> None:
    assert handed_out([seen(second, track=1 + second // 60) for second in range(0, 3000, 7)]) == []


def test_once_the_camera_is_sure_the_name_counts_from_the_first_sighting_of_the_track() -> None:
    (entry,) = handed_out([seen(0), seen(10), seen(20, is_doubtful=False)])

    assert (seconds(entry.first_seen_at), seconds(entry.last_seen_at)) == (0, 20)


def test_another_face_that_surely_is_the_student_does_not_vouch_for_a_doubtful_one() -> None:
    (entry,) = handed_out([seen(0, track=1), seen(100, track=2, is_doubtful=False), seen(110, track=1)])

    assert (seconds(entry.first_seen_at), seconds(entry.last_seen_at)) == (100, 100)


def test_a_track_that_is_doubtful_as_one_student_and_sure_as_another_counts_for_the_other_alone() -> None:
    (entry,) = handed_out([seen(0, number="S1"), seen(5, number="S2", is_doubtful=False)])

    assert (entry.student_number, seconds(entry.first_seen_at)) == ("S2", 5)


def test_what_was_held_over_the_full_hour_is_told_of_both_hours() -> None:
    before = 60 * 60 - 20

    entries = handed_out(
        [seen(before), seen(before + 10), seen(before + 25), seen(before + 32, is_doubtful=False)], [lesson(hours=2)]
    )

    assert [(seconds(each.first_seen_at), seconds(each.last_seen_at)) for each in entries] == [
        (before, before + 10),
        (before + 25, before + 32),
    ]


def test_what_is_held_is_forgotten_with_the_class_session() -> None:
    log, sessions = EvidenceLog(), [lesson(), lesson(2, START + 2 * 60 * MINUTE)]
    log.consider(seen(0), sessions)

    log.due(START + 60 * MINUTE)

    (entry,) = log.consider(seen(2 * 60 * 60, is_doubtful=False), sessions)
    assert (entry.session_id, entry.first_seen_at) == (2, entry.last_seen_at)


def test_what_is_held_of_a_student_is_not_told_when_the_track_turns_out_to_be_one_of_two_look_alikes() -> None:
    between = [replace(seen(20, number=number, is_doubtful=False), is_between=True) for number in ("S1", "S2")]

    entries = handed_out([seen(0), seen(10), *between, seen(30)])

    assert [entry.is_between for entry in entries] == [True, True], "nobody is marked by what was held"


def test_what_is_held_of_a_track_is_not_told_of_another_with_its_number_after_the_camera_was_started_anew() -> None:
    log, sessions = EvidenceLog(), [lesson()]
    log.consider(seen(0), sessions)
    log.forget_tracks("front")

    (entry,) = log.consider(seen(1800, is_doubtful=False), sessions)

    assert entry.first_seen_at == entry.last_seen_at


def test_another_camera_that_is_started_anew_takes_nothing_from_this_one() -> None:
    log, sessions = EvidenceLog(), [lesson()]
    log.consider(seen(0), sessions)
    log.forget_tracks("another")

    (entry,) = log.consider(seen(10, is_doubtful=False), sessions)

    assert (seconds(entry.first_seen_at), seconds(entry.last_seen_at)) == (0, 10)
