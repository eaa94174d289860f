"""Words that every text needs."""

from __future__ import annotations


def count_of(count: int, noun: str, plural: str = "") -> str:
    """ "no photos", "1 photo", "2 photos"; ``plural`` where it is not made with an s."""
    return f"{f'{count:,}' if count else 'no'} {noun if count == 1 else plural or noun + 's'}"
