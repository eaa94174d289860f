"""Forms of the office and the admin: a roster that can be pasted, and times that are typed in the room's zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.time_zones import choices_with, default_time_zone, time_zone_choices, zone_named
from portal.attendance.models import ClassSession, Course, Room, RoomCamera, RosterEntry, Student
from portal.attendance.numbers import find_fault
from portal.attendance.pasting import find_pasted
from portal.attendance.services.room_cameras import check_end, end_camera
from portal.attendance.services.rosters import join
from portal.web.stale_forms import FreshForm

FIRST_YEAR, LAST_YEAR = 1970, 2999


class CourseForm(FreshForm):
    """A course, with a box for the numbers of students who join its roster."""

    numbers = forms.CharField(
        label=_("Add to the roster"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 40, "spellcheck": "false"}),
        help_text=_(
            "Paste student numbers, one a line, or rows of a spreadsheet with a number in each. Who is on the "
            "roster already stays on it once."
        ),
    )
    since = forms.DateField(
        label=_("Since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The first day on which the pasted students are expected. Empty: always."),
    )

    class Meta:
        model = Course
        fields = ["code", "title", "department", "lecturers", "assistants", "least_coverage_percent"]

    def clean_numbers(self) -> list[Student]:
        """The students whose numbers or names were pasted."""
        pasted = find_pasted(self.cleaned_data["numbers"])
        self.passed_over = pasted.passed_over()
        return pasted.students

    def enrol(self) -> list[RosterEntry]:
        """Put the pasted students on the saved course's roster; the memberships of those who were not on it."""
        return join(self.instance, self.cleaned_data["numbers"], self.cleaned_data["since"])


class StudentForm(FreshForm):
    """A student; an old number that breaks the rule may stay as it is."""

    class Meta:
        model = Student
        fields = ["number", "full_name", "email", "tutor_email", "is_active"]
        labels = {"number": _("Student number"), "full_name": _("Full name"), "is_active": _("Studies here")}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.old_number = self.instance.number if self.instance.pk and self.instance.is_old_number() else None
        if self.old_number is not None:
            fault = find_fault(self.old_number) or gettext("another student's number differs from it in case alone")
            self.fields["number"].help_text += gettext(" This one was kept from before that rule: {fault}.").format(
                fault=fault
            )
            self.fields["number"].validators = [self._spare_old(check) for check in self.fields["number"].validators]

    def _spare_old(self, check: Any) -> Any:
        return lambda number: None if number == self.old_number else check(number)

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        is_kept = self.old_number is not None and self.cleaned_data.get("number") == self.old_number
        return excluded | {"number"} if is_kept else excluded


class SessionForm(FreshForm):
    """A class session, whose times are typed and shown in the time zone of its room."""

    class Meta:
        model = ClassSession
        fields = ["course", "room", "starts_at", "ends_at", "late_after_minutes", "is_cancelled"]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        zone = self.zone()
        named = zone.key
        if not self._room():
            named += gettext(" unless the room chosen has another")
        for name in {"starts_at", "ends_at"} & self.fields.keys():
            field, instant = self.fields[name], getattr(self.instance, name, None)
            field.help_text = gettext("In the room's time zone: {named}.").format(named=named)
            if instant:
                self.initial[name] = instant.astimezone(zone).replace(tzinfo=None)

    def zone(self) -> ZoneInfo:
        """That of the room chosen in the form, else of the session's room, else the installation's."""
        room = self._room()
        return room.zone if room else zone_named(default_time_zone())

    def clean_starts_at(self) -> datetime | None:
        """Refuse a year that was mistyped."""
        return _in_reach(self.cleaned_data["starts_at"])

    def clean_ends_at(self) -> datetime | None:
        """Refuse a year that was mistyped."""
        return _in_reach(self.cleaned_data["ends_at"])

    def _get_validation_exclusions(self) -> set[str]:
        """The course of a class session stays, and has no second one in the same room at the same time."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"course"} if self.instance.pk else excluded

    def words_of(self, row: ClassSession, name: str) -> str:
        with timezone.override(row.room.zone):
            return super().words_of(row, name)

    def _room(self) -> Room | None:
        chosen = self.data.get(self.add_prefix("room")) if self.is_bound else None
        if chosen and str(chosen).isdecimal():
            return Room.objects.filter(pk=int(chosen)).first()
        return self.instance.room if self.instance.room_id else None

    def _clean_fields(self) -> None:
        with timezone.override(self.zone()):
            super()._clean_fields()  # type: ignore[misc]


def _in_reach(at: datetime | None) -> datetime | None:
    """The instant, where a day before and after it are days that a calendar has, in every zone."""
    if at and not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise forms.ValidationError(
            gettext("Class sessions are from {first_year} to {last_year}: is the year right?").format(
                first_year=FIRST_YEAR, last_year=LAST_YEAR
            )
        )
    return at


class RoomForm(FreshForm):
    """A room with the zones to choose from."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices, initial=default_time_zone)

    class Meta:
        model = Room
        fields = ["name", "time_zone", "each_camera_sees_all"]
        labels = {"name": _("Name")}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["time_zone"]
        field.choices = choices_with(self.instance.time_zone)


class RoomCameraForm(FreshForm):
    """Since when a camera is no longer in its room, in the room's time zone."""

    class Meta:
        model = RoomCamera
        fields = ["until"]

    concerned: int = 0
    """How many closed registers follow from what was saved."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not self.instance.pk:
            return
        zone = self.instance.room.zone
        self.kept_until = self.instance.until
        if self.kept_until:
            self.initial["until"] = self.kept_until.astimezone(zone).replace(tzinfo=None)

    def _clean_fields(self) -> None:
        with timezone.override(self.instance.room.zone):
            super()._clean_fields()  # type: ignore[misc]

    def words_of(self, row: RoomCamera, name: str) -> str:
        with timezone.override(row.room.zone):
            return super().words_of(row, name)

    def clean_until(self) -> datetime | None:
        """Refuse a time at which the camera was still there, or that is to come."""
        until: datetime | None = self.cleaned_data["until"]
        check_end(self.instance, until)
        return until

    def save(self, commit: bool = True) -> RoomCamera:
        """Write this one column: the rest is the recognizer's."""
        camera: RoomCamera = self.instance
        if commit:
            until, camera.until = camera.until, self.kept_until
            self.concerned = end_camera(camera, until)
        return camera
