"""Who is sent a mail at the day's end about what needs them."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class DigestSubscriber(models.Model):
    """Somebody who has asked for it, and the last day that is done with."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    last_day = models.DateField(null=True)
    claimed_until = models.DateTimeField(null=True, help_text="A program is sending it.")

    class Meta:
        db_table = "digest_subscriber"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.account}"
