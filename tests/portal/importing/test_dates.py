"""Days and times in the forms that people write."""

from __future__ import annotations

from datetime import date, time

import pytest

from portal.attendance.services.importing.dates import (
    AmbiguousDay,
    DateOrder,
    read_day,
    read_moment,
    read_time,
    split_range,
)
from portal.attendance.services.importing.faults import RowFault

DAY = date(2026, 11, 27)
MARCH = date(2026, 3, 3)


@pytest.mark.parametrize(
    "text",
    ["2026-11-27", "2026/11/27", "20261127", "27.11.2026", "27.11.26", "27. 11. 2026", "27/11/2026", "11/27/2026",
     "27-11-2026", "27 Nov 2026", "27. November 2026", "27 novembre 2026", "Nov 27, 2026", "November 27th, 2026",
     "27-Nov-26", "Fri 27 Nov 2026", "Friday, 27 November 2026", "Freitag, 27.11.2026", "vendredi 27 novembre 2026",
     "Fr., 27.11.2026"],
)  # fmt: skip
def test_a_day_that_can_be_read_in_one_way_only_is_read(text: str) -> None:
    assert read_day(text) == DAY


@pytest.mark.parametrize(
    "text", ["3. März 2026", "3 mars 2026", "mar 3 mars 2026", "Mar 3, 2026", "3 Mrz 2026", "03/03/2026"]
)
def test_months_and_weekdays_of_three_languages_are_told_apart(text: str) -> None:
    assert read_day(text) == MARCH


@pytest.mark.parametrize("text", ["03/04/2026", "3/4/26", "03-04-2026", "03/04/2026 09:00"])
def test_a_day_that_can_be_read_in_two_ways_is_refused_until_somebody_says_which(text: str) -> None:
    with pytest.raises(AmbiguousDay, match="which comes first"):
        read_moment(text)
    assert read_moment(text, DateOrder.DAY_FIRST)[0] == date(2026, 4, 3)
    assert read_moment(text, DateOrder.MONTH_FIRST)[0] == date(2026, 3, 4)


def test_points_say_that_the_day_comes_first_whatever_else_was_said() -> None:
    assert read_day("03.04.2026", DateOrder.MONTH_FIRST) == date(2026, 4, 3)


@pytest.mark.parametrize(
    "text",
    ["31.02.2026", "27/13/2026", "0000-01-01", "soon", "27", "12.11", "2026", "27 Foo 2026", "1/1/1", "27.11.1066"],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(RowFault):
        read_day(text)


def test_with_the_month_first_a_thirteenth_month_is_refused() -> None:
    with pytest.raises(RowFault, match="no day of the calendar"):
        read_day("27/11/2026", DateOrder.MONTH_FIRST)


@pytest.mark.parametrize(
    "text",
    ["09:00", "9:00", "9.00", "9h", "9h00", "9 h 00", "9 Uhr", "9.00 Uhr", "9am", "9:00 a.m.", "0900", "09:00:00"],
)
def test_times_are_read_as_people_write_them(text: str) -> None:
    assert read_time(text) == time(9)


def test_noon_and_midnight_are_where_english_has_them() -> None:
    assert [read_time(text) for text in ("12 am", "12:30 pm", "2.15 PM")] == [time(0), time(12, 30), time(14, 15)]


@pytest.mark.parametrize("text", ["9", "25:00", "9:75", "13 pm", "noon", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(RowFault):
        read_time(text)


@pytest.mark.parametrize(
    "text", ["2026-11-27T09:00", "2026-11-27 09:00:00", "27.11.2026 9:00", "27 Nov 2026, 9 am", "27/11/2026 09h00"]
)
def test_a_day_may_be_followed_by_a_time(text: str) -> None:
    assert read_moment(text) == (DAY, time(9))


@pytest.mark.parametrize("text", ["09:00-10:30", "09:00 – 10:30", "09:00 bis 10:30", "09:00 to 10:30"])
def test_a_span_of_time_is_two_times(text: str) -> None:
    assert split_range(text) == ["09:00", "10:30"]
    assert split_range("09:00") == ["09:00"]
