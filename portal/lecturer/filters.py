"""The filters of the records: combinable, kept in the address, checked like any form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance.access import Right, list_courses, list_rooms, marks_of, sessions_of, zone_of
from portal.attendance.models import ClassSession, Course, Room, Source, Status
from portal.attendance.queries.found_students import FoundStudents
from portal.attendance.queries.record_groups import GROUPINGS
from portal.attendance.queries.records import Page, Records
from portal.attendance.queries.session_walk import Position
from portal.attendance.queries.warnings import looked_through_since
from portal.attendance.schedule import day_range, local_day
from portal.lecturer.record_columns import COLUMNS, SHOWN, read_by
from portal.web.languages import later as _
from portal.web.selects import PlainSelect

PER_PAGE = 50
PAGE = read_by(COLUMNS)
"""The database's columns that a page reads: those of a file."""
DAYS = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2199, 12, 31))]
WRONG_CHOICE = {"invalid_choice": _("Choose one from the list.")}
NEWEST_FIRST, OLDEST_FIRST = "-session", "session"
ALSO_CANCELLED = "all"
TODAY, THIS_WEEK, THIS_TERM = "today", "week", "term"
WHEN = [(TODAY, _("Today")), (THIS_WEEK, _("This week")), (THIS_TERM, _("This term"))]
PLACE = ("sort", "day", "after", "before", "page")
"""What says how and where records are looked at, not which."""


def _day(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    wrong = {"invalid": _("Write a day like 2026-11-23.")}
    return forms.DateField(
        label=label, required=False, widget=widget, validators=DAYS, error_messages=wrong, input_formats=["%Y-%m-%d"]
    )


def _choice(label: str, empty: str, choices: Any, **options: Any) -> forms.TypedChoiceField:
    usual: dict[str, Any] = {"error_messages": WRONG_CHOICE, "widget": PlainSelect}
    return forms.TypedChoiceField(label=label, required=False, choices=[("", empty), *choices], **usual | options)


def _key() -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)


