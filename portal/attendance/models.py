"""The tables of class attendance. Rules that must hold whoever writes stand in the database, not only here.

The recognizer writes ``mark`` and ``camera_status`` through SQLAlchemy: what it does not set has a database default.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Student(models.Model):
    """A person who may be on a roster; known to the recognizer by number alone."""

    number = models.CharField(max_length=32, unique=True, help_text="Text: leading zeros count.")
    full_name = models.CharField(max_length=200)
    email = models.EmailField("e-mail address", max_length=254, blank=True, db_default="")
    is_active = models.BooleanField(default=True, db_default=True)

    class Meta:
        db_table = "student"
        ordering = ["full_name", "number"]
        constraints = [models.CheckConstraint(condition=~Q(number=""), name="student_number_not_empty")]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.number})"


class Course(models.Model):
    """What is taught, by whom, and to whom (the roster)."""

    code = models.CharField(max_length=32, unique=True)
    title = models.CharField(max_length=200)
    lecturers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="courses", blank=True, db_table="course_lecturers"
    )
    students: models.ManyToManyField[Student, RosterEntry] = models.ManyToManyField(
        Student, through="RosterEntry", related_name="courses"
    )

    class Meta:
        db_table = "course"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class RosterEntry(models.Model):
    """A student expected at every class session of a course."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="roster")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="roster_entries")

    class Meta:
        db_table = "roster_entry"
        verbose_name_plural = "roster"
        constraints = [models.UniqueConstraint(fields=["course", "student"], name="roster_entry_once")]

    def __str__(self) -> str:
        return f"{self.student} in {self.course}"


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


class CameraStatus(models.Model):
    """The last word of a camera: one row per room and camera, written by the recognizer."""

    class State(models.TextChoices):
        STARTING = "starting", "Starting"
        WATCHING = "watching", "Watching"
        FAILING = "failing", "Failing"
        RESTING = "resting", "Resting"
        STOPPED = "stopped", "Stopped"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="cameras")
    camera_name = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State)
    reported_at = models.DateTimeField()
    last_frame_at = models.DateTimeField(null=True, blank=True)
    version = models.CharField(max_length=32, db_default="")
    outbox_depth = models.PositiveIntegerField(db_default=0)
    gallery_size = models.PositiveIntegerField(db_default=0)

    class Meta:
        db_table = "camera_status"
        verbose_name_plural = "camera status"
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
