"""Entries that were seen before anybody knew how this machine's clock was set."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from recognizer.domain.register.hour_entry import HourEntry
from recognizer.ops.clock import LARGEST_OFFSET, Clock

_Entry = TypeVar("_Entry", bound=HourEntry)


def settle(entry: _Entry, clock: Clock) -> tuple[list[_Entry], bool]:
    """The entry as it is written, by the database's clock, and whether its times can be believed.

    They cannot where this machine's clock was wrong. Where nobody knows how it was set they cannot either, and stay as
    they are. An entry that was seen when the clock was known is left alone: what is to be thought of its times stands
    in it.
    """
    if not entry.clock_setting:
        return [entry], True
    offset = clock.offset_of(entry.clock_setting)
    settled = replace(entry, clock_setting="")
    if offset is None:
        return [settled], False
    return settled.shifted(offset), abs(offset) <= LARGEST_OFFSET
