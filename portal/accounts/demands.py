"""What the institution demands of a sign-in holds for every page.

Staff without a second factor reach nothing but the pages on which one is set up. Where the provider of single sign-on
alone lets in, a session that a password has begun is over. So is one of an account that was merged into another.
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
from django.utils.translation import gettext

from portal.accounts.factors.keeping import has_factor
from portal.accounts.models import Account, SignIn
from portal.accounts.sessions import end_sessions
from portal.accounts.signing_in import PASSWORD, PROVIDER, signed_in_by
from portal.accounts.single_sign_on import takes_passwords

_OPEN = frozenset(
    {
        "healthz",
        *(f"accounts:{name}" for name in ("factors", "add_app", "add_passkey", "confirm", "sign_out", "sign_in")),
    }
)
"""What whoever lacks a factor reaches."""


class SignInDemandMiddleware:
    """Holds every request to what is demanded of a sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, *_: Any) -> HttpResponse | None:
        account = request.user
        assert request.resolver_match is not None
        if not isinstance(account, Account):
            return None
        if account.merged_into_id:
            # Another stands for it since. A session may have begun while the two were merged.
            return _sign_in_anew(request)
        if not takes_passwords() and signed_in_by(request) != PROVIDER:
            return _sign_in_anew(request)
        if not lacks_factor(request, account):
            return None
        if has_factor(account):
            # It was set up elsewhere, while this session began: show it.
            return _sign_in_anew(request)
        if request.resolver_match.view_name in _OPEN:
            return None
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied(gettext("Set up a second factor first: every page leads there."))
        return redirect("accounts:factors")


def _sign_in_anew(request: HttpRequest) -> HttpResponse:
    end_sessions(SignIn.objects.filter(session_key=request.session.session_key))
    logout(request)
    return redirect_to_login(request.get_full_path())


def lacks_factor(request: HttpRequest, account: Account) -> bool:
    """Whether more than a password is demanded of who is signed in, and this session was begun by a password alone."""
    return bool(settings.STAFF_NEED_SECOND_FACTOR) and account.is_staff and signed_in_by(request) == PASSWORD
