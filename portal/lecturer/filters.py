"""The filters of the records: combinable, kept in the address, checked like any form."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet

from portal.accounts.models import Account
from portal.attendance.access import Right, course_ids_of, courses_of, marks_of, rooms_of, sessions_of, zone_of
from portal.attendance.models import ClassSession, Course, Room, Source, Status
from portal.attendance.queries.records import Page, Position, Records
from portal.attendance.schedule import day_range

PER_PAGE = 50
DAYS = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2199, 12, 31))]
WRONG_CHOICE = {"invalid_choice": "Choose one from the list."}
NEWEST_FIRST, OLDEST_FIRST = "-session", "session"
ALSO_CANCELLED = "all"


def _day(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    wrong = {"invalid": "Write a day like 2026-11-23."}
    return forms.DateField(
        label=label, required=False, widget=widget, validators=DAYS, error_messages=wrong, input_formats=["%Y-%m-%d"]
    )


def _choice(label: str, empty: str, choices: Any, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=[("", empty), *choices], **{"error_messages": WRONG_CHOICE} | options
    )


def _key() -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)


class RecordsForm(forms.Form):
    """Which records one account wants to see; days are those of the account's time zone.

    ``after`` and ``before`` are ids of marks: the page begins after the one or ends before the other. Without them it
    begins with ``day``.
    """

    student = forms.CharField(label="Student", required=False, max_length=200)
    since, until = _day("From"), _day("To")
    course: forms.ModelChoiceField[Course] = forms.ModelChoiceField(
        label="Course", required=False, queryset=None, empty_label="Every course", error_messages=WRONG_CHOICE
    )
    status = _choice("Status", "Every status", Status.choices)
    source = _choice("Source", "Every source", Source.choices)
    room: forms.ModelChoiceField[Room] = forms.ModelChoiceField(
        label="Room", required=False, queryset=None, empty_label="Every room", error_messages=WRONG_CHOICE
    )
    held = _choice("Sessions", "Held", [(ALSO_CANCELLED, "Held and not held")])
    sort = _choice(
        "Order",
        "Newest first",
        [(NEWEST_FIRST, "Newest first"), (OLDEST_FIRST, "Oldest first")],
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "The records cannot be sorted so."},
    )
    day = _day("Go to day")
    after, before = _key(), _key()

    def __init__(self, account: Account, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.account = account
        self.fields["course"].queryset = courses_of(account, Right.READ)  # type: ignore[attr-defined]
        self.fields["room"].queryset = rooms_of(account)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuses a range of days that ends before it begins."""
        values = super().clean() or {}
        first, last = values.get("since"), values.get("until")
        if first and last and last < first:
            self.add_error("until", "This day is before the first one.")
        return values

    @property
    def is_oldest_first(self) -> bool:
        return bool(self.cleaned_data["sort"] == OLDEST_FIRST)

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the order and the place is asked for."""
        return any(
            self.cleaned_data.get(name) for name in self.fields if name not in ("sort", "day", "after", "before")
        )

    def records(self) -> Records:
        """The records asked for; the form is valid."""
        asked = self.cleaned_data
        return Records(
            sessions=self._sessions(),
            student=asked["student"],
            status=asked["status"],
            source=asked["source"],
            oldest_first=self.is_oldest_first,
            courses=[asked["course"].pk] if asked["course"] else course_ids_of(self.account, Right.READ),
        )

    def page(self, records: Records) -> Page:
        """The page asked for; the first one where the place is none."""
        asked = self.cleaned_data
        if position := self._position_of(asked["before"]):
            page = records.page(PER_PAGE, position, backwards=True)
            return page if page.has_previous else records.page(PER_PAGE)
        position = self._position_of(asked["after"])
        if not position and asked["day"]:
            start, end = day_range(asked["day"], zone_of(self.account))
            position = Position(start if self.is_oldest_first else end)
        return records.page(PER_PAGE, position)

    def _sessions(self) -> QuerySet[ClassSession]:
        asked, sessions, zone = self.cleaned_data, sessions_of(self.account, Right.READ), zone_of(self.account)
        if asked["course"]:
            sessions = sessions.filter(course=asked["course"])
        if asked["room"]:
            sessions = sessions.filter(room=asked["room"])
        if asked["since"]:
            sessions = sessions.filter(starts_at__gte=day_range(asked["since"], zone)[0])
        if asked["until"]:
            sessions = sessions.filter(starts_at__lt=day_range(asked["until"], zone)[1])
        return sessions if asked["held"] == ALSO_CANCELLED else sessions.filter(is_cancelled=False)

    def _position_of(self, mark_id: int | None) -> Position | None:
        mark = mark_id and marks_of(self.account).select_related("session", "student").filter(pk=mark_id).first()
        return Position.of(mark) if mark else None
