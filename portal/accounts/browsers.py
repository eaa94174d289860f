"""Browsers in which an account has been signed in to before: their wrong passwords are counted apart.

A cookie says so, signed: this is what OWASP calls a device cookie. It lets nobody in. It only keeps guesses that others
make from getting in the way of the account's owner.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from portal.accounts.models import Account

_SALT = "portal.accounts.browsers"
_KEPT_FOR = timedelta(days=180)
_MOST_ACCOUNTS = 5
"""Of one browser; whoever signed in longest ago is forgotten."""


def known_browser(request: HttpRequest, email: str) -> str:
    """What to count wrong passwords under, where the account has been signed in to with this browser; else empty."""
    browsers = _read(request)
    if not browsers:
        return ""
    account = Account.objects.person_with(email)
    return browsers.get(account.pk, "") if account else ""


def remember_browser(request: HttpRequest, response: HttpResponse, account: Account) -> None:
    """Let this browser be known to have been signed in with to the account."""
    browsers = _read(request)
    name = browsers.pop(account.pk, "") or secrets.token_hex(8)
    kept = [*list(browsers.items())[1 - _MOST_ACCOUNTS :], (account.pk, name)]
    response.set_cookie(
        settings.BROWSER_COOKIE_NAME,
        signing.dumps(kept, salt=_SALT, compress=True),
        max_age=_KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> dict[int | None, str]:
    """The browser's name for each account, the account that signed in last at the end."""
    cookie = request.COOKIES.get(settings.BROWSER_COOKIE_NAME, "")
    try:
        return dict(signing.loads(cookie, salt=_SALT, max_age=_KEPT_FOR))
    except signing.BadSignature:
        return {}
