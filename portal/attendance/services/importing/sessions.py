"""Class sessions: the timetable, one row for each time that a course meets.

Days and times are those of the room. What is not in the file stays as it is, and so does every class session whose
register is closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from portal.attendance.models import ClassSession, Course, Room
from portal.attendance.models.timetable import LONGEST
from portal.attendance.percentages import Rules
from portal.attendance.queries.clashes import Meeting, find_clashes
from portal.attendance.queries.rules import rules_by_course
from portal.attendance.services.importing.columns import Field
from portal.attendance.services.importing.courses import (
    CODE,
    LONGEST_CODE,
    LONGEST_ROOM,
    ROOM,
    known_courses,
    known_rooms,
)
from portal.attendance.services.importing.faults import RowFault
from portal.attendance.services.importing.people import BATCH
from portal.attendance.services.importing.planning import (
    Choices,
    Fate,
    Outcome,
    Plan,
    Repeats,
    changed,
    fate,
    refuse,
)
from portal.attendance.services.importing.session_times import session_times
from portal.attendance.services.importing.tables import Report
from portal.attendance.services.importing.values import Values
from portal.attendance.services.timetable import change_session
from portal.web.languages import later as _

DAY = Field(
    "day",
    _("day"),
    "date|session date|datum|tag|termin|jour|date de la séance|date du cours",
    help_text=_("Not needed where the start says it."),
)
SESSION_FIELDS = (
    CODE,
    ROOM,
    DAY,
    Field(
        "starts_at",
        _("starts at"),
        (
            "start|starts|start time|begin|begins|from|time|hours|beginn|anfang|startzeit|uhrzeit|zeit|von|heure"
            "|horaire|heure de début|début|de"
        ),
        is_required=True,
        help_text=_("09:00, or 09:00–10:30, or with the day before it."),
    ),
    Field("ends_at", _("ends at"), "end|ends|end time|finish|to|until|ende|endzeit|bis|heure de fin|fin|à"),
    Field("minutes", _("minutes"), "duration|length|dauer|dauer in minuten|durée|durée (min)"),
    Field(
        "late_after",
        _("late after minutes"),
        "late after|late limit|late after (minutes)|verspätet nach|retard après",
        help_text=_("Empty: as the rules of the course say."),
    ),
    Field("is_cancelled", _("cancelled"), "canceled|is cancelled|abgesagt|ausfall|fällt aus|annulé|annulée"),
    Field(
        "session",
        _("session"),
        "session id|class session",
        help_text=_("Its number in Rollcall, as exports have it: so its time can be changed."),
    ),
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a row says; None where it says nothing."""

    row: int
    course: Course
    room: Room
    starts_at: datetime
    ends_at: datetime
    late_after_minutes: int | None
    is_cancelled: bool | None
    session_id: int | None

    @property
    def subject(self) -> str:
        return f"{self.course.code} · {_show(self.starts_at, self.room.zone)} · {self.room.name}"


