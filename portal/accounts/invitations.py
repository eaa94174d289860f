"""Invitations: a mailed link with which a new person chooses a password, and is in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from urllib.parse import urljoin

from django.core import signing
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from portal.accounts.mailing import log_failure, write_mail
from portal.accounts.models import Account
from portal.accounts.single_sign_on import chosen, takes_passwords

VALID_FOR = timedelta(days=14)
"""A link that somebody gets on holiday still works afterwards."""

_SALT = "portal.accounts.invitations"
_LENGTH = 16


class InvitationTokens:
    """What the link carries. It counts until its owner has a password or another address, and for ``VALID_FOR``."""

    def make_token(self, account: Account) -> str:
        """A new token for the account."""
        return signing.dumps([account.email, account.get_session_auth_hash()[:_LENGTH]], salt=_SALT, compress=True)

    def check_token(self, account: Account | None, token: str | None) -> bool:
        """Whether it was made for the account as it is."""
        if account is None or not account.is_active or not token:
            return False
        try:
            email, password = signing.loads(token, salt=_SALT, max_age=VALID_FOR)
        except signing.BadSignature:
            return False
        is_same = constant_time_compare(password, account.get_session_auth_hash()[:_LENGTH])
        return is_same and bool(email == account.email)


INVITATIONS = InvitationTokens()


def invite(account: Account, origin: str) -> None:
    """Mail an invitation, and note when. ``origin`` is the portal's own address.

    Links of earlier invitations are worth nothing then. Raises OSError where the mail server takes none: then nothing
    is noted, and an earlier link stays.
    """
    if not account.has_usable_password():
        account.set_unusable_password()  # Another one, which the token stands for.
    uid = urlsafe_base64_encode(force_bytes(account.pk))
    if takes_passwords():
        path = reverse("accounts:invitation", kwargs={"uidb64": uid, "token": INVITATIONS.make_token(account)})
    else:
        path = reverse("accounts:sign_in")
    context = {
        "user": account,
        "link": urljoin(origin, path),
        "days": VALID_FOR.days,
        "provider": None if takes_passwords() else chosen(),
    }
    write_mail("invitation_mail", context, account.email).send()
    account.invited_at = timezone.now()
    account.save(update_fields=["invited_at", "password"])


def not_invited(since: datetime | None = None) -> QuerySet[Account]:
    """Who may sign in, has never done so, and was not invited: at all, or since then."""
    earlier = Q(invited_at=None) | Q(invited_at__lt=since) if since else Q(invited_at=None)
    return Account.objects.filter(earlier, is_active=True, last_login=None, merged_into=None).order_by("pk")


def invite_all(progress: Callable[[int], None], ids: Iterable[int], origin: str, asked_at: str) -> None:
    """The task: invite these accounts. Begun anew it goes on where it was: nobody is invited twice.

    Where the mail server fails it ends, and the log says so; who is still to be invited stays so.
    """
    waiting = not_invited(datetime.fromisoformat(asked_at)).filter(pk__in=list(ids))
    for done, account in enumerate(waiting, start=1):
        try:
            invite(account, origin)
        except OSError as error:  # SMTP's errors are such too.
            log_failure(account.pk, error)
            return
        progress(done)
