"""Staff have a second factor where the institution demands one.

Without it they reach nothing but the pages on which one is set up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.accounts.factors.keeping import has_factor
from portal.accounts.models import Account, SignIn
from portal.accounts.sessions import end_sessions
from portal.accounts.signing_in import PASSWORD, signed_in_by

_OPEN = frozenset(
    {
        "healthz",
        *(f"accounts:{name}" for name in ("factors", "add_app", "add_passkey", "confirm", "sign_out", "sign_in")),
    }
)
"""What whoever lacks a factor reaches."""


class FactorDemandMiddleware:
    """Leads staff who have signed in with a password alone to where they set a second factor up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, *_: Any) -> HttpResponse | None:
        account = request.user
        assert request.resolver_match is not None
        if not isinstance(account, Account) or not lacks_factor(request, account):
            return None
        if has_factor(account):
            # It was set up elsewhere, while this session began: show it.
            end_sessions(SignIn.objects.filter(session_key=request.session.session_key))
            logout(request)
            return redirect_to_login(request.get_full_path())
        if request.resolver_match.view_name in _OPEN:
            return None
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied("Set up a second factor first: your profile leads there.")
        return redirect("accounts:factors")


def lacks_factor(request: HttpRequest, account: Account) -> bool:
    """Whether more than a password is demanded of who is signed in, and this session was begun by a password alone."""
    return bool(settings.STAFF_NEED_SECOND_FACTOR) and account.is_staff and signed_in_by(request) == PASSWORD
