"""Who an account is to the provider of single sign-on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class ProviderIdentity(models.Model):
    """The provider's own name for the owner of an account, which stays when e-mail address and name change."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="provider_identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    digest = models.CharField(
        max_length=64,
        unique=True,
        help_text="SHA-256 of both: databases hold “a” and “A” for the same, providers do not.",
    )
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "provider_identity"

    def __str__(self) -> str:
        return f"{self.account} at {self.issuer}"
