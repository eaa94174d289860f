"""Whom the cameras nearly named."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from portal.attendance.models.people import Student
from portal.attendance.models.timetable import ClassSession, Room


class NearMiss(models.Model):
    """That one camera saw in one hour of one class session somebody who may be a student it expected, and was not sure.

    The recognizer writes it. It marks nobody, and nothing is decided by it: a person may know more. It goes with the
    student or the class session, and ROLLCALL_NEAR_MISSES_DAYS after the latter.
    """

    session = models.ForeignKey(ClassSession, on_delete=models.CASCADE, related_name="near_misses")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="near_misses")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="+", help_text="Where the camera was then.")
    camera_name = models.CharField(max_length=64, blank=True)
    hour = models.DateTimeField(help_text="The full hour, UTC, in which it was.")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    minutes = models.BigIntegerField(help_text="Bit n is set where it was so in minute n of the hour.")
    distance = models.FloatField(help_text="The smallest to the student's references; lower is closer.")
    sure_below = models.FloatField(
        help_text="Below this distance, and clearly nearer than anybody else, the student would have been named."
    )
    runner_up_number = models.CharField(
        max_length=32, blank=True, db_default="", help_text="The next nearest student at that moment."
    )
    runner_up_distance = models.FloatField(null=True, blank=True)
    encodings = models.PositiveSmallIntegerField(db_default=0, help_text="How many encodings were averaged then.")

    class Meta:
        db_table = "near_miss"
        verbose_name_plural = "near misses"
        ordering = ["hour", "camera_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "student", "room", "camera_name", "hour"], name="near_miss_once_an_hour"
            ),
            models.CheckConstraint(condition=Q(last_seen_at__gte=F("first_seen_at")), name="near_miss_in_order"),
            models.CheckConstraint(condition=Q(minutes__gte=0, minutes__lt=2**60), name="near_miss_minutes_of_an_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.student}, nearly named by {self.camera_name or 'a camera'}"
