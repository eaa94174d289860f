"""The secret address under which a calendar program reads somebody's timetable."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class CalendarAddress(models.Model):
    """One an account. The secret itself is kept nowhere: only what recognises it."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_address")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret.")
    made_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, help_text="When a program last read the timetable, to the hour.")

    class Meta:
        db_table = "calendar_address"

    def __str__(self) -> str:
        return f"calendar address of {self.account}"
