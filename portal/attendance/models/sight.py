"""What the cameras say of themselves."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from portal.attendance.models.timetable import Room


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
