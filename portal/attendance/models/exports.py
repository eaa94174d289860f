"""What an exam board was given."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from portal.attendance.models.courses import Course
from portal.web.append_only import AppendOnly, AppendOnlySet


class BoardExport(AppendOnly):
    """Append-only: a file that was made for an exam board, as it left the portal. Names are kept as they were then."""

    class Form(models.TextChoices):
        PDF = "pdf", "PDF"
        XLSX = "xlsx", "XLSX"

    reference = models.CharField(
        max_length=12, unique=True, help_text="Twelve hexadecimal digits, printed in the file."
    )
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="board_exports")
    course_name = models.CharField(max_length=240, help_text="Its code and title at that time.")
    form = models.CharField(max_length=4, choices=Form)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="board_exports")
    made_by_name = models.CharField(max_length=200)
    made_by_email = models.CharField(max_length=254)
    students = models.PositiveIntegerField()
    sessions = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="HMAC-SHA256 of what it says, printed in it.")
    seal = models.CharField(max_length=64, help_text="HMAC-SHA256 of the file up to the seal, which ends it.")
    sha256 = models.CharField("SHA-256", max_length=64, help_text="Of the whole file.")

    objects = AppendOnlySet.as_manager()

    class Meta:
        db_table = "board_export"
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"{self.course_name}, {self.made_at:%Y-%m-%d}, {self.get_form_display()}"
