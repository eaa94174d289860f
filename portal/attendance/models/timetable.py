"""Where and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models.trail import Trailed, TrailedSet, Values, trail_words
from portal.accounts.time_zones import default_time_zone, validate_time_zone, zone_named
from portal.attendance.models.courses import Course

LONGEST = timedelta(days=7)
"""A class session that is longer has a wrong end; recognizers look for none that began earlier."""


class Room(Trailed):
    """Where cameras are; the recognizer's configuration names it."""

    in_trail = ("name", "time_zone", "each_camera_sees_all")

    name = models.CharField(max_length=64, unique=True)
    time_zone = models.CharField(
        max_length=64, default=default_time_zone, db_default="UTC", validators=[validate_time_zone]
    )
    each_camera_sees_all = models.BooleanField(
        _("each camera sees all of it"),
        default=False,
        db_default=False,
        help_text=_("Then one camera that can see is enough to say who was absent; else every camera must."),
    )

    objects = TrailedSet["Room"].as_manager()

    class Meta:
        db_table = "room"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The room's time zone."""
        return zone_named(self.time_zone)


class ClassSessionSet(TrailedSet["ClassSession"]):
    """Class sessions, written with the day that they fall on."""

    def bulk_create(self, objs: Iterable[ClassSession], *arguments: Any, **options: Any) -> list[ClassSession]:
        sessions = list(objs)
        for session in sessions:
            session.day = session.local_day()
        return super().bulk_create(sessions, *arguments, **options)


class ClassSession(Trailed):
    """One timed meeting of a course in a room."""

    in_trail = ("starts_at", "ends_at", "room", "late_after_minutes", "is_cancelled", "checked_by")
    named_by = ("course", "room")

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="sessions")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="sessions")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    day = models.DateField(editable=False, help_text="The day on which it starts, in the room's time zone.")
    late_after_minutes = models.PositiveSmallIntegerField(
        default=15, db_default=15, help_text="Seen first later than this after the start: late."
    )
    is_cancelled = models.BooleanField(default=False, db_default=False)
    closed_at = models.DateTimeField(
        null=True, editable=False, help_text="When the register was closed; NULL while it is taken."
    )
    decided_at = models.DateTimeField(
        null=True, editable=False, help_text="When the rows of a closed register were last decided."
    )
    coverage_digest = models.CharField(
        max_length=32,
        null=True,
        editable=False,
        help_text="Stands for the times in which the room's cameras could see it, as known when its rows were last "
        "decided.",
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="checked_sessions",
        help_text="Who looked through the register and found it right.",
    )
    checked_at = models.DateTimeField(null=True, editable=False)
    revision = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="How often it was changed: forms and calendars compare it."
    )
    is_by_hand = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Whether a person has changed this one by itself."
    )

    slot = models.ForeignKey(
        "Slot",
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="sessions",
        help_text="Which weekly slot has made it.",
    )
    slot_day = models.DateField(null=True, editable=False, help_text="The day for which the slot has made it.")

    objects = ClassSessionSet.as_manager()

    class Meta:
        db_table = "class_session"
        ordering = ["-starts_at"]
        indexes = [
            models.Index(fields=["room", "starts_at"], name="class_session_room_start"),
            # With all that a walk reads: where it has to look each row up, MariaDB reads the whole table and sorts it.
            models.Index(fields=["starts_at", "id", "is_cancelled"], name="class_session_start"),
            models.Index(fields=["course", "starts_at", "id"], name="class_session_course_start"),
            models.Index(fields=["closed_at", "ends_at"], name="class_session_closing"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="class_session_ends_after_start",
                violation_error_message=_("A class session ends after it starts."),
            ),
            models.UniqueConstraint(fields=["course", "room", "starts_at"], name="class_session_once"),
            models.UniqueConstraint(fields=["slot", "slot_day"], name="class_session_slot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.course.code} {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"

    def save(self, *arguments: Any, **options: Any) -> None:
        """Save with the day that it falls on."""
        self.day = self.local_day()
        if (fields := options.get("update_fields")) is not None:
            options["update_fields"] = {*fields, "day"}
        super().save(*arguments, **options)

    @property
    def name_in_trail(self) -> str:
        """Course and start, as ``names_in_trail`` has them."""
        return f"{self.course.code} {trail_words(self.starts_at)}"

    @property
    def trail_words(self) -> str:
        """Where, and until when."""
        return f"{self.room}, until {trail_words(self.ends_at)}"

    @classmethod
    def names_in_trail(cls, before: Values) -> dict[Any, str]:
        """Course and start, which are what a class session is known by."""
        codes = cls._base_manager.filter(pk__in=list(before)).values_list("pk", "course__code")
        starts = super().names_in_trail(before)
        return {key: f"{code} {starts[key]}" for key, code in codes}

    def local_day(self) -> date:
        """The day on which it starts in the room's time zone."""
        field: Any = self._meta.get_field("starts_at")
        starts_at: datetime = field.to_python(self.starts_at)
        return starts_at.astimezone(self.room.zone).date()

    def clean(self) -> None:
        """Refuse times that are not there (``day`` needs them) and an end that belongs to another class session."""
        if self.starts_at is None:
            raise ValidationError({"starts_at": "Say when it starts."})
        if self.ends_at is not None and self.ends_at - self.starts_at > LONGEST:
            raise ValidationError({"ends_at": "A class session lasts a week at most: is the day right?"})
