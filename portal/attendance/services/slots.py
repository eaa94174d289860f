"""From weekly slots to class sessions: what would become of each, shown before anything is written.

A slot makes one class session a week at most, so its class sessions are found again by their week, whatever day or time
the slot has meanwhile. Those that have begun stay as they are, and so do those that a person has changed by themselves.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from portal.attendance.models import ClassSession, Closure, Evidence, Mark, Slot
from portal.attendance.queries.clashes import Clash, Meeting, find_clashes
from portal.attendance.schedule import local_day, opens_at
from portal.attendance.services.timetable import change_session
from portal.web.languages import later as _

BEGUN = _("it has begun")
MADE_BY_SLOT = ("starts_at", "ends_at", "room", "late_after_minutes", "slot", "slot_day")


class Outcome(StrEnum):
    """What becomes of a class session."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one class session: ``session`` as it would be where it is added, else as it is."""

    outcome: Outcome
    session: ClassSession
    change: dict[str, Any] = field(default_factory=dict)
    why: str = ""

    @property
    def meeting(self) -> Meeting:
        """When and where it would be."""
        session, change = self.session, self.change
        room = change.get("room", session.room)
        starts_at, ends_at = change.get("starts_at", session.starts_at), change.get("ends_at", session.ends_at)
        return Meeting(session.course_id, room.pk, starts_at, ends_at, session.pk)

    @property
    def is_at_other_times(self) -> bool:
        """Whether it would begin or end at another time."""
        return not self.change.keys().isdisjoint(("starts_at", "ends_at"))

    @property
    def is_on_another_day(self) -> bool:
        """By the clocks of the rooms in which it was and would be."""
        before, after = self.session, self.after
        return local_day(before.starts_at, before.room.zone) != local_day(after.starts_at, after.room.zone)

    @property
    def after(self) -> ClassSession:
        """As it would be."""
        names = ("course", "room", "starts_at", "ends_at", "late_after_minutes")
        return ClassSession(**{name: self.change.get(name, getattr(self.session, name)) for name in names})


@dataclass
class SlotPlan:
    """What would become of the class sessions of some slots, in order of time."""

    steps: list[Step] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to look at before it is written."""
        return not self.steps

    def counts(self) -> dict[str, int]:
        """How many class sessions have each outcome."""
        return {each.value: sum(step.outcome is each for step in self.steps) for each in Outcome}

    @property
    def words(self) -> str:
        """What was done, as in “Class sessions: 7 added, 1 kept as it is.”; "" where nothing was."""
        counts = self.counts()
        kept = ngettext("%(keep)s kept as it is", "%(keep)s kept as they are", counts["keep"])
        words = {"add": gettext("%(add)s added"), "change": gettext("%(change)s changed")}
        words |= {"remove": gettext("%(remove)s removed"), "keep": kept}
        done = [word % counts for key, word in words.items() if counts[key]]
        return gettext("Class sessions: {done}.").format(done=", ".join(done)) if done else ""

    def digest(self) -> str:
        """Stands for what was shown; keys of rows that are not written yet are no part of it."""
        lines = [f"{each.outcome} {each.session.pk} {each.meeting} {each.change} {each.why}" for each in self.steps]
        lines += [f"{clash.meeting} {clash.other} {clash.words}" for clash in self.clashes]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]

    def write(self) -> None:
        """Within the caller's transaction. Whatever leaves a time goes before whatever comes to it."""
        leaving = [step.session.pk for step in self.steps if step.outcome is Outcome.REMOVE]
        ClassSession.objects.filter(pk__in=leaving).delete()
        for step in self.steps:
            if step.outcome is Outcome.CHANGE:
                change_session(step.session, by_slot=True, **step.change)
        ClassSession.objects.bulk_create([step.session for step in self.steps if step.outcome is Outcome.ADD])


def plan_slots(slots: Iterable[Slot], now: datetime | None = None, *, are_removed: bool = False) -> SlotPlan:
    """What would become of the class sessions of these slots by what stands in the database."""
    work = _Planning(list(slots), now or timezone.now())
    steps = [step for slot in work.slots for step in work.steps_of(slot, are_removed=are_removed)]
    steps.sort(key=lambda step: (step.meeting.starts_at, step.session.course_id))
    moving = [step.meeting for step in steps if step.outcome in (Outcome.ADD, Outcome.CHANGE)]
    leaving = [step.session.pk for step in steps if step.outcome is Outcome.REMOVE]
    return SlotPlan(steps, find_clashes(moving, leaving))


