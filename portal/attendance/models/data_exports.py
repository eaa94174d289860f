"""Files that take longer than a request: who has asked for one, what it holds, until when it is kept."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from portal.attendance.models.tasks import Task


class DataExport(models.Model):
    """One file for one person, from the asking until it goes. A backup has none of them."""

    kind = models.CharField(max_length=16, help_text="A key of services.exporting.makers.MAKERS.")
    what: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        default=dict, help_text="What was asked for, as the maker of its kind needs it."
    )
    file_name = models.CharField(max_length=255)
    about = models.CharField(max_length=300, help_text="What is written down of it when somebody takes it.")
    language = models.CharField(max_length=8, help_text="In which whoever asked reads pages.")
    courses: models.JSONField[list[int] | None, list[int] | None] = models.JSONField(
        null=True, help_text="Those whose rows it may hold; null: of any."
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    made_at = models.DateTimeField(null=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the file.")
    fault = models.CharField(max_length=500, default="", help_text="Why there is no file.")
    goes_at = models.DateTimeField(help_text="When it is deleted with its file.")
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        db_table = "data_export"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["goes_at"], name="data_export_goes_at")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        """Whether it is still to be made."""
        return self.made_at is None and not self.fault and self.task is not None and self.task.is_open


class ExportPiece(models.Model):
    """A part of a file: a server takes no packet of any size."""

    data_export = models.ForeignKey(DataExport, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveSmallIntegerField()
    content = models.BinaryField()

    class Meta:
        db_table = "export_piece"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["data_export", "number"], name="export_piece_once")]

    def __str__(self) -> str:
        return f"{self.data_export} ({self.number})"
