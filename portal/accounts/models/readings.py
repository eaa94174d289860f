"""Who read what: sign-ins, exports, and the pages of single students."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.web.append_only import AppendOnlySet, refuse

_DELETED_AT_ONCE = 1000


class ReadingSet(AppendOnlySet["Reading"]):
    """Readings are added, and deleted once they are old."""

    def forget_before(self, instant: datetime) -> int:
        """Delete the older ones; how many. A thousand in a statement, so that no table is held for long."""
        rows: models.QuerySet[Reading] = models.QuerySet(self.model, using=self.db)
        old = rows.filter(read_at__lt=instant).order_by("read_at", "pk")
        gone = 0
        while keys := list(old.values_list("pk", flat=True)[:_DELETED_AT_ONCE]):
            gone += rows.filter(pk__in=keys).delete()[0]
        return gone


class Reading(models.Model):
    """Append-only, and kept for as long as the institution says. Names are kept as they were at that time.

    Triggers let nobody delete those of the last four weeks: whoever reads with a stolen password leaves a trace.
    """

    class Act(models.TextChoices):
        SIGN_IN = "sign_in", _("signed in")
        EXPORT = "export", _("exported")
        STUDENT = "student", _("looked at a student")

    read_at = models.DateTimeField(_("when"), default=timezone.now)
    # Without a constraint: an account that is deleted leaves its readings as they are.
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+"
    )
    reader_name = models.CharField(_("who"), max_length=200, blank=True, help_text="Empty where a command was typed.")
    reader_email = models.CharField(_("e-mail address"), max_length=254, blank=True)
    address = models.CharField(max_length=64, blank=True, help_text="Where from; of IPv6 the network of 64 bits.")
    act = models.CharField(max_length=8, choices=Act)
    about = models.CharField(max_length=300, blank=True, help_text="What was exported, or whose page it was.")
    row_id = models.BigIntegerField(null=True, help_text="The student whose page it was.")

    objects = ReadingSet.as_manager()

    class Meta:
        db_table = "reading"
        ordering = ["-read_at", "-id"]
        indexes = [
            models.Index(fields=["read_at", "id"], name="reading_read_at"),
            models.Index(fields=["act", "row_id", "id"], name="reading_row"),
            models.Index(fields=["reader_email", "id"], name="reading_reader"),
        ]

    def __str__(self) -> str:
        return f"{self.reader_name or 'a command'} {self.get_act_display()} {self.about}".strip()

    def save(self, *arguments: object, **options: object) -> None:
        """Add the row; TypeError where it stands already."""
        if not self._state.adding:
            refuse(type(self))
        super().save(*arguments, **options)  # type: ignore[arg-type]

    def delete(self, *arguments: object, **options: object) -> NoReturn:
        """Always a TypeError: old ones are forgotten together."""
        refuse(type(self))


def forget_old_readings(now: datetime) -> int:
    """Delete what is older than ROLLCALL_READINGS_DAYS; how many."""
    return Reading.objects.forget_before(now - timedelta(days=settings.READINGS_DAYS))
