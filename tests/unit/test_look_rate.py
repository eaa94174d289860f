from __future__ import annotations

import pytest

from recognizer.room.look_rate import WINDOW_SECONDS, LookRate


def test_nothing_is_told_before_the_process_has_spoken_twice() -> None:
    rate = LookRate()
    assert rate.per_second is None
    rate.note(100.0, 0)
    assert rate.per_second is None


def test_it_follows_the_last_seconds_and_forgets_what_was_before() -> None:
    rate = LookRate()
    for half_second in range(240):
        rate.note(half_second / 2, half_second)
    assert rate.per_second == pytest.approx(2)
    for second in range(120, 121 + int(WINDOW_SECONDS)):
        rate.note(second, 240)
    assert rate.per_second == 0


def test_looks_further_apart_than_the_window_are_counted_too() -> None:
    rate = LookRate()
    for look in range(5):
        rate.note(look * 3 * WINDOW_SECONDS, look)
    assert rate.per_second == pytest.approx(1 / (3 * WINDOW_SECONDS))


def test_another_process_counts_from_the_beginning_and_the_sum_goes_on() -> None:
    rate = LookRate()
    for second in range(11):
        rate.note(second, second)
    rate.forget()
    assert (rate.per_second, rate.looks) == (None, 10)
    rate.note(60, 0)
    rate.note(61, 3)
    assert (rate.per_second, rate.looks) == (3, 13)
