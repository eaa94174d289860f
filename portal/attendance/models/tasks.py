"""What takes longer than a request: a queue in the database, worked by rollcall-tasks.service."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

WAITS_LONG = timedelta(seconds=20)


class Task(models.Model):
    """One piece of work. Whoever has claimed it renews the claim; when that ends, another worker may take it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    name = models.CharField(max_length=64, help_text="What is to be done: a key of services.work.WORK.")
    arguments: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, help_text="When it was last begun.")
    finished_at = models.DateTimeField(null=True)
    token = models.CharField(max_length=32, default="", help_text="Stands for the claim of the worker that has it.")
    claimed_until = models.DateTimeField(
        null=True, help_text="If the worker is silent until then, another may take it."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0, help_text="So much of it is done, of ``total``.")
    total = models.PositiveIntegerField(null=True)
    words = models.CharField(max_length=300, default="", help_text="What it is at, or why it failed.")

    class Meta:
        db_table = "task"
        ordering = ["pk"]
        indexes = [models.Index(fields=["state", "id"], name="task_state")]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"

    @property
    def waits_long(self) -> bool:
        """Whether the worker that should have begun it long ago seems not to run."""
        return self.state == self.State.WAITING and self.asked_at < timezone.now() - WAITS_LONG

    @property
    def is_open(self) -> bool:
        """Whether it is still to be finished."""
        return self.state in (self.State.WAITING, self.State.RUNNING)
