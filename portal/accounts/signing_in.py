"""The way in: a right password signs in at once, or leads to the second factor where the account has one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from portal.accounts.browsers import remember_browser
from portal.accounts.models import Account
from portal.accounts.sessions import begin_session

PASSWORD, FACTOR, PROVIDER = "password", "second factor", "provider"

SECOND_STEP_WITHIN = timedelta(minutes=10)
PROOF_LASTS = timedelta(minutes=15)
"""For so long after a password nobody is asked for it again to change what they sign in with."""

_PENDING, _SIGNED_IN_BY, _PROVED_AT = "second_step", "signed_in_by", "proved_at"


@dataclass(frozen=True)
class Pending:
    """Somebody whose password was right, and who owes a second factor."""

    account: Account
    is_own_device: bool
    next: str


def sign_in(request: HttpRequest, answer: HttpResponse, account: Account, by: str, *, is_own_device: bool) -> None:
    """Begin the account's session. by: what its owner has shown."""
    login(request, account)
    request.session.pop(_PENDING, None)
    if is_own_device:
        begin_session(request, account, is_own_device=True)
    note_factor(request, by)
    note_proof(request)
    remember_browser(request, answer, account)


def owe_factor(request: HttpRequest, account: Account, next_page: str, *, is_own_device: bool) -> None:
    """Keep that the password was right, in a session of nobody's, until the second factor is shown."""
    request.session.cycle_key()
    request.session[_PENDING] = {
        "account": account.pk,
        "password": account.get_session_auth_hash(),
        "at": timezone.now().timestamp(),
        "next": next_page,
        "is_own_device": is_own_device,
    }


def pending_of(request: HttpRequest) -> Pending | None:
    """Who owes a second factor here; None where nobody does, it is too long ago, or the password is another by now."""
    kept = request.session.get(_PENDING)
    if kept is None or timezone.now().timestamp() - kept["at"] > SECOND_STEP_WITHIN.total_seconds():
        return None
    account = Account.objects.filter(pk=kept["account"], is_active=True, merged_into=None).first()
    if account is None or not constant_time_compare(kept["password"], account.get_session_auth_hash()):
        return None
    return Pending(account, kept["is_own_device"], kept["next"])


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """The page of ours that the request asks to go on to, or the one of that name."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and wanted.startswith("/") else reverse(otherwise)


def signed_in_by(request: HttpRequest) -> str:
    """What was shown to begin this session."""
    by: str = request.session.get(_SIGNED_IN_BY, PASSWORD)
    return by


def note_factor(request: HttpRequest, by: str) -> None:
    """From now on the session counts as begun by this."""
    request.session[_SIGNED_IN_BY] = by


def note_proof(request: HttpRequest) -> None:
    """Whoever sits there has just shown who they are."""
    request.session[_PROVED_AT] = timezone.now().timestamp()


def has_proved(request: HttpRequest) -> bool:
    """Whether whoever sits there has shown who they are a short while ago."""
    at: float = request.session.get(_PROVED_AT, 0.0)
    return timezone.now().timestamp() - at < PROOF_LASTS.total_seconds()
