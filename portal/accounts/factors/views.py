"""Pages of the second factor: to show it at the sign-in, to set one up, and to take one away."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.demands import lacks_factor
from portal.accounts.factors import keeping
from portal.accounts.factors.authenticator import new_secret, setup_address
from portal.accounts.factors.forms import CodeForm, ConfirmForm, GuessedForm, NewAppForm, NewPasskeyForm, RecoveryForm
from portal.accounts.factors.passkeys import NotTaken, ask_to_make, ask_to_sign, read_made, take_signature
from portal.accounts.factors.recovery import codes_left
from portal.accounts.forms import answer_to_guess
from portal.accounts.models import Account, AuthenticatorApp, Passkey
from portal.accounts.sessions import end_sessions, sign_ins_of
from portal.accounts.signing_in import (
    FACTOR,
    PASSWORD,
    Pending,
    has_proved,
    note_factor,
    note_proof,
    pending_of,
    safe_next,
    sign_in,
)

_NEW_SECRET = "new_secret"

View = Callable[..., HttpResponse]
any_of_three = require_http_methods(["GET", "HEAD", "POST"])


@login_not_required
@any_of_three
def second_step(request: HttpRequest) -> HttpResponse:
    """The second factor of somebody whose password was right: a code, a passkey, or a recovery code."""
    pending = pending_of(request)
    if pending is None:
        return redirect("accounts:sign_in")
    form = _posted_form(request, pending.account)
    if "credential" in request.POST:
        try:
            take_signature(request, pending.account, request.POST["credential"])
        except NotTaken:
            messages.error(request, gettext("This passkey was not taken. Try again, or use another way."))
        else:
            return _signed_in(request, pending)
    elif form is not None and form.is_valid():
        if isinstance(form, RecoveryForm):
            _tell_of_recovery(request, pending.account)
        return _signed_in(request, pending)
    return _show_second_step(request, pending, form)


def _posted_form(request: HttpRequest, account: Account) -> GuessedForm | None:
    """The form whose field was sent."""
    for kind in (CodeForm, RecoveryForm):
        if kind.base_fields.keys() & request.POST.keys():
            return kind(request, account, request.POST, label_suffix="")
    return None


def _signed_in(request: HttpRequest, pending: Pending) -> HttpResponse:
    answer = redirect(pending.next)
    sign_in(request, answer, pending.account, FACTOR, is_own_device=pending.is_own_device)
    return answer


def _tell_of_recovery(request: HttpRequest, account: Account) -> None:
    left = codes_left(account)
    messages.warning(
        request,
        gettext("That recovery code is used up. Unused: {left}. Make new ones on your profile.").format(left=left),
    )
    keeping.tell_owner(
        account, gettext_noop("Somebody has signed in with one of its recovery codes. Unused are {left}."), left=left
    )


def _show_second_step(request: HttpRequest, pending: Pending, form: GuessedForm | None) -> HttpResponse:
    account = pending.account
    context: dict[str, Any] = {
        "code_form": form if isinstance(form, CodeForm) else CodeForm(request, account, label_suffix=""),
        "recovery_form": form if isinstance(form, RecoveryForm) else RecoveryForm(request, account, label_suffix=""),
        "has_app": AuthenticatorApp.objects.filter(account=account).exists(),
        "options": ask_to_sign(request, account) if Passkey.objects.filter(account=account).exists() else "",
    }
    return answer_to_guess(render(request, "accounts/second_step.html", context), form)


@any_of_three
def confirm(request: HttpRequest) -> HttpResponse:
    """The password once more, before what somebody signs in with is changed."""
    form = ConfirmForm(request, request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_bound and form.is_valid():
        note_proof(request)
        return redirect(safe_next(request, "accounts:factors"))
    return answer_to_guess(
        render(request, "accounts/confirm.html", {"form": form, "next": safe_next(request, "accounts:factors")}), form
    )


def proved(view: View) -> View:
    """A view for who has shown a short while ago who they are; everybody else is asked for the password first."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        if has_proved(request):
            return view(request, *arguments, **options)
        back = request.path if request.method == "GET" else reverse("accounts:factors")
        return redirect(f"{reverse('accounts:confirm')}?{urlencode({'next': back})}")

    return guarded


