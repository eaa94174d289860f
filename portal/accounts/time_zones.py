"""Time zones: those a person may choose from, and the one to begin with."""

from __future__ import annotations

import datetime
import functools
import zoneinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext

Choice = tuple[str, str] | tuple[str, list[tuple[str, str]]]


def default_time_zone() -> str:
    """The time zone of new accounts and rooms: ROLLCALL_TIME_ZONE."""
    return str(settings.DEFAULT_TIME_ZONE)


def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of that name; UTC where this machine does not know it, so that times are still right."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


def institution_day() -> datetime.date:
    """Today where the institution is, wherever the person is who asks."""
    return timezone.localdate(timezone=zone_named(default_time_zone()))


def validate_time_zone(value: str) -> None:
    """Refuse a time zone that this machine does not know."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(gettext("“{value}” is not a known time zone, such as Europe/London.").format(value=value))


@functools.cache
def time_zone_choices() -> list[Choice]:
    """UTC, then every place of the time-zone database under its part of the world, as a select wants them. The last are
    the names without a place, such as US/Eastern and CET: a select without the chosen one would show UTC instead."""
    parts: dict[str, list[tuple[str, str]]] = {}
    others = []
    for name in sorted(zoneinfo.available_timezones() - {"UTC"}):
        part, _, place = name.partition("/")
        if place and part in _PARTS:
            parts.setdefault(part, []).append((name, place.replace("_", " ").replace("/", " – ")))
        else:
            others.append((name, name))
    return [("UTC", "UTC"), *parts.items(), (gettext("Others"), others)]


def choices_with(zone: str) -> list[Choice]:
    """All choices, and this zone where this machine does not know it: another machine chose it, or an older database of
    zones. To save a form must not change it unasked."""
    known = zone in zoneinfo.available_timezones()
    return [
        *([] if known or not zone else [(zone, gettext("{zone} (not known here)").format(zone=zone))]),
        *time_zone_choices(),
    ]


_PARTS = frozenset(
    [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ]
)
