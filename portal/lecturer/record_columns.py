"""The columns of the records: which of them a page shows, and what a file prints for each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.attendance.models import Mark
from portal.web.languages import later as _

SHOWN = {
    "session": _("Session"),
    "course": _("Course"),
    "student": _("Student"),
    "status": _("Status"),
    "seen": _("Seen"),
    "source": _("Source"),
    "room": _("Room"),
}
"""The columns of the page, which are chosen by these keys."""

Say = Callable[[Mark, ZoneInfo], str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file.

    shown: the column of the page that it stands for. reads: the database's columns that it needs, and no other is read.
    is_typed: whether somebody has typed what it says, so that CSV guards it.
    """

    shown: str
    name: str
    reads: tuple[str, ...]
    say: Say
    is_typed: bool = False
    is_instant: bool = False

    def head(self, zone: ZoneInfo) -> str:
        """Its name; of instants with the zone."""
        return f"{self.name} ({zone.key})" if self.is_instant else str(self.name)


def _iso(instant: datetime | None, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(timespec="seconds") if instant else ""


def _status(mark: Mark, _zone: ZoneInfo) -> str:
    return "not on the roster" if mark.is_outside else mark.status


def _typed(shown: str, name: str, reads: str, say: Callable[[Mark], str]) -> Column:
    return Column(shown, name, (reads,), lambda mark, _zone: say(mark), is_typed=True)


def _instant(shown: str, name: str, reads: str, of: Callable[[Mark], datetime | None]) -> Column:
    return Column(shown, name, (reads,), lambda mark, zone: _iso(of(mark), zone), is_instant=True)


_AUTHOR = ("marked_by__title", "marked_by__name", "marked_by__preferred_name", "marked_by__email")
"""An account without a name is printed as its address."""

COLUMNS = (
    _typed("course", _("course"), "session__course__code", lambda mark: mark.session.course.code),
    _typed("course", _("course title"), "session__course__title", lambda mark: mark.session.course.title),
    _typed("room", _("room"), "session__room__name", lambda mark: mark.session.room.name),
    _instant("session", _("starts at"), "session__starts_at", lambda mark: mark.session.starts_at),
    _instant("session", _("ends at"), "session__ends_at", lambda mark: mark.session.ends_at),
    Column(
        "session",
        _("held"),
        ("session__is_cancelled",),
        lambda mark, _zone: "no" if mark.session.is_cancelled else "yes",
    ),
    _typed("student", _("student number"), "student__number", lambda mark: mark.student.number),
    _typed("student", _("student"), "student__full_name", lambda mark: mark.student.full_name),
    Column("student", _("on roster"), ("on_roster",), lambda mark, _zone: "yes" if mark.on_roster else "no"),
    Column("status", _("status"), ("status", "on_roster"), _status),
    Column("source", _("source"), ("source",), lambda mark, _zone: mark.source),
    Column("source", _("because"), ("because",), lambda mark, _zone: mark.because),
    _instant("seen", _("first seen at"), "first_seen_at", lambda mark: mark.first_seen_at),
    _instant("seen", _("last seen at"), "last_seen_at", lambda mark: mark.last_seen_at),
    _typed("source", _("camera"), "camera_name", lambda mark: mark.camera_name),
    Column(
        "source",
        _("distance"),
        ("distance",),
        lambda mark, _zone: "" if mark.distance is None else f"{mark.distance:.3f}",
    ),
    Column(
        "source", _("set by"), _AUTHOR, lambda mark, _zone: str(mark.marked_by) if mark.marked_by else "", is_typed=True
    ),
    _typed("source", _("note"), "note", lambda mark: mark.note),
)


def columns_for(shown: Collection[str]) -> list[Column]:
    """The columns of a file for those of the page that were chosen."""
    return [column for column in COLUMNS if column.shown in shown]


def read_by(columns: Sequence[Column]) -> list[str]:
    """The database's columns that they need."""
    return list(dict.fromkeys(name for column in columns for name in column.reads))
