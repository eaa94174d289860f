"""The last days of a room as bars: when each camera could see, with the class sessions drawn in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext

from portal.attendance.coverage import Span, intersect_spans, merge_spans
from portal.attendance.queries.room_days import RoomDay
from portal.operations.words import day_words

THINNEST = 0.4
"""Percent of a bar: a moment stays visible."""

FIRST_HOUR, LAST_HOUR = 8, 18
"""Hours that a bar shows at least."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a bar, in percent as SVG takes them, and what it stands for."""

    x: str
    width: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One camera in one day; ``y`` and ``height`` in percent of the bar."""

    name: str
    y: str
    height: str
    saw: list[Block]
    blind: list[Block]


@dataclass(frozen=True, slots=True)
class DayBar:
    """A day: where its class sessions lie, and a lane for each camera."""

    day: RoomDay
    label: str
    sessions: list[Block]
    lanes: list[Lane]


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of several days on one scale, the latest first; ``hours`` are where the full hours lie."""

    days: list[DayBar]
    hours: list[tuple[str, str]]
    names: list[str]
    height: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One day in a strip of days: how high it is filled, in percent; None where there was no class session."""

    percent: int | None
    title: str
    x: int
    height: int

    @property
    def y(self) -> int:
        return 100 - self.height


def strip(days: Iterable[RoomDay]) -> list[Cell]:
    """The last days as a row of small bars."""
    cells = []
    for place, day in enumerate(days):
        height = max(day.percent, 6) if day.percent else 0
        cells.append(Cell(day.percent, day_words(day), place * 10, height))
    return cells


def day_bars(days: Sequence[RoomDay], blind: Mapping[str, Sequence[Span]], names: Sequence[str]) -> Bars:
    """Bars of the days for the cameras with these names, in the zone that is active."""
    first, last = _hours(days)
    zone = ZoneInfo(timezone.get_current_timezone_name())

    def bar(day: RoomDay) -> DayBar:
        start = datetime(day.day.year, day.day.month, day.day.day, tzinfo=zone)
        # By the clock on the wall, so that nine o'clock lies at one place in all bars.
        whole = (start + timedelta(hours=first), start + timedelta(hours=last))
        sessions = _blocks(day.sessions, whole, gettext("class session"))
        lanes = [_lane(place, name, day, blind, whole, len(names)) for place, name in enumerate(names)]
        return DayBar(day, day_words(day), sessions, lanes)

    hours = range(first, last + 1, 2 if last - first > 8 else 1)
    marks = [(f"{(hour - first) / (last - first) * 100:.2f}%", f"{hour % 24:02}") for hour in hours]
    return Bars([bar(each) for each in reversed(days)], marks[:-1], list(names), 14 + 10 * len(names))


def _hours(days: Sequence[RoomDay]) -> tuple[int, int]:
    first, last = FIRST_HOUR, LAST_HOUR
    for day in days:
        for start, end in day.sessions:
            begin, finish = timezone.localtime(start), timezone.localtime(end)
            first = min(first, begin.hour)
            # One that runs past midnight is drawn whole, in the bar of the day on which it begins.
            hours = finish.hour + (1 if finish.minute else 0) + 24 * (finish.date() - begin.date()).days
            last = max(last, hours)
    return first, last


def _lane(place: int, name: str, day: RoomDay, blind: Mapping[str, Sequence[Span]], whole: Span, count: int) -> Lane:
    share = 100 / count
    said = intersect_spans(merge_spans(blind.get(name, ())), [whole])
    return Lane(
        name=name,
        y=f"{place * share + share * 0.15:.2f}%",
        height=f"{share * 0.7:.2f}%",
        saw=_blocks(merge_spans(day.saw.get(name, ())), whole, gettext("could see")),
        blind=_blocks(said, whole, gettext("could not see")),
    )


def _blocks(spans: Iterable[Span], whole: Span, words: str) -> list[Block]:
    return [Block(*place, f"{_span_words(span)} {words}") for span in spans if (place := _place(span, whole))]


def _place(span: Span, whole: Span) -> tuple[str, str] | None:
    start, end = max(span[0], whole[0]), min(span[1], whole[1])
    if start >= end:
        return None
    length = whole[1] - whole[0]
    x = (start - whole[0]) / length * 100
    return f"{x:.2f}%", f"{max((end - start) / length * 100, THINNEST):.2f}%"


def _span_words(span: Span) -> str:
    return f"{timezone.localtime(span[0]):%H:%M} – {timezone.localtime(span[1]):%H:%M}"
