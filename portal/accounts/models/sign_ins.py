"""Where an account is signed in to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class SignIn(models.Model):
    """A browser in which an account is signed in to: one session, for its owner to look at and to end."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.CharField(max_length=64, blank=True, db_default="")
    user_agent = models.CharField(
        max_length=300, blank=True, db_default="", help_text="What the browser says that it is."
    )
    is_own_device = models.BooleanField(default=False, db_default=False)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, help_text="When a person last opened a page, to the minute.")

    class Meta:
        db_table = "sign_in"
        ordering = ["-seen_at", "-id"]

    def __str__(self) -> str:
        return f"{self.account}, {self.user_agent}"
