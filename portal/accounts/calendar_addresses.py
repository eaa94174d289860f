"""Addresses for calendar programs, which cannot sign in: whoever knows one reads a timetable, and nothing else.

A secret has 256 random bits, so that guessing is hopeless however often somebody tries, and a plain digest is enough.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.accounts.models import Account, CalendarAddress
from portal.accounts.models.trail import note_row

READ_AT_STEP = timedelta(hours=1)


def make_address(account: Account) -> str:
    """A new secret, shown this once; an earlier one of the account is worth nothing from then on."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        addresses_of(account).exclude(account=account).delete()
        CalendarAddress.objects.update_or_create(
            account=account, defaults={"digest": _digest(secret), "made_at": timezone.now(), "read_at": None}
        )
        note_row(account, "calendar address", new="made")
    return secret


def revoke_address(account: Account) -> bool:
    """Let the address lead nowhere; False where there was none."""
    with transaction.atomic():
        revoked, _ = addresses_of(account).delete()
        if revoked:
            note_row(account, "calendar address", old="revoked")
    return bool(revoked)


def addresses_of(account: Account) -> QuerySet[CalendarAddress]:
    """Those that lead to the account's timetable, its own and those of accounts that were merged into it."""
    return CalendarAddress.objects.filter(account__in=account.accounts)


def find_owner(secret: str) -> Account | None:
    """Whose address it is; None where it is nobody's, or of somebody who may not sign in any more."""
    found = CalendarAddress.objects.filter(digest=_digest(secret))
    address = found.select_related("account__merged_into").first()
    if address is None or not address.account.person.is_active:
        return None
    now = timezone.now()
    if address.read_at is None or now - address.read_at > READ_AT_STEP:
        CalendarAddress.objects.filter(pk=address.pk).update(read_at=now)
    return address.account.person


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
