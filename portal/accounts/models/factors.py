"""What an account is signed in to with beside its password."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class AuthenticatorApp(models.Model):
    """The app that counts codes for an account: one an account."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="authenticator_app")
    sealed_secret = models.CharField(max_length=200, help_text="Encrypted: see portal/accounts/factors/sealing.py.")
    last_step = models.BigIntegerField(
        help_text="The time step of the last code that was taken; an earlier one is not."
    )
    made_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "authenticator_app"

    def __str__(self) -> str:
        return f"authenticator app of {self.account}"


class Passkey(models.Model):
    """A key pair of which a device, or somebody's store of passwords, keeps the secret half."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60, help_text="What its owner calls it.")
    credential = models.BinaryField(help_text="Its id and public key, as WebAuthn writes them.")
    sign_count = models.BigIntegerField(help_text="How often it has signed; 0 for one that does not count.")
    made_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "passkey"
        ordering = ["made_at", "id"]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """Lets its owner in once, in the place of a device that is lost. The code itself is kept nowhere."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the code.")
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "recovery_code"

    def __str__(self) -> str:
        return f"recovery code of {self.account}"
