"""Adding second factors to an account, and taking them away. Each change stands in the trail."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from portal.accounts.factors.authenticator import find_step
from portal.accounts.factors.recovery import make_codes
from portal.accounts.factors.sealing import seal
from portal.accounts.mailing import send_beside, send_mail
from portal.accounts.models import Account, AuthenticatorApp, Passkey, RecoveryCode, SignIn
from portal.accounts.models.trail import note_row
from portal.accounts.sessions import end_sessions
from portal.web.languages import speaking_to

APP = "authenticator app"
CODES = "recovery codes"
_FIELD = "second factor"


def has_factor(account: Account) -> bool:
    """Whether the account is signed in to with more than a password."""
    apps, passkeys = AuthenticatorApp.objects.filter(account=account), Passkey.objects.filter(account=account)
    return apps.exists() or passkeys.exists()


def add_app(account: Account, secret: str, code: str) -> bool:
    """Keep an app that has counted this code, in the place of an earlier one; False where the code is not the app's."""
    now = timezone.now()
    step = find_step(secret, code, now)
    if step is None:
        return False
    kept = {"sealed_secret": seal(secret, account.pk), "last_step": step, "made_at": now, "used_at": None}
    with transaction.atomic():
        AuthenticatorApp.objects.update_or_create(account=account, defaults=kept)
        note_row(account, _FIELD, new=APP)
    return True


def add_passkey(account: Account, name: str, credential: bytes, sign_count: int) -> None:
    """Keep a passkey."""
    with transaction.atomic():
        Passkey.objects.create(account=account, name=name, credential=credential, sign_count=sign_count)
        note_row(account, _FIELD, new=f"passkey “{name}”")


def renew_codes(account: Account) -> list[str]:
    """New recovery codes, to be shown once."""
    with transaction.atomic():
        codes = make_codes(account)
        note_row(account, _FIELD, new=CODES)
    return codes


def remove_app(account: Account) -> bool:
    """Take the app away; False where there was none. With the last factor the recovery codes go."""
    with transaction.atomic():
        removed, _ = AuthenticatorApp.objects.filter(account=account).delete()
        if removed:
            _note_removed(account, APP)
    return bool(removed)


def remove_passkey(account: Account, passkey_id: int) -> str:
    """Take a passkey away; what it was called, or empty where there was none."""
    with transaction.atomic():
        passkey = Passkey.objects.filter(account=account, pk=passkey_id).first()
        if passkey is None:
            return ""
        passkey.delete()
        _note_removed(account, f"passkey “{passkey.name}”")
    return passkey.name


def take_factors_off(account: Account) -> bool:
    """Take everything but the password away, and sign the account out everywhere: its owner has lost the device.

    False where there was nothing.
    """
    with transaction.atomic():
        if not has_factor(account):
            return False
        for model in (AuthenticatorApp, Passkey, RecoveryCode):
            model.objects.filter(account=account).delete()
        note_row(account, _FIELD, old="all, taken off")
        end_sessions(SignIn.objects.filter(account=account))
    tell_owner(
        account,
        gettext_noop("All its second factors were taken off by an administrator: the password alone lets in now."),
    )
    return True


def tell_owner(account: Account, words: str, **values: object) -> None:
    """Mail the owner what has become of the second factors: words of the catalogues, in which the values stand."""
    with speaking_to(account):
        what = gettext(words).format(**values)
    send_beside(partial(send_mail, "factors_mail", {"user": account, "what": what}, account.email, account.pk))


def _note_removed(account: Account, what: str) -> None:
    note_row(account, _FIELD, old=what)
    if not has_factor(account):
        RecoveryCode.objects.filter(account=account).delete()
