"""A new e-mail address counts once its mailbox has confirmed it, and the old one has been told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare

from portal.accounts.models import Account

_SALT = "portal.accounts.new_address"
_LENGTH = 16


@dataclass(frozen=True)
class NewAddress:
    """What a mailed link asks for."""

    account_id: int
    old: str
    new: str
    password: str


def sign_new_address(account: Account, new: str) -> str:
    """What the link carries. It counts as long as address and password are what they are, and for four hours."""
    content = [account.pk, account.email, new, account.get_session_auth_hash()[:_LENGTH]]
    return signing.dumps(content, salt=_SALT, compress=True)


def read_new_address(token: str, account: Account) -> str:
    """The new address; empty where the link is of another account, is too old, was used, or is none of ours."""
    try:
        content = signing.loads(token, salt=_SALT, max_age=timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT))
    except signing.BadSignature:
        return ""
    asked = NewAddress(*content)
    is_current = constant_time_compare(asked.password, account.get_session_auth_hash()[:_LENGTH])
    return asked.new if is_current and (asked.account_id, asked.old) == (account.pk, account.email) else ""
