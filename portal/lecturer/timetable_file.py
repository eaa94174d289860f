"""Class sessions as calendar programs read them (RFC 5545)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from icalendar import Calendar, Event, vText

from portal.attendance.models import ClassSession
from portal.web.lines import one_line


def timetable_file(
    title: str, sessions: Iterable[ClassSession], host: str, address_of: Callable[[ClassSession], str], now: datetime
) -> bytes:
    """The calendar, times in the zones of the rooms.

    A class session keeps its UID wherever it moves, and its SEQUENCE rises with each change, so that programs move what
    they have. One that was cancelled stays in it and says so.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Rollcall//Timetable//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _text(title))
    shown = list(sessions)
    for session in shown:
        calendar.add_component(_event(session, host, address_of(session), now))
    if shown:
        starts = [session.starts_at for session in shown]
        calendar.add_missing_timezones(first_date=min(starts).date(), last_date=max(starts).date())
    return bytes(calendar.to_ical())


def _event(session: ClassSession, host: str, address: str, now: datetime) -> Event:
    zone = session.room.zone
    event = Event()
    event.add("uid", f"class-session-{session.pk}@{host}")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", session.starts_at.astimezone(zone))
    event.add("dtend", session.ends_at.astimezone(zone))
    event.add("summary", _text(f"{session.course.code} {session.course.title}"))
    event.add("location", _text(session.room.name))
    event.add("url", address)
    event.add("sequence", session.revision)
    event.add("status", "CANCELLED" if session.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if session.is_cancelled else "OPAQUE")
    return event


def _text(words: str) -> vText:
    """Escaped, on one line: where a sign ends a line for some program, a title could add an event of its own."""
    return vText(one_line(words))