@dataclass
class _SessionPlan:
    """The class sessions of one file."""

    courses: dict[str, Course] = field(default_factory=known_courses)
    rooms: dict[str, Room] = field(default_factory=known_rooms)
    repeats: Repeats = field(default_factory=Repeats)
    wanted: list[_Wanted] = field(default_factory=list)
    by_id: dict[int, ClassSession] = field(default_factory=dict)
    meant: dict[int, int] = field(default_factory=dict)
    """Which class session a row speaks of, by primary key."""
    at: dict[tuple[int, datetime], list[ClassSession]] = field(default_factory=lambda: defaultdict(list))
    rules: dict[int, Rules] = field(default_factory=dict)
    new: list[ClassSession] = field(default_factory=list)
    edited: list[tuple[ClassSession, dict[str, Any]]] = field(default_factory=list)

    def take(self, values: Values) -> Fate | None:
        """Read one row; None where its fate depends on the others."""
        wanted = self._read(values)
        key = (wanted.course.pk, wanted.room.pk, wanted.starts_at)
        content = (wanted.ends_at, wanted.late_after_minutes, wanted.is_cancelled)
        if self.repeats.check(wanted.row, key, content):
            return fate(
                wanted.row,
                Outcome.SAME,
                wanted.subject,
                [gettext("says the same as row {row_of}").format(row_of=self.repeats.row_of(key))],
            )
        self.wanted.append(wanted)
        return None

    def _read(self, values: Values) -> _Wanted:
        code = values.needed("course", LONGEST_CODE, gettext("course code"))
        name = values.needed("room", LONGEST_ROOM, "room")
        course, room = self.courses.get(code.casefold()), self.rooms.get(name.casefold())
        if course is None:
            raise RowFault(gettext("There is no course {code}. Import the courses first.").format(code=code))
        if room is None:
            raise RowFault(gettext("There is no room {name}. Import the rooms first.").format(name=name))
        starts_at, ends_at = session_times(values, room.zone)
        if ends_at <= starts_at:
            raise RowFault(gettext("It ends before it starts."))
        if ends_at - starts_at > LONGEST:
            raise RowFault(gettext("A class session lasts a week at most. Is the day right?"))
        late, cancelled = values.number("late_after", 1000), values.truth("is_cancelled")
        number = values.number("session", 999_999)
        return _Wanted(values.row.number, course, room, starts_at, ends_at, late, cancelled, number)

    def load(self) -> None:
        """What the database knows of these courses."""
        courses = {each.course.pk for each in self.wanted}
        for session in ClassSession.objects.filter(course__in=courses).select_related("room").order_by("pk"):
            self.by_id[session.pk] = session
            self.at[session.course_id, session.starts_at].append(session)
        self.rules = rules_by_course({each.course.pk for each in self.wanted})

    def settle(self) -> list[Fate]:
        """The fates of the rows that were taken: first of those that mean a class session for certain."""
        matched = {each.row: self._match_exactly(each) for each in self.wanted}
        taken = {session.pk for session in matched.values() if session}
        fates = []
        for each in self.wanted:
            session = matched[each.row]
            if session is None:
                moved = [found for found in self.at[each.course.pk, each.starts_at] if found.pk not in taken]
                # One at the same time in another room has changed rooms.
                session = moved[0] if len(moved) == 1 else None
                taken |= {found.pk for found in moved[:1]}
            if session:
                self.meant[each.row] = session.pk
            fates.append(self._change(each, session) if session else self._add(each))
        return self._with_clashes(fates)

    def _with_clashes(self, fates: list[Fate]) -> list[Fate]:
        """Say which of the rows that are to be written need a room or a lecturer that is taken at that time."""
        written = {fate.number for fate in fates if fate.outcome in (Outcome.ADD, Outcome.CHANGE)}
        asked = {
            Meeting(each.course.pk, each.room.pk, each.starts_at, each.ends_at, self.meant.get(each.row)): each.row
            for each in self.wanted
            if each.row in written and not self._is_cancelled(each)
        }
        words: dict[int, list[str]] = defaultdict(list)
        for clash in find_clashes(list(asked)):
            words[asked[clash.meeting]].append(clash.words)
        return [
            fate(each.number, each.outcome, each.subject, [each.words, "clash: " + "; ".join(found)])
            if (found := words.get(each.number or 0))
            else each
            for each in fates
        ]

    def _is_cancelled(self, wanted: _Wanted) -> bool:
        """Whether it does not take place, by the row or by what it leaves alone."""
        session = self.by_id.get(self.meant.get(wanted.row, 0))
        said = session.is_cancelled if session and wanted.is_cancelled is None else wanted.is_cancelled
        return bool(said)

    def _match_exactly(self, wanted: _Wanted) -> ClassSession | None:
        if found := self.by_id.get(wanted.session_id or 0):
            return found
        same = self.at[wanted.course.pk, wanted.starts_at]
        return next((session for session in same if session.room_id == wanted.room.pk), None)

    def _add(self, wanted: _Wanted) -> Fate:
        late = wanted.late_after_minutes
        if late is None:
            late = self.rules[wanted.course.pk].late_after_minutes
        self.new.append(
            ClassSession(
                course=wanted.course,
                room=wanted.room,
                starts_at=wanted.starts_at,
                ends_at=wanted.ends_at,
                late_after_minutes=late,
                is_cancelled=bool(wanted.is_cancelled),
            )
        )
        words = [
            gettext("until {show}").format(show=_show(wanted.ends_at, wanted.room.zone)),
            "cancelled" if wanted.is_cancelled else "",
        ]
        return fate(wanted.row, Outcome.ADD, wanted.subject, words)

    def _change(self, wanted: _Wanted, session: ClassSession) -> Fate:
        change: dict[str, Any] = {}
        for name in ("room", "starts_at", "ends_at", "late_after_minutes", "is_cancelled"):
            value = getattr(wanted, name)
            if value is not None and value != getattr(session, name):
                change[name] = value
        if not change:
            return fate(wanted.row, Outcome.SAME, wanted.subject)
        words = [_words(name, getattr(session, name), value, wanted.room.zone) for name, value in change.items()]
        if session.closed_at is not None:
            return fate(wanted.row, Outcome.KEEP, wanted.subject, [gettext("its register is closed"), *words])
        self.edited.append((session, change))
        return fate(wanted.row, Outcome.CHANGE, wanted.subject, words)

    def write(self) -> None:
        """Within the transaction of the import. Whatever leaves a time goes before whatever comes to it."""
        for session, change in self.edited:
            change_session(session, **change)
        ClassSession.objects.bulk_create(self.new, batch_size=BATCH)


def plan_sessions(rows: Iterable[Values], choices: Choices, report: Report) -> Plan:
    """See the head of this module."""
    work, plan = _SessionPlan(), Plan()
    for done, values in enumerate(rows, start=1):
        try:
            if found := work.take(values):
                plan.fates.append(found)
        except RowFault as fault:
            plan.fates.append(refuse(values, fault))
        if done % BATCH == 0:
            report(done)
    work.load()
    plan.fates += work.settle()
    plan.writes = [work.write]
    return plan


def _words(name: str, before: Any, after: Any, zone: ZoneInfo) -> str:
    if isinstance(after, datetime):
        return changed(name.replace("_", " "), _show(before, zone), _show(after, zone))
    if name == "is_cancelled":
        return "cancelled" if after else gettext("takes place after all")
    return changed(name.removesuffix("_minutes").replace("_", " "), before, after)


def _show(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
