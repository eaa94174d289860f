"""Evidence: what entries say together, and of a class session."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.evidence import Evidence, find_presence

HOUR = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
MINUTE = timedelta(minutes=1)


def seen(minute: float, distance: float = 0.3, camera: str = "front", **said: bool) -> Evidence:
    return Evidence.of(Sighting("S1", HOUR + minute * MINUTE, camera, distance, "S2", 0.6, 3, 1), 1, **said)


def test_a_sighting_is_an_entry_of_its_hour_with_its_minute() -> None:
    entry = seen(59.99)

    assert (entry.hour, entry.minutes) == (HOUR, 1 << 59)
    assert entry.first_seen_at == entry.last_seen_at == HOUR + 59.99 * MINUTE
    assert (entry.runner_up_number, entry.runner_up_distance, entry.encodings) == ("S2", 0.6, 3)


@given(st.permutations([seen(4, 0.4), seen(9, 0.2), seen(9.5, 0.3), seen(31, 0.35)]))
def test_entries_say_the_same_in_whatever_order_they_are_merged(entries: list[Evidence]) -> None:
    merged = entries[0]
    for entry in entries[1:]:
        merged = merged.merged(entry)

    assert merged == replace(
        seen(9, 0.2),
        first_seen_at=HOUR + 4 * MINUTE,
        last_seen_at=HOUR + 31 * MINUTE,
        minutes=1 << 4 | 1 << 9 | 1 << 31,
    )


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, [(0, (4.5, 31.5), (4, 9, 31))]),
        (9, [(0, (4.65, 31.65), (4, 9, 31))]),
        (60, [(0, (5.5, 32.5), (5, 10, 32))]),
        (-300, [(-60, (-0.5, -0.5), (59,)), (0, (4, 26.5), (4, 26))]),
        (3000, [(0, (54.5, 59), (54, 59)), (60, (81.5, 81.5), (21,))]),
    ],
)
def test_an_entry_that_is_shifted_lies_in_the_hours_of_its_new_times(
    seconds: float, expected: list[tuple[float, tuple[float, float], tuple[int, ...]]]
) -> None:
    entry = seen(4.5).merged(seen(9.7)).merged(seen(31.5))

    assert [
        (
            (each.hour - HOUR) / MINUTE,
            ((each.first_seen_at - HOUR) / MINUTE, (each.last_seen_at - HOUR) / MINUTE),
            tuple(minute for minute in range(60) if each.minutes >> minute & 1),
        )
        for each in entry.shifted(timedelta(seconds=seconds))
    ] == expected


def test_what_a_wrong_clock_saw_is_another_entry() -> None:
    assert seen(4).key == seen(9).key != seen(4, is_confirmed=False).key


def test_merging_again_changes_nothing() -> None:
    merged = seen(4).merged(seen(9, 0.2))

    assert merged.merged(seen(4)) == merged.merged(merged) == merged


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 60, (4.5, 31.5)),
        (4.5, 60, (4.5, 31.5)),
        # The first sighting is before: the next minute, from its beginning.
        (5, 60, (9, 31.5)),
        (9.5, 60, (31, 31.5)),
        (0, 31.5, (4.5, 31)),
        (0, 20, (4.5, 9)),
        (10, 20, None),
        (32, 60, None),
        (0, 4.5, None),
    ],
)
def test_the_part_in_a_window_is_told_by_the_minutes(
    start: float, end: float, expected: tuple[float, float] | None
) -> None:
    entry = seen(4.5).merged(seen(9.7)).merged(seen(31.5))

    found = entry.within(HOUR + start * MINUTE, HOUR + end * MINUTE)
    assert found == (expected and tuple(HOUR + minute * MINUTE for minute in expected))


def test_presence_takes_first_sighting_distance_and_camera_from_one_entry() -> None:
    entries = [seen(9, 0.1, "back"), seen(8, 0.4, "front"), seen(1, 0.2, "side", is_confirmed=False)]

    for order in itertools.permutations(entries):
        presence = find_presence(order, HOUR, HOUR + 60 * MINUTE)
        assert presence is not None
        assert (presence.first_seen_at, presence.last_seen_at) == (HOUR + 8 * MINUTE, HOUR + 9 * MINUTE)
        assert (presence.distance, presence.camera_name) == (0.4, "front")


def test_entries_that_are_not_confirmed_say_nothing() -> None:
    assert find_presence([seen(8, is_confirmed=False)], HOUR, HOUR + 60 * MINUTE) is None
