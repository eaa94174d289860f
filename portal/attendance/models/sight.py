"""What the cameras could see and whom they could name, and how they are. The recognizer writes all of it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.accounts.models.trail import Trailed, TrailedSet, Values
from portal.attendance.fields import ExactCharField
from portal.attendance.models.people import Student
from portal.attendance.models.timetable import Room


class Span(models.Model):
    """A time of one camera, growing while it lasts: at most once a minute, so that a crash needs no last word."""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="%(class)s_spans")
    camera_name = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), help_text="When it was last written, by the database's clock.")

    class Meta:
        abstract = True


class Sight(Span):
    """A camera could see and name: its pictures lived, and the gallery was usable."""

    class Meta:
        db_table = "sight"
        verbose_name_plural = "sight"
        ordering = ["-starts_at"]
        indexes = [
            models.Index(fields=["room", "ends_at"], name="sight_room_end"),
            models.Index(fields=["recorded_at"], name="sight_recorded"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["room", "camera_name", "starts_at"], name="sight_once"),
            models.CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="sight_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.room} · {self.camera_name} saw from {self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%H:%M} UTC"


class BlindSpan(Span):
    """A camera was wanted and could not see or name, with the reason."""

    class Reason(models.TextChoices):
        DARK = "dark", _("its pictures are black")
        GREY = "grey", _("its pictures show one even colour")
        TORN = "torn", _("its pictures are damaged")
        COVERED = "covered", _("it is covered")
        FROZEN = "frozen", _("its picture stands still")
        NO_PICTURE = "no picture", _("it delivers no picture")
        GALLERY = "gallery", _("the room's gallery cannot be used")
        NOBODY = "nobody", _("nobody is enrolled in the room's gallery")

    reason = models.CharField(max_length=16, choices=Reason)

    class Meta:
        db_table = "blind_span"
        ordering = ["-starts_at"]
        indexes = [
            models.Index(fields=["room", "ends_at"], name="blind_span_room_end"),
            models.Index(fields=["recorded_at"], name="blind_span_recorded"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["room", "camera_name", "starts_at"], name="blind_span_once"),
            models.CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="blind_span_in_order"),
            models.CheckConstraint(condition=~Q(reason=""), name="blind_span_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.room} · {self.camera_name}: {self.get_reason_display()}"


class Enrolled(models.Model):
    """A student whom the room's gallery could name, and since when; of those on the room's rosters.

    A student who is removed and enrolled again has two rows.
    """

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="enrolled")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="enrolled_in")
    reference_count = models.PositiveIntegerField(
        help_text="How many reference encodings the gallery has of the student."
    )
    enrolled_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "enrolled"
        verbose_name_plural = "enrolled"
        ordering = ["room", "student"]
        indexes = [models.Index(fields=["recorded_at"], name="enrolled_recorded")]
        constraints = [
            models.UniqueConstraint(fields=["room", "student", "enrolled_at"], name="enrolled_once"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(removed_at__gte=F("enrolled_at")), name="enrolled_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} in the gallery of {self.room}"


class RoomCamera(Trailed):
    """A camera belongs to a room, from when until when: of each it is asked what it could see of a class session.

    The recognizer adds the cameras of its configuration, and ends those that it had there before. Where a machine is
    gone for good, a person ends its cameras. A camera that is taken away and put back has two rows.
    """

    in_trail = ("camera_name", "until")
    named_by = ("room",)

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="room_cameras")
    camera_name = models.CharField(max_length=64)
    since = models.DateTimeField()
    until = models.DateTimeField(
        _("no longer in this room since"), null=True, blank=True, help_text="Empty: it is in this room still."
    )
    recorded_at = models.DateTimeField(db_default=Now(), help_text="When it was last written, by the database's clock.")
    open_name = models.GeneratedField(
        expression=Case(When(until__isnull=True, then=F("camera_name"))),
        output_field=ExactCharField(max_length=64),
        db_persist=True,
    )
    """The camera's name while it belongs to the room: two recognizers that write at once add one row."""

    objects = TrailedSet["RoomCamera"].as_manager()

    class Meta:
        db_table = "room_camera"
        verbose_name = _("camera of a room")
        verbose_name_plural = _("cameras of rooms")
        ordering = ["room__name", "camera_name", "since"]
        indexes = [models.Index(fields=["recorded_at"], name="room_camera_recorded")]
        constraints = [
            models.UniqueConstraint(fields=["room", "camera_name", "since"], name="room_camera_once"),
            models.UniqueConstraint(fields=["room", "open_name"], name="room_camera_open_once"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="room_camera_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room} · {self.camera_name}"

    @classmethod
    def names_in_trail(cls, before: Values) -> dict[Any, str]:
        """The room, and the camera."""
        return {each.pk: str(each) for each in cls._base_manager.filter(pk__in=list(before)).select_related("room")}


class CameraStatus(models.Model):
    """The last word of a camera: one row per room and camera."""

    class State(models.TextChoices):
        STARTING = "starting", _("Starting")
        WATCHING = "watching", _("Watching")
        FAILING = "failing", _("Failing")
        RESTING = "resting", _("Resting")
        STOPPED = "stopped", _("Stopped")

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="cameras")
    camera_name = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State)
    reported_at = models.DateTimeField()
    last_frame_at = models.DateTimeField(null=True, blank=True)
    version = models.CharField(max_length=32, db_default="")
    outbox_depth = models.PositiveIntegerField(db_default=0)
    gallery_size = models.PositiveIntegerField(db_default=0)
    refused_marks = models.PositiveIntegerField(
        db_default=0, help_text="Marks that the recognizer set aside because the database refused them."
    )
    kept_in_memory = models.PositiveIntegerField(
        db_default=0,
        help_text="Entries of what was seen that the recognizer keeps in memory alone, because its disk takes nothing.",
    )
    clock_offset_seconds = models.FloatField(
        null=True, blank=True, help_text="How far the database's clock is ahead of the classroom machine's."
    )
    # An older recognizer writes none of what follows.
    state_since = models.DateTimeField(null=True, blank=True, help_text="Since when it is in this state.")
    looks_per_second = models.FloatField(
        null=True, blank=True, help_text="How many of its pictures are searched for faces."
    )
    faces = models.PositiveIntegerField(null=True, blank=True, help_text="Faces in the picture searched last.")
    gallery_version = models.CharField(
        max_length=16, null=True, blank=True, help_text="Stands for the content of the gallery file."
    )
    gallery_scope = models.CharField(
        max_length=8,
        null=True,
        blank=True,
        help_text="Whether the gallery keeps all, or those on the room's rosters alone.",
    )
    last_error = models.CharField(
        max_length=200, null=True, blank=True, help_text="Why it fails, or failed last, in one sentence."
    )

    class Meta:
        db_table = "camera_status"
        verbose_name_plural = _("camera status")
        ordering = ["room__name", "camera_name"]
        constraints = [
            models.UniqueConstraint(fields=["room", "camera_name"], name="camera_status_once"),
            models.CheckConstraint(
                condition=Q(state__in=["starting", "watching", "failing", "resting", "stopped"]),
                name="camera_status_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room} · {self.camera_name}: {self.get_state_display()}"