def occurrence(slot: Slot, day: date) -> tuple[datetime, datetime]:
    """When it starts and ends on a day. A time that the clocks skip is as much later as they go forward."""
    zone, is_over_midnight = slot.room.zone, slot.ends < slot.starts
    last = day + timedelta(days=is_over_midnight)
    starts_at, ends_at = _instant(day, slot.starts, zone), _instant(last, slot.ends, zone)
    if ends_at <= starts_at:
        length = datetime.combine(last, slot.ends) - datetime.combine(day, slot.starts)
        ends_at = starts_at + length
    return starts_at, ends_at


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


class _Planning:
    """What is known of the slots' class sessions, read once for all of them."""

    def __init__(self, slots: Sequence[Slot], now: datetime) -> None:
        self.slots, self.now = slots, now
        self.closures = list(Closure.objects.all())
        self.made: dict[int, dict[date, ClassSession]] = defaultdict(dict)
        rows = ClassSession.objects.filter(slot__in=slots).select_related("course", "room").order_by("starts_at")
        for session in rows:
            assert session.slot_id is not None
            assert session.slot_day is not None
            self.made[session.slot_id][_week(session.slot_day)] = session
        ahead = ClassSession.objects.filter(course__in={each.course_id for each in slots}, starts_at__gt=now)
        self.ahead = {
            (each.course_id, each.room_id, each.starts_at): each
            for each in ahead.select_related("course", "room").order_by()
        }
        self.taken: set[tuple[int, int, datetime]] = set()
        """What steps before lead to, which no further one may: courses, rooms and starts."""
        self.marked = {*_sessions_of(Mark, ahead), *_sessions_of(Evidence, ahead)}

    def steps_of(self, slot: Slot, *, are_removed: bool) -> Iterator[Step]:
        """Week by week; a class session that stays as it is and should has no step."""
        days = [] if are_removed else [day for day in slot.days() if not any(each.has(day) for each in self.closures)]
        wanted = {_week(day): day for day in days}
        made = self.made[slot.pk]
        for week in sorted(wanted.keys() | made.keys()):
            step = self._step(slot, wanted.get(week), made.get(week))
            if step:
                yield step

    def _step(self, slot: Slot, day: date | None, session: ClassSession | None) -> Step | None:
        if day is None:
            assert session is not None
            why = self._why_kept(session)
            # What is over is no news.
            return None if why == BEGUN else Step(Outcome.KEEP if why else Outcome.REMOVE, session, why=why)
        wanted = self._wanted(slot, day)
        place = slot.course_id, slot.room_id, wanted.starts_at
        there = self.ahead.get(place)
        is_over = opens_at(wanted) <= self.now
        if session is None and there is None:
            if is_over or place in self.taken:
                return None
            self.taken.add(place)
            return Step(Outcome.ADD, wanted)
        found = session or there
        assert found is not None
        values = {name: getattr(wanted, name) for name in MADE_BY_SLOT}
        change = {name: value for name, value in values.items() if getattr(found, name) != value}
        why = self._why_kept(found)
        if not change or (session and why == BEGUN):
            return None
        # One that nobody has changed, and that no slot has made yet, is this slot's from now on.
        is_in_the_way = there is not None and (there.pk != session.pk if session else bool(there.slot_id or why))
        if is_over:
            why = why or gettext("the time to which it would move has passed")
        elif is_in_the_way or place in self.taken:
            why = gettext("the course has a class session in this room at that time already")
        if why:
            return Step(Outcome.KEEP, found, why=why)
        self.taken.add(place)
        return Step(Outcome.CHANGE, found, change)

    def _wanted(self, slot: Slot, day: date) -> ClassSession:
        starts_at, ends_at = occurrence(slot, day)
        late = slot.late_after_minutes
        times = {"starts_at": starts_at, "ends_at": ends_at, "late_after_minutes": late}
        return ClassSession(course=slot.course, room=slot.room, slot=slot, slot_day=day, **times)

    def _why_kept(self, session: ClassSession) -> str:
        """Why a slot does not touch it any more; "" where it does."""
        if opens_at(session) <= self.now:
            return BEGUN
        if session.is_cancelled:
            return gettext("it was cancelled")
        if session.is_by_hand:
            return gettext("somebody has changed this one by itself")
        return gettext("students are marked in it already") if session.pk in self.marked else ""


def _sessions_of(model: type[Mark] | type[Evidence], sessions: QuerySet[ClassSession]) -> Iterable[int]:
    """Those of the class sessions, by primary key, of which there is a row."""
    rows = model._default_manager.filter(session__in=sessions.order_by().values("pk"))
    return rows.order_by().values_list("session", flat=True).distinct()


def _week(day: date) -> date:
    """Its Monday."""
    return day - timedelta(days=day.weekday())