class RecordsForm(forms.Form):
    """Which records one account wants to see; days are those of the account's time zone.

    ``after`` and ``before`` are ids of marks: the page begins after the one or ends before the other. Without them it
    begins with ``day``.
    """

    student = forms.CharField(label=_("Student"), required=False, max_length=200)
    when = _choice(_("When"), _("Any day"), WHEN)
    since, until = _day(_("From")), _day(_("To"))
    course = _choice(_("Course"), _("Every course"), [])
    status = _choice(_("Status"), _("Every status"), Status.choices)
    source = _choice(_("Source"), _("Every source"), Source.choices)
    room = _choice(_("Room"), _("Every room"), [])
    held = _choice(_("Sessions"), _("Held"), [(ALSO_CANCELLED, _("Held and not held"))])
    group = _choice(_("Group by"), _("Not grouped"), [(name, each.title) for name, each in GROUPINGS.items()])
    sort = _choice(
        _("Order"),
        _("Newest first"),
        [(NEWEST_FIRST, _("Newest first")), (OLDEST_FIRST, _("Oldest first"))],
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("The records cannot be sorted so.")},
    )
    day = _day(_("Go to day"))
    after, before = _key(), _key()
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        required=False,
        choices=list(SHOWN.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages=WRONG_CHOICE,
    )

    def __init__(self, account: Account, data: QueryDict) -> None:
        super().__init__(data)
        self.account, self.asked = account, data
        # Each is read once, for its list and for what is chosen from it.
        self.courses = list_courses(account, Right.READ)
        self._offer("course", self.courses)
        self._offer("room", list_rooms(account))

    def _offer(self, name: str, rows: Iterable[Course | Room]) -> None:
        by_key = {str(each.pk): each for each in rows}
        field: Any = self.fields[name]
        field.choices += [(key, str(each)) for key, each in by_key.items()]
        field.coerce = by_key.get

    def clean(self) -> dict[str, Any]:
        """Refuses a range of days that ends before it begins."""
        values = super().clean() or {}
        first, last = values.get("since"), values.get("until")
        if first and last and last < first:
            self.add_error("until", gettext("This day is before the first one."))
        return values

    @property
    def is_oldest_first(self) -> bool:
        return bool(self.cleaned_data["sort"] == OLDEST_FIRST)

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the order and the place is asked for."""
        return self.filters > 0

    @property
    def filters(self) -> int:
        """How many fields leave records out."""
        ways = (*PLACE, "group", "columns")
        return sum(bool(self.cleaned_data.get(name)) for name in self.fields if name not in ways)

    @property
    def shown(self) -> list[str]:
        """The columns of the page; all of them where none is chosen."""
        return self.cleaned_data["columns"] or list(SHOWN)

    def query(self) -> str:
        """What of the address is worth keeping: which records, how grouped, with which columns; the form is valid."""
        kept = QueryDict(mutable=True)
        for name in self.fields:
            if name in PLACE and name != "sort":
                continue
            if any(values := self.asked.getlist(name)):
                kept.setlist(name, values)
        return kept.urlencode()

    def records(self) -> Records:
        """The records asked for; the form is valid."""
        asked = self.cleaned_data
        return Records(
            sessions=self._sessions(),
            students=FoundStudents(asked["student"]),
            status=asked["status"],
            source=asked["source"],
            oldest_first=self.is_oldest_first,
            courses=self._course_ids(),
        )

    def _course_ids(self) -> list[int] | None:
        """Those of the courses that the records are of; None where staff ask for all of them."""
        if asked := self.cleaned_data["course"]:
            return [asked.pk]
        return None if self.account.is_staff else [each.pk for each in self.courses]

    def page(self, records: Records) -> Page:
        """The page asked for; the first one where the place is none."""
        asked = self.cleaned_data
        if position := self._position_of(asked["before"]):
            page = records.page(PER_PAGE, position, backwards=True, columns=PAGE)
            return page if page.has_previous else records.page(PER_PAGE, columns=PAGE)
        position = self._position_of(asked["after"])
        if not position and asked["day"]:
            start, end = day_range(asked["day"], zone_of(self.account))
            position = Position(start if self.is_oldest_first else end)
        return records.page(PER_PAGE, position, columns=PAGE)

    def _sessions(self) -> QuerySet[ClassSession]:
        asked, sessions, zone = self.cleaned_data, sessions_of(self.account, Right.READ), zone_of(self.account)
        if asked["course"]:
            sessions = sessions.filter(course=asked["course"])
        if asked["room"]:
            sessions = sessions.filter(room=asked["room"])
        if asked["when"]:
            sessions = sessions.filter(self._days(asked["when"]))
        if asked["since"]:
            sessions = sessions.filter(starts_at__gte=day_range(asked["since"], zone)[0])
        if asked["until"]:
            sessions = sessions.filter(starts_at__lt=day_range(asked["until"], zone)[1])
        return sessions if asked["held"] == ALSO_CANCELLED else sessions.filter(is_cancelled=False)

    def _days(self, when: str) -> Q:
        """The days of a preset, which are others tomorrow."""
        zone, now = zone_of(self.account), timezone.now()
        today = local_day(now, zone)
        if when == THIS_TERM:
            return Q(starts_at__gte=looked_through_since(now), starts_at__lte=now)
        first = today - timedelta(days=today.weekday()) if when == THIS_WEEK else today
        last = first + timedelta(days=6) if when == THIS_WEEK else today
        return Q(starts_at__gte=day_range(first, zone)[0], starts_at__lt=day_range(last, zone)[1])

    def _position_of(self, mark_id: int | None) -> Position | None:
        mark = mark_id and marks_of(self.account).select_related("session", "student").filter(pk=mark_id).first()
        return Position.of(mark) if mark else None
