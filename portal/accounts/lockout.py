"""What counts as the same account and the same place when sign-ins fail: django-axes asks here."""

from __future__ import annotations

from typing import Any

from axes.utils import reset
from django.conf import settings
from django.http import HttpRequest


def account_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The e-mail address that was typed, so written that A@x.org and a@x.org are counted together."""
    typed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return str(typed).strip().lower()[:254]


def client_address(request: HttpRequest) -> str:
    """Where the request came from; behind nginx that is the last address it put into X-Forwarded-For."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def forgive(email: str) -> None:
    """Forget an account's failed sign-ins: it has shown in another way who it is."""
    reset(username=email.lower())
