"""Entries that were seen before anybody knew how this machine's clock was set."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from recognizer.domain.register.hour_entry import HourEntry
from recognizer.ops.clock import LARGEST_OFFSET, Clock

_Entry = TypeVar("_Entry", bound=HourEntry)


def settle(entry: _Entry, clock: Clock) -> tuple[list[_Entry], bool]:
    """The entry as it is written, by the database's clock; and whether this machine's was right when it was seen.

    True of an entry that was not seen before, which says itself what is to be thought of its times. False where the
    clock was wrong, and where nobody knows how it was set: then its times stay as they are.
    """
    if not entry.clock_setting:
        return [entry], True
    offset = clock.offset_of(entry.clock_setting)
    settled = replace(entry, clock_setting="")
    if offset is None:
        return [settled], False
    return settled.shifted(offset), abs(offset) <= LARGEST_OFFSET
