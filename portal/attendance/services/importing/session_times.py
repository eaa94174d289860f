"""When a class session is, by one row of a timetable: days and times stand together or apart."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from portal.attendance.schedule import wall_instant
from portal.attendance.services.importing.dates import read_moment, read_time, split_range
from portal.attendance.services.importing.faults import RowFault
from portal.attendance.services.importing.tables import Cell
from portal.attendance.services.importing.values import Values


def session_times(values: Values, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which it starts and ends."""
    parts: list[Cell] = [values.cell("starts_at")]
    if isinstance(parts[0], str):
        parts = list(split_range(parts[0])) if not values.has("ends_at") or not values.cell("ends_at") else parts
    day, starts = day_and_time(parts[0], values, values.day("day"))
    if day is None:
        raise RowFault(gettext("The day is missing."))
    if starts is None:
        raise RowFault(gettext("The time at which it starts is missing."))
    starts_at = _instant(day, starts, zone)
    end_cell = parts[1] if len(parts) == 2 else values.cell("ends_at")
    if end_cell == "":
        minutes = values.number("minutes", 10_080)
        if not minutes:
            raise RowFault(gettext("The time at which it ends is missing."))
        return starts_at, starts_at + timedelta(minutes=minutes)
    end_day, ends = day_and_time(end_cell, values, None)
    if ends is None:
        raise RowFault(gettext("The time at which it ends is missing."))
    if end_day is None:
        # 22:30 to 00:30 ends on the next day.
        end_day = day if ends.replace(tzinfo=None) > starts.replace(tzinfo=None) else day + timedelta(days=1)
    return starts_at, _instant(end_day, ends, zone)


def day_and_time(cell: Cell, values: Values, day: date | None) -> tuple[date | None, time | None]:
    """The day and the time that a cell of this row names; ``day`` where it names none."""
    if isinstance(cell, datetime):
        return cell.date(), cell.timetz()
    if isinstance(cell, date):
        return cell, None
    if isinstance(cell, time):
        return day, cell
    if not cell:
        return day, None
    try:
        return day, read_time(cell)
    except RowFault:
        if not any(sign in cell for sign in "-/. ") or (day is not None and ":" in cell[:6]):
            raise
    return read_moment(cell, values.order)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant in the room's zone. Raises RowFault for a time that its clocks skip."""
    if at.tzinfo is not None:
        return datetime.combine(day, at).astimezone(UTC)
    instant = wall_instant(day, at, zone)
    if instant is None:
        raise RowFault(
            gettext("On {day} there is no {at} in {key}: the clocks go forward.").format(
                day=day, at=f"{at:%H:%M}", key=zone.key
            )
        )
    return instant
