"""Where and when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portal.attendance.models.courses import Course


class Room(models.Model):
    """Where cameras are; the recognizer's configuration names it."""

    name = models.CharField(max_length=64, unique=True)

    class Meta:
        db_table = "room"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ClassSession(models.Model):
    """One timed meeting of a course in a room."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="sessions")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="sessions")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    late_after_minutes = models.PositiveSmallIntegerField(
        default=15, db_default=15, help_text="Seen first later than this after the start: late."
    )
    is_cancelled = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "class_session"
        ordering = ["-starts_at"]
        indexes = [models.Index(fields=["room", "starts_at"], name="class_session_room_start")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="class_session_ends_after_start",
                violation_error_message="A class session ends after it starts.",
            ),
            models.UniqueConstraint(fields=["course", "room", "starts_at"], name="class_session_once"),
        ]

    def __str__(self) -> str:
        return f"{self.course.code} {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"
