"""The filters of the records: combinable, kept in the address, checked like any form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet

from portal.attendance.access import courses_of, rooms_of, zone_of
from portal.attendance.models import Course, Mark, Room
from portal.attendance.queries.records import status_counts
from portal.attendance.schedule import day_range
from portal.attendance.search import find_students

DAYS = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2199, 12, 31))]
COLUMNS = {
    "session": ("session__starts_at", "Session"),
    "course": ("session__course__code", "Course"),
    "student": ("student__plain_name", "Student"),
    "status": ("status", "Status"),
    "seen": ("first_seen_at", "Seen"),
    "source": ("source", "Source"),
    "room": ("session__room__name", "Room"),
}
"""What the records can be sorted by: name in the address, column of the database, heading."""
WRONG_CHOICE = {"invalid_choice": "Choose one from the list."}


class RecordsForm(forms.Form):
    """Refuses a range of days that ends before it begins."""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("since"), values.get("until")
        if first and last and last < first:
            self.add_error("until", "This day is before the first one.")
        return values


def _courses(request: Any) -> QuerySet[Course]:
    return courses_of(request.user)


def _rooms(request: Any) -> QuerySet[Room]:
    return rooms_of(request.user)


def _day(label: str, method: str) -> django_filters.DateFilter:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    wrong = {"invalid": "Write a day like 2026-11-23."}
    return django_filters.DateFilter(
        label=label, method=method, widget=widget, validators=DAYS, error_messages=wrong, input_formats=["%Y-%m-%d"]
    )


class RecordsFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Marks of one account's courses; days are those of the account's time zone."""

    student = django_filters.CharFilter(label="Student", method="of_student", max_length=200)
    since = _day("From", "from_day")
    until = _day("To", "to_day")
    course = django_filters.ModelChoiceFilter(
        label="Course", field_name="session__course", queryset=_courses, empty_label="Every course",
        error_messages=WRONG_CHOICE,
    )  # fmt: skip
    status = django_filters.ChoiceFilter(
        label="Status", choices=Mark.Status, empty_label="Every status", error_messages=WRONG_CHOICE
    )
    source = django_filters.ChoiceFilter(
        label="Source", choices=Mark.Source, empty_label="Every source", error_messages=WRONG_CHOICE
    )
    room = django_filters.ModelChoiceFilter(
        label="Room", field_name="session__room", queryset=_rooms, empty_label="Every room", error_messages=WRONG_CHOICE
    )
    sort = django_filters.OrderingFilter(
        fields=[(column, name) for name, (column, _) in COLUMNS.items()],
        error_messages={"invalid_choice": "The records cannot be sorted so."},
    )

    class Meta:
        model = Mark
        form = RecordsForm
        fields: list[str] = []

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose days are meant."""
        return zone_of(self.request.user)

    def of_student(self, marks: QuerySet[Mark], name: str, value: str) -> QuerySet[Mark]:
        """Every word is part of the name or of the number."""
        return marks.filter(find_students(value, "student__"))

    def from_day(self, marks: QuerySet[Mark], name: str, value: date) -> QuerySet[Mark]:
        """Class sessions that begin on the day or later."""
        return marks.filter(session__starts_at__gte=day_range(value, self.zone)[0])

    def to_day(self, marks: QuerySet[Mark], name: str, value: date) -> QuerySet[Mark]:
        """Class sessions that begin on the day or earlier."""
        return marks.filter(session__starts_at__lt=day_range(value, self.zone)[1])

    def filter_queryset(self, queryset: QuerySet[Mark]) -> QuerySet[Mark]:
        """In the order asked for, newest class session first otherwise, and never in two orders on two pages."""
        found: QuerySet[Mark] = super().filter_queryset(queryset)
        asked = found.query.order_by if self.form.cleaned_data["sort"] else ("-session__starts_at",)
        return found.order_by(*asked, "session__course__code", "student__plain_name", "pk")

    def counts(self) -> dict[str, int]:
        """How many marks each status would show with the other filters as they are."""
        marks = self.queryset
        for name, value in self.form.cleaned_data.items():
            if name not in ("status", "sort"):
                marks = self.filters[name].filter(marks, value)
        return status_counts(marks)


@dataclass(frozen=True, slots=True)
class Column:
    """A heading that sorts: ``sort`` is what to ask for when it is clicked, ``direction`` how it is sorted now."""

    title: str
    sort: str
    direction: str


def columns(sort: str) -> list[Column]:
    """The headings of the records sorted so; without a wish the newest class session comes first."""
    sort = sort or "-session"
    directions = {name: "ascending" for name in COLUMNS if name == sort} | {
        name: "descending" for name in COLUMNS if f"-{name}" == sort
    }
    return [
        Column(title, f"-{name}" if directions.get(name) == "ascending" else name, directions.get(name, ""))
        for name, (_, title) in COLUMNS.items()
    ]
