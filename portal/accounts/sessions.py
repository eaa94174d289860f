"""How long somebody stays signed in, where, and how they sign out elsewhere.

A session ends when its browser does, after a while in which nobody opens a page, and after a working day. Whoever
says that the device is their own stays signed in for longer. A page that asks for news by itself does not count.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from portal.accounts.addresses import client_address
from portal.accounts.models import Account, SignIn
from portal.accounts.readings import note_sign_in
from portal.web.polling import is_poll

LONGEST = timedelta(hours=12)
OWN_DEVICE_IDLE = timedelta(days=7)
OWN_DEVICE_LONGEST = timedelta(days=30)

_SEEN_EVERY = timedelta(minutes=1)
"""So that not every page is a row that is written."""

_FORGOTTEN_AT_ONCE = 1000

_STARTED, _SEEN, _OWN = "started_at", "seen_at", "is_own_device"


def begin_session(request: HttpRequest, account: Account, *, is_own_device: bool = False) -> None:
    """Note where the account is signed in to, and from when on its time runs."""
    now = timezone.now()
    session = request.session
    session[_STARTED] = session[_SEEN] = now.timestamp()
    session[_OWN] = is_own_device
    session.set_expiry(OWN_DEVICE_LONGEST if is_own_device else 0)
    if session.session_key is None:
        session.save()
    SignIn.objects.update_or_create(
        session_key=session.session_key,
        defaults={
            "account": account,
            "address": client_address(request)[:64],
            "user_agent": request.headers.get("User-Agent", "")[:300],
            "is_own_device": is_own_device,
            "started_at": now,
            "seen_at": now,
        },
    )


class SessionTimeMiddleware:
    """Signs out whose time is over."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        account = request.user
        if not isinstance(account, Account):
            return self.get_response(request)
        if _SEEN not in request.session:
            begin_session(request, account)  # It is older than this release.
        elif is_over(request.session, timezone.now()):
            end_sessions(SignIn.objects.filter(session_key=request.session.session_key))
            logout(request)
        elif not is_poll(request):
            _note_seen(request)
        before = request.session.session_key
        answer = self.get_response(request)
        if request.user == account:
            _follow_session(before, request.session.session_key)
        return answer


def is_over(session: Any, now: datetime) -> bool:
    """Whether nobody has opened a page for too long, or the session is too old."""
    own = session[_OWN]
    idle = OWN_DEVICE_IDLE if own else timedelta(minutes=settings.IDLE_MINUTES)
    longest = OWN_DEVICE_LONGEST if own else LONGEST
    at = now.timestamp()
    return bool(at - session[_SEEN] > idle.total_seconds() or at - session[_STARTED] > longest.total_seconds())


def sign_ins_of(account: Account) -> QuerySet[SignIn]:
    """Where the account is signed in to, the latest first."""
    sign_ins = SignIn.objects.filter(account=account)
    living = Session.objects.filter(session_key__in=_keys_of(sign_ins), expire_date__gt=timezone.now())
    return sign_ins.filter(session_key__in=_keys_of(living))


def end_sessions(sign_ins: QuerySet[SignIn]) -> int:
    """Sign out there; returns in how many browsers."""
    keys = _keys_of(sign_ins)
    Session.objects.filter(session_key__in=keys).delete()
    SignIn.objects.filter(session_key__in=keys).delete()
    return len(keys)


def forget_ended() -> None:
    """Delete what is known of sessions that are over."""
    ended = sorted({*_keys_of(SignIn.objects.all())} - {*_keys_of(Session.objects.all())})
    for begin in range(0, len(ended), _FORGOTTEN_AT_ONCE):
        SignIn.objects.filter(session_key__in=ended[begin : begin + _FORGOTTEN_AT_ONCE]).delete()


def _keys_of(rows: QuerySet[Any]) -> list[str]:
    """Not compared in the database: the two tables may be of different times, and of different collations."""
    return list(rows.values_list("session_key", flat=True))


def _follow_session(before: str | None, now: str | None) -> None:
    """It goes on under a new key, as after a new password: one that is not known cannot be ended elsewhere."""
    if now and now != before:
        SignIn.objects.filter(session_key=before).update(session_key=now)


def _note_seen(request: HttpRequest) -> None:
    now = timezone.now()
    if now.timestamp() - request.session[_SEEN] > _SEEN_EVERY.total_seconds():
        request.session[_SEEN] = now.timestamp()
        SignIn.objects.filter(session_key=request.session.session_key).update(seen_at=now)


def _begin(sender: object, request: HttpRequest, user: Account, **_: Any) -> None:
    begin_session(request, user)
    note_sign_in(request, user)


user_logged_in.connect(_begin, dispatch_uid="portal.accounts.sessions")
