"""On whose behalf the portal is working, for what it writes down about changes."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from portal.accounts.models import Account

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


class ActingMiddleware:
    """Whatever is changed while a request is answered, whoever is signed in changes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)


def acting_account() -> Account | None:
    """Who is signed in; None where nobody is, or where no page is being answered."""
    request = _request.get()
    return request.user if request is not None and request.user.is_authenticated else None


def acting_program() -> str:
    """What works where nobody is signed in."""
    return "rollcall-manage" if _request.get() is None else "portal"
