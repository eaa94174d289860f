"""What is counted, so that nobody can guess a password or flood a mailbox."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Attempt(models.Model):
    """One wrong password or code, or one mail that somebody asked for. What was typed as the password is never kept."""

    class Kind(models.TextChoices):
        PASSWORD = "password", _("wrong password")
        CODE = "code", _("wrong code")
        MAIL = "mail", _("mail asked for")

    kind = models.CharField(max_length=8, choices=Kind)
    email = models.CharField(
        _("e-mail address"),
        max_length=254,
        help_text="As it was typed, in lower case; there may be no such account.",
    )
    address = models.CharField(
        max_length=64, blank=True, db_default="", help_text="Where it came from; of IPv6 the network of 64 bits."
    )
    browser = models.CharField(
        max_length=32,
        blank=True,
        db_default="",
        help_text="The browser, where the account has been signed in to with it before; else empty.",
    )
    made_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        db_table = "sign_in_attempt"
        ordering = ["-made_at", "-id"]
        indexes = [
            models.Index(fields=["kind", "email", "made_at"], name="sign_in_attempt_email"),
            models.Index(fields=["kind", "address", "made_at"], name="sign_in_attempt_address"),
            models.Index(fields=["made_at"], name="sign_in_attempt_made_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.email}"