def factors(request: HttpRequest) -> HttpResponse:
    """What the account is signed in to with beside the password."""
    account = cast(Account, request.user)
    context = {
        "app": AuthenticatorApp.objects.filter(account=account).first(),
        "passkeys": Passkey.objects.filter(account=account),
        "codes_left": codes_left(account),
        "is_demanded": lacks_factor(request, account),
    }
    return render(request, "accounts/factors.html", context)


@any_of_three
@proved
def add_app(request: HttpRequest) -> HttpResponse:
    """Show a secret for an app to scan; the app is kept once it has counted a code."""
    account = cast(Account, request.user)
    if request.method != "POST" or _NEW_SECRET not in request.session:
        # What an earlier page showed, and nobody confirmed, may have been seen by somebody else.
        request.session[_NEW_SECRET] = new_secret()
    secret = request.session[_NEW_SECRET]
    form = NewAppForm(request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_bound and form.is_valid():
        had_one = keeping.has_factor(account)
        if keeping.add_app(account, secret, form.cleaned_data["code"]):
            del request.session[_NEW_SECRET]
            keeping.tell_owner(account, gettext_noop("An authenticator app was set up."))
            return _added(
                request, account, had_one, gettext("From now on you sign in with a code from your app as well.")
            )
        form.add_error(
            "code", gettext("This is not the code that the app shows now. Wait for the next one, and try again.")
        )
    picture = segno.make(setup_address(secret, account)).svg_inline(
        omitsize=True, border=3, svgclass=None, lineclass=None
    )
    spaced = " ".join(secret[begin : begin + 4] for begin in range(0, len(secret), 4))
    # What segno draws holds nothing that a person has typed.
    context = {"form": form, "secret": spaced, "picture": mark_safe(picture)}
    return render(request, "accounts/add_app.html", context)


@any_of_three
@proved
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Let the browser make a passkey, and keep it."""
    account = cast(Account, request.user)
    form = NewPasskeyForm(request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_bound and form.is_valid():
        name = form.cleaned_data["name"]
        had_one = keeping.has_factor(account)
        try:
            credential, sign_count = read_made(request, form.cleaned_data["credential"])
        except NotTaken:
            form.add_error(None, gettext("No passkey was made. Try again; if it fails again, set up an app instead."))
        else:
            keeping.add_passkey(account, name, credential, sign_count)
            keeping.tell_owner(account, gettext_noop("The passkey “{name}” was added."), name=name)
            return _added(
                request,
                account,
                had_one,
                gettext("From now on you can sign in with the passkey “{name}” as well.").format(name=name),
            )
    context = {"form": form, "options": ask_to_make(request, account)}
    return render(request, "accounts/add_passkey.html", context)


def _added(request: HttpRequest, account: Account, had_one: bool, words: str) -> HttpResponse:
    """With the first factor the recovery codes come, and whoever has the password alone is signed out."""
    note_factor(request, FACTOR)
    end_sessions(sign_ins_of(account).exclude(session_key=request.session.session_key))
    if not had_one:
        return _show_codes(request, keeping.renew_codes(account), words)
    messages.success(request, words)
    return redirect("accounts:factors")


@require_POST
@proved
def new_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown this once."""
    account = cast(Account, request.user)
    if not keeping.has_factor(account):
        return redirect("accounts:factors")
    codes = keeping.renew_codes(account)
    keeping.tell_owner(account, gettext_noop("New recovery codes were made. Earlier ones are worth nothing any more."))
    return _show_codes(request, codes, "")


def _show_codes(request: HttpRequest, codes: list[str], words: str) -> HttpResponse:
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "words": words})


@require_POST
@proved
def remove_factor(request: HttpRequest) -> HttpResponse:
    """Take the app, or one of the passkeys, away. With the last of them other sessions end: a factor let them in."""
    account = cast(Account, request.user)
    number = request.POST.get("passkey", "")
    if number.isdecimal():
        name = keeping.remove_passkey(account, int(number))
        removed = gettext("The passkey “{name}”").format(name=name) if name else ""
    else:
        removed = gettext("The authenticator app") if keeping.remove_app(account) else ""
    if removed:
        if not keeping.has_factor(account):
            note_factor(request, PASSWORD)
            end_sessions(sign_ins_of(account).exclude(session_key=request.session.session_key))
        keeping.tell_owner(account, gettext_noop("{removed} was removed."), removed=removed)
        messages.success(request, gettext("{removed} is removed.").format(removed=removed))
    return redirect("accounts:factors")
