"""Pages of single sign-on: there, back, and connecting an account with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.factors.keeping import tell_owner
from portal.accounts.factors.views import proved
from portal.accounts.models import Account, SignIn
from portal.accounts.sessions import end_sessions
from portal.accounts.signing_in import PROVIDER, has_proved, safe_next, sign_in
from portal.accounts.single_sign_on import chosen, matching, takes_passwords
from portal.accounts.single_sign_on.provider import Claims, NotSignedIn, ProviderFails, ask, take_answer
from portal.web.single_sign_on import SingleSignOn

log = logging.getLogger(__name__)

_NEXT, _CONNECTS = "provider_next", "provider_connects"


def with_passwords(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page about passwords, which is there where people may sign in with one."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        if not takes_passwords():
            raise Http404("the provider alone lets in")
        return view(request, *arguments, **options)

    return guarded


def _provider() -> SingleSignOn:
    provider = chosen()
    if provider is None:
        raise Http404("no provider is chosen")
    return provider


@login_not_required
@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """To the provider. A link leads here, not a form: the page's policy lets forms lead to this host alone."""
    provider = _provider()
    request.session[_NEXT] = safe_next(request, "lecturer:today")
    try:
        return ask(request, provider, request.build_absolute_uri(reverse("accounts:provider_back")))
    except ProviderFails as error:
        return _fails(request, provider, error)


@login_not_required
@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    """Back from the provider: who signed in there is signed in here."""
    provider = _provider()
    try:
        claims = take_answer(request, provider)
    except NotSignedIn:
        return _refused(request, provider, "again", {}, 400)
    except ProviderFails as error:
        return _fails(request, provider, error)
    if request.session.pop(_CONNECTS, None) == request.user.pk is not None and has_proved(request):
        return _connect(request, provider, claims)
    next_page = request.session.pop(_NEXT, reverse("lecturer:today"))
    # Whoever was signed in here before has no part in what follows.
    end_sessions(SignIn.objects.filter(session_key=request.session.session_key))
    logout(request)
    account = matching.find_account(provider, claims)
    if account is None or not account.is_active:
        return _refused(request, provider, "unknown" if account is None else "inactive", claims, 403)
    matching.follow_groups(provider, claims, account)
    answer = redirect(next_page)
    sign_in(request, answer, account, PROVIDER, is_own_device=False)
    return answer


@require_POST
@proved
def connect(request: HttpRequest) -> HttpResponse:
    """Before the way to the provider: that it is this account which is to be connected. Or undo it."""
    provider, account = _provider(), cast(Account, request.user)
    if request.POST.get("act") == "disconnect":
        if takes_passwords() and matching.disconnect(provider, account):
            tell_owner(account, gettext_noop("It is not connected with {name} any more."), name=provider.name)
            messages.success(request, gettext("Disconnected from {name}.").format(name=provider.name))
        return redirect("accounts:profile")
    request.session[_CONNECTS] = account.pk
    return render(request, "accounts/connect.html", {"provider": provider})


def _connect(request: HttpRequest, provider: SingleSignOn, claims: Claims) -> HttpResponse:
    account = cast(Account, request.user)
    if matching.connect(provider, claims, account):
        tell_owner(account, gettext_noop("It can be signed in to with {name} now."), name=provider.name)
        messages.success(
            request, gettext("Connected: from now on you can sign in with {name}.").format(name=provider.name)
        )
    else:
        messages.error(
            request,
            gettext("Not connected: this account, or the one of {name}, is connected already.").format(
                name=provider.name
            ),
        )
    return redirect("accounts:profile")


def _refused(request: HttpRequest, provider: SingleSignOn, why: str, claims: Claims, status: int) -> HttpResponse:
    context = {"provider": provider, "why": why, "claims": claims}
    return render(request, "accounts/provider_refused.html", context, status=status)


def _fails(request: HttpRequest, provider: SingleSignOn, error: ProviderFails) -> HttpResponse:
    log.error("single sign-on fails, see ROLLCALL_OIDC_ISSUER: %s", error, extra={"event": "single sign-on fails"})
    return _refused(request, provider, "fails", {}, 502)
