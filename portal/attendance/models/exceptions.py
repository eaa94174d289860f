"""What persons have looked at in a register and left as it is."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.attendance.models.people import Student
from portal.attendance.models.timetable import ClassSession


class ExceptionKind(models.TextChoices):
    """Why a person should look at something in a register."""

    NEAR = "near", _("Nearly seen")
    PHOTO = "photo", _("Perhaps a photo")
    EXCUSED = "excused", _("Excused and yet seen")
    SHORT = "short", _("Hardly there")
    LEFT_EARLY = "left early", _("Left early")
    VISITOR = "visitor", _("Visitor")
    UNSEEN = "unseen", _("Not observed")
    NOT_ENROLLED = "not enrolled", _("Not enrolled")
    CORRECTED = "corrected", _("Corrected by somebody else")


class ClearedException(models.Model):
    """A person has looked at an exception, and it needs nothing more. Where its facts change, it comes back.

    ``student`` is empty where it concerns several students of the class session. Taking it back is written down too.
    """

    session = models.ForeignKey(ClassSession, on_delete=models.PROTECT, related_name="cleared_exceptions")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=16, choices=ExceptionKind)
    facts = models.CharField(max_length=32, help_text="Stands for the facts that the person saw.")
    cleared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    cleared_by_name = models.CharField(max_length=200, help_text="Their official name at that time.")
    cleared_at = models.DateTimeField(default=timezone.now)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "cleared_exception"
        ordering = ["-cleared_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="cleared_exception_withdrawn_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.session}"
