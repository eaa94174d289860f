"""Who was there, and who said so."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portal.attendance.models.people import Student
from portal.attendance.models.timetable import ClassSession


class Mark(models.Model):
    """A student's status in a class session: at most one row each; absent is derived where there is none."""

    class Status(models.TextChoices):
        PRESENT = "present", "Present"
        LATE = "late", "Late"
        ABSENT = "absent", "Absent"
        EXCUSED = "excused", "Excused"

    class Source(models.TextChoices):
        CAMERA = "camera", "Camera"
        LECTURER = "lecturer", "Lecturer"

    session = models.ForeignKey(ClassSession, on_delete=models.PROTECT, related_name="marks")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="marks")
    status = models.CharField(max_length=8, choices=Status)
    source = models.CharField(max_length=8, choices=Source)
    first_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    distance = models.FloatField(null=True, blank=True, help_text="To the nearest reference; lower is closer.")
    camera_name = models.CharField(max_length=64, blank=True, db_default="")
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="marks"
    )
    note = models.CharField(max_length=500, blank=True, db_default="")

    class Meta:
        db_table = "mark"
        ordering = ["-session__starts_at", "student__full_name"]
        indexes = [models.Index(fields=["student", "session"], name="mark_student_session")]
        constraints = [
            models.UniqueConstraint(fields=["session", "student"], name="mark_once"),
            models.CheckConstraint(
                condition=Q(status__in=["present", "late", "absent", "excused"]), name="mark_status_known"
            ),
            models.CheckConstraint(
                condition=Q(source="camera", status__in=["present", "late"], first_seen_at__isnull=False)
                | Q(source="lecturer", marked_by__isnull=False),
                name="mark_source_explained",
            ),
            models.CheckConstraint(
                condition=Q(first_seen_at__isnull=True, last_seen_at__isnull=True)
                | Q(last_seen_at__gte=F("first_seen_at")),
                name="mark_seen_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student}: {self.get_status_display()}"


class AppendOnly(models.QuerySet["MarkChange"]):
    """Rows that are added and read; changing or deleting them raises TypeError."""

    def update(self, **fields: Any) -> NoReturn:
        raise TypeError(APPEND_ONLY)

    def delete(self) -> NoReturn:
        raise TypeError(APPEND_ONLY)

    def bulk_update(self, *arguments: Any, **options: Any) -> NoReturn:
        raise TypeError(APPEND_ONLY)


APPEND_ONLY = "mark_change is append-only: write a further change instead."


class MarkChange(models.Model):
    """Append-only: who changed a mark, when, from what to what, and why."""

    mark = models.ForeignKey(Mark, on_delete=models.PROTECT, related_name="changes")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mark_changes")
    changed_at = models.DateTimeField(default=timezone.now)
    from_status = models.CharField(
        max_length=8, blank=True, choices=Mark.Status, help_text="Empty where there was no mark before."
    )
    to_status = models.CharField(max_length=8, choices=Mark.Status)
    reason = models.CharField(max_length=500)

    objects = AppendOnly.as_manager()

    class Meta:
        db_table = "mark_change"
        ordering = ["-changed_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="mark_change_has_reason"),
            models.CheckConstraint(
                condition=Q(from_status__in=["", "present", "late", "absent", "excused"])
                & Q(to_status__in=["present", "late", "absent", "excused"]),
                name="mark_change_statuses_known",
            ),
        ]

    def __str__(self) -> str:
        before = self.get_from_status_display() if self.from_status else "No mark"
        return f"{before} → {self.get_to_status_display()}"

    def save(self, *arguments: Any, **options: Any) -> None:
        """Add the change; TypeError where it stands already."""
        if not self._state.adding:
            raise TypeError(APPEND_ONLY)
        super().save(*arguments, **options)

    def delete(self, *arguments: Any, **options: Any) -> NoReturn:
        """Always a TypeError."""
        raise TypeError(APPEND_ONLY)
