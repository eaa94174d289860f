"""On whose behalf the portal is working, for what it writes down about changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from portal.accounts.models import Account

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
_asked_by: ContextVar[Account | None] = ContextVar("asked_by", default=None)


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


@contextmanager
def acting_for(account: Account | None) -> Iterator[None]:
    """What is changed meanwhile was asked for by the account, though nobody waits for a page."""
    token = _asked_by.set(account)
    try:
        yield
    finally:
        _asked_by.reset(token)


def acting_account() -> Account | None:
    """Who is signed in, or has asked for what is done where no page is being answered; None where nobody has."""
    request = _request.get()
    if request is None:
        return _asked_by.get()
    return request.user if request.user.is_authenticated else None


def acting_program() -> str:
    """What works where nobody is signed in."""
    return "rollcall-manage" if _request.get() is None else "portal"
