"""The forms in which a lecturer plans one class session: times are those of the room's clocks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Account
from portal.accounts.time_zones import default_time_zone
from portal.attendance.access import Right, courses_of
from portal.attendance.models import ClassSession, Course, Room
from portal.attendance.queries.rules import rules_of
from portal.attendance.schedule import wall_instant

FIRST_YEAR, LAST_YEAR = 1970, 2199


class RoomField(forms.ModelChoiceField):
    """A room, with its zone where that is not the institution's."""

    def label_from_instance(self, room: Room) -> str:
        return (
            room.name
            if room.time_zone == default_time_zone()
            else gettext("{name} (times in {time_zone})").format(name=room.name, time_zone=room.time_zone)
        )


class SessionForm(forms.Form):
    """Day, times, room and late limit of one class session, which ``plan`` then says."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    starts = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(
        label=_("To"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Earlier than the start: on the next day."),
    )
    room = RoomField(
        label=_("Room"),
        queryset=Room.objects.all(),
        empty_label=None,
        help_text=_("The times are those of its clocks."),
    )
    late_after_minutes = forms.IntegerField(
        label=_("Late after minutes"), min_value=0, max_value=1000, help_text=_("Seen first later than this: late.")
    )
    shown = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    field_order = ("course", "day", "starts", "ends", "room", "late_after_minutes", "shown")

    def __init__(self, session: ClassSession, data: Mapping[str, Any] | None = None) -> None:
        self.session = session
        super().__init__(data, initial=_initial(session), label_suffix="")

    def clean_day(self) -> date:
        """Refuse a year that was mistyped."""
        day: date = self.cleaned_data["day"]
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(
                gettext("Class sessions are from {first_year} to {last_year}: is the year right?").format(
                    first_year=FIRST_YEAR, last_year=LAST_YEAR
                )
            )
        return day

    def clean(self) -> dict[str, Any]:
        """Find the instants, and refuse what the database would."""
        values: dict[str, Any] = super().clean() or {}
        if {"day", "starts", "ends", "room"} <= values.keys():
            starts_at, ends_at = self._instants(values)
            if starts_at and ends_at:
                values |= {"starts_at": starts_at, "ends_at": ends_at}
                self._refuse_second(values)
        return values

    def plan(self) -> dict[str, Any]:
        """What is otherwise than in the class session, as ``change_session`` takes it."""
        names = ("starts_at", "ends_at", "room", "late_after_minutes")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data[name] != self._now(name)}

    def _now(self, name: str) -> Any:
        return getattr(self.session, name, None)

    def _instants(self, values: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
        """Of times that were left as they were, the same instants: clocks may show such a time twice."""
        zone, day, kept = values["room"].zone, values["day"], {"day", "starts", "ends", "room"}
        if self.session.pk and not kept & set(self.changed_data):
            return self.session.starts_at, self.session.ends_at
        starts, ends = values["starts"], values["ends"]
        last = day + timedelta(days=self.initial["days"] or int(ends < starts))
        starts_at, ends_at = self._instant("starts", day, starts, zone), self._instant("ends", last, ends, zone)
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends", gettext("A class session ends after it starts."))
            return None, None
        return starts_at, ends_at

    def _instant(self, name: str, day: date, at: time, zone: ZoneInfo) -> datetime | None:
        found = wall_instant(day, at, zone)
        if found is None:
            self.add_error(
                name,
                gettext("On {day} there is no {at} in {key}: the clocks go forward.").format(
                    day=day, at=f"{at:%H:%M}", key=zone.key
                ),
            )
        return found

    def _refuse_second(self, values: dict[str, Any]) -> None:
        course = values.get("course") or (self.session.course if self.session.course_id else None)
        same = ClassSession.objects.filter(course=course, room=values["room"], starts_at=values["starts_at"])
        if course and same.exclude(pk=self.session.pk).exists():
            self.add_error(None, gettext("This course has a class session in this room at that time already."))


class NewSessionForm(SessionForm):
    """One more class session of a course that the person teaches."""

    course = forms.ModelChoiceField(label=_("Course"), queryset=Course.objects.none(), empty_label=None)

    def __init__(self, account: Account, session: ClassSession, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(session, data)
        self.fields["course"].queryset = courses_of(account, Right.TEACH)  # type: ignore[attr-defined]
        late = self.fields["late_after_minutes"]
        late.required, late.help_text = False, gettext("Empty: as the rules of the course say.")

    def clean(self) -> dict[str, Any]:
        """Without a late limit that of the course's rules holds."""
        values = super().clean()
        if values.get("late_after_minutes") is None and (course := values.get("course")):
            values["late_after_minutes"] = rules_of(course.pk).late_after_minutes
        return values

    def session_wanted(self) -> ClassSession:
        """As it would be saved."""
        names = ("course", "room", "starts_at", "ends_at", "late_after_minutes")
        return ClassSession(**{name: self.cleaned_data[name] for name in names})


def _initial(session: ClassSession) -> dict[str, Any]:
    """The session as the form shows it; ``days`` from the first to the last of one that is longer than a day."""
    if not session.pk:
        return {"course": session.course_id, "days": 0}
    zone = session.room.zone
    start, end = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    is_long = session.ends_at - session.starts_at >= timedelta(days=1)
    return {
        "day": start.date(),
        "starts": start.time().replace(second=0, microsecond=0),
        "ends": end.time().replace(second=0, microsecond=0),
        "room": session.room_id,
        "late_after_minutes": session.late_after_minutes,
        "shown": session.revision,
        "days": (end.date() - start.date()).days if is_long else 0,
    }
