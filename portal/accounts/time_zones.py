"""The time zones a person may choose from."""

from __future__ import annotations

import functools
import zoneinfo

Choice = tuple[str, str] | tuple[str, list[tuple[str, str]]]


@functools.cache
def time_zone_choices() -> list[Choice]:
    """UTC, then every place of the time-zone database under its part of the world, as a select wants them."""
    parts: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(zoneinfo.available_timezones()):
        part, _, place = name.partition("/")
        if place and part in _PARTS:
            parts.setdefault(part, []).append((name, place.replace("_", " ").replace("/", " – ")))
    return [("UTC", "UTC"), *parts.items()]


_PARTS = frozenset(
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"]
)
