"""Recovery codes: each lets its owner in once, when the device is lost.

A code has 80 random bits, so that guessing is hopeless for who has the digests too, and a plain digest is enough.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

from django.utils import timezone

from portal.accounts.models import Account, RecoveryCode

NUMBER = 10
_BYTES = 10


def make_codes(account: Account) -> list[str]:
    """New codes, shown this once; earlier ones are worth nothing from then on. Call it in a transaction."""
    RecoveryCode.objects.filter(account=account).delete()
    codes = [_new_code() for _ in range(NUMBER)]
    RecoveryCode.objects.bulk_create(RecoveryCode(account=account, digest=_digest(code)) for code in codes)
    return codes


def take_recovery_code(account: Account, code: str) -> bool:
    """Whether it is an unused recovery code of the account; from then on it is used."""
    unused = RecoveryCode.objects.filter(account=account, digest=_digest(code), used_at=None)
    return unused.update(used_at=timezone.now()) == 1


def codes_left(account: Account) -> int:
    """How many are unused."""
    return RecoveryCode.objects.filter(account=account, used_at=None).count()


def _new_code() -> str:
    """Four groups of four letters and digits."""
    text = base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()
    return "-".join(text[begin : begin + 4] for begin in range(0, len(text), 4))


def _digest(code: str) -> str:
    """Of the letters and digits alone, however they were typed."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
