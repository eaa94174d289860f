"""Reasons that few may read: which kinds are such, and what they say."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.accounts.models.trail import Trailed, TrailedSet
from portal.attendance.models.excuses import Excuse
from portal.attendance.models.marks import MarkChange
from portal.web.append_only import AppendOnly, AppendOnlySet
from portal.web.languages import later as _

CONFIDENTIAL = "Confidential"
"""What stands in a mark, its history and an excuse in the place of such a reason."""


class ConfidentialKind(Trailed):
    """A word, such as “Medical note”: a reason that begins with it is confidential from then on."""

    in_trail = ("name",)

    name = models.CharField(max_length=60, unique=True)

    objects = TrailedSet["ConfidentialKind"].as_manager()

    class Meta:
        db_table = "confidential_kind"
        ordering = ["name"]
        verbose_name = _("confidential kind of reason")
        verbose_name_plural = _("confidential kinds of reason")

    def __str__(self) -> str:
        return self.name


class ConfidentialReason(AppendOnly):
    """The reason of a change or of an excuse that says only ``CONFIDENTIAL`` itself: no list, export, mail or history
    can show it by mistake, and no recognizer can read it."""

    change = models.OneToOneField(MarkChange, on_delete=models.PROTECT, null=True, related_name="confidential")
    excuse = models.OneToOneField(Excuse, on_delete=models.PROTECT, null=True, related_name="confidential")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=500)

    objects = AppendOnlySet.as_manager()

    class Meta:
        db_table = "confidential_reason"
        constraints = [
            models.CheckConstraint(
                condition=Q(change__isnull=False, excuse__isnull=True) | Q(change__isnull=True, excuse__isnull=False),
                name="confidential_reason_of_one",
            )
        ]

    def __str__(self) -> str:
        return CONFIDENTIAL
