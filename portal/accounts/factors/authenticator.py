"""Authenticator apps: codes of six digits that change every half minute (TOTP, RFC 6238)."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from portal.accounts.factors.sealing import is_of_present_key, seal, unseal
from portal.accounts.models import Account, AuthenticatorApp

DIGITS = 6
STEP_SECONDS = 30
_SECRET_BYTES = 20
"""As RFC 4226 recommends."""

_DRIFT = 1
"""Steps by which the clock of the app may be ahead or behind."""

_ISSUER = "Rollcall"


def new_secret() -> str:
    """A new secret in base32, as people type it into an app that cannot scan."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def setup_address(secret: str, account: Account) -> str:
    """The ``otpauth:`` address that an app scans."""
    label = quote(f"{_ISSUER}:{account.email}", safe=":@")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': _ISSUER})}"


def code_at(secret: str, step: int) -> str:
    """The code of a time step. SHA-1, since many apps know nothing else; RFC 6238 holds it for safe."""
    hotp = HOTP(base64.b32decode(secret), DIGITS, SHA1())
    return hotp.generate(step).decode()


def step_at(instant: datetime) -> int:
    """The time step of an instant."""
    return int(instant.timestamp()) // STEP_SECONDS


def find_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code it is, near the present one; None where it is none of them."""
    step = step_at(now)
    near = range(step - _DRIFT, step + _DRIFT + 1)
    # All of them are compared, so that the time tells nothing.
    matching = [each for each in near if constant_time_compare(code_at(secret, each), code)]
    return matching[-1] if matching else None


def take_code(account: Account, code: str) -> bool:
    """Whether it is the code of the account's app. A code is taken once, and none of before it afterwards."""
    app = AuthenticatorApp.objects.filter(account=account).first()
    secret = unseal(app.sealed_secret, account.pk) if app else None
    now = timezone.now()
    step = find_step(secret, code, now) if secret else None
    if app is None or step is None:
        return False
    unused = AuthenticatorApp.objects.filter(pk=app.pk, last_step__lt=step)
    return unused.update(last_step=step, used_at=now) == 1


def reseal_secrets() -> int:
    """Encrypt with the present secret key what one of its fallbacks has encrypted; how many."""
    resealed = 0
    for app in AuthenticatorApp.objects.all():
        if is_of_present_key(app.sealed_secret, app.account_id):
            continue
        if (secret := unseal(app.sealed_secret, app.account_id)) is not None:
            unchanged = AuthenticatorApp.objects.filter(pk=app.pk, sealed_secret=app.sealed_secret)
            resealed += unchanged.update(sealed_secret=seal(secret, app.account_id))
    return resealed
