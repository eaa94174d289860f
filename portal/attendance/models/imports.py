"""Imports: the file, what was chosen, what became of every row, by whom and when."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.attendance.models.tasks import Task


class DataImport(models.Model):
    """One file, from its arrival until it is written or given up."""

    class State(models.TextChoices):
        RECEIVED = "received", _("To be read")
        FAULTY = "faulty", _("Cannot be read")
        READ = "read", _("Columns to be checked")
        PLANNING = "planning", _("Rows are checked")
        PLANNED = "planned", _("To be written")
        WRITING = "writing", _("Is written")
        WRITTEN = "written", _("Written")
        DISCARDED = "discarded", _("Given up")

    kind = models.CharField(max_length=16, help_text="A key of services.importing.kinds.KINDS.")
    file_name = models.CharField(max_length=255)
    file_digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_by_name = models.CharField(max_length=300, help_text="The person, or the program, as they were called then.")
    asked_at = models.DateTimeField(db_default=Now())
    reading: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        default=dict, help_text="Encoding, separator and sheet; row_count, sheets and first rows once it was read."
    )
    columns: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        default=dict, help_text="The row with the names of columns, those names, and the place of each field."
    )
    choices: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    counts: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(
        default=dict, help_text="How many rows have each outcome."
    )
    plan_digest = models.CharField(max_length=64, default="", help_text="Stands for what was shown.")
    rosters: models.JSONField[dict[str, list[int]], dict[str, list[int]]] = models.JSONField(
        default=dict, help_text="Whose memberships it changed, by course."
    )
    fault = models.CharField(max_length=500, default="", help_text="Why the last step could not be done.")
    written_at = models.DateTimeField(null=True)
    followed_at = models.DateTimeField(null=True, help_text="When open registers had been decided by the new rosters.")
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        db_table = "data_import"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="written", written_at__isnull=False)
                | (~Q(state="written") & Q(written_at__isnull=True)),
                name="data_import_written_at",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.file_name}"


class ImportPiece(models.Model):
    """A part of a file that waits to be written: a server takes no packet of any size."""

    data_import = models.ForeignKey(DataImport, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveSmallIntegerField()
    content = models.BinaryField()

    class Meta:
        db_table = "import_piece"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["data_import", "number"], name="import_piece_once")]

    def __str__(self) -> str:
        return f"{self.data_import} ({self.number})"


class ImportRow(models.Model):
    """What becomes, or became, of one row; those without a number are of what the file does not have."""

    data_import = models.ForeignKey(DataImport, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    number = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=8)
    subject = models.CharField(max_length=200)
    words = models.CharField(max_length=500)

    class Meta:
        db_table = "import_row"
        ordering = ["position"]
        indexes = [models.Index(fields=["data_import", "outcome", "position"], name="import_row_outcome")]
        constraints = [models.UniqueConstraint(fields=["data_import", "position"], name="import_row_once")]

    def __str__(self) -> str:
        return f"{self.number}: {self.subject}"
