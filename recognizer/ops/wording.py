"""Words that every text needs."""

from __future__ import annotations

from collections.abc import Sequence

MOST_LISTED = 20
"""Numbers of students named in one line; of more the count is told."""


def count_of(count: int, noun: str, plural: str = "") -> str:
    """ "no photos", "1 photo", "2 photos"; ``plural`` where it is not made with an s."""
    return f"{f'{count:,}' if count else 'no'} {noun if count == 1 else plural or noun + 's'}"


def is_or_are(count: int) -> str:
    """The verb of so many: "1 of 3 students is …", "2 of 3 students are …"."""
    return "is" if count == 1 else "are"


def enumerate_some(numbers: Sequence[str]) -> str:
    """The numbers with commas between; of many the first ones and how many more there are."""
    more = len(numbers) - MOST_LISTED
    return ", ".join(numbers[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def describe_span(seconds: float) -> str:
    """ "0.4 s", "12 s", "4 min", "3 h 12 min", "2 d 4 h": two units at most, rounded down."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
