"""Two accounts of one person. Rows stay where they are; both addresses are known from then on."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from portal.accounts.administrators import LAST, is_last_administrator
from portal.accounts.models import Account
from portal.accounts.sessions import end_sessions, sign_ins_of


class MergeRefused(Exception):
    """These two cannot be merged. Nothing was written; the message says why."""


def merge(account: Account, into: Account) -> None:
    """Let ``into`` stand for ``account`` too: whoever signs in with either address is ``into``.

    Its password, second factors and role are those that count, and it has the courses of both. Whoever is signed in to
    the other is signed out. Doing it twice changes nothing. Raises MergeRefused.
    """
    with transaction.atomic():
        one, other = _locked(account, into)
        if one.merged_into_id == other.pk:
            return
        if one.pk == other.pk:
            raise MergeRefused(gettext("This is the same account. Type the other address of the person."))
        if one.merged_into_id or other.merged_into_id:
            merged = one if one.merged_into_id else other
            raise MergeRefused(
                gettext("{email} was merged already. Separate the two first.").format(email=merged.email)
            )
        if one.merged.exists():
            raise MergeRefused(
                gettext("{email} stands for another address too. Merge the other way round.").format(email=one.email)
            )
        if one.is_active and not other.is_active:
            raise MergeRefused(gettext("{email} may not sign in. Merge the other way round.").format(email=other.email))
        if is_last_administrator(one):
            raise MergeRefused(LAST)
        one.merged_into = other
        one.save(update_fields=["merged_into"])
        end_sessions(sign_ins_of(one))


def separate(account: Account) -> None:
    """Undo ``merge``: each address signs in to its own account again, with its own courses and its own password."""
    with transaction.atomic():
        (one,) = _locked(account)
        if one.merged_into_id:
            one.merged_into = None
            one.save(update_fields=["merged_into"])


def _locked(*accounts: Account) -> list[Account]:
    """The accounts as they are now, held until the transaction ends."""
    keys = [each.pk for each in accounts]
    found = {each.pk: each for each in Account.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    return [found[key] for key in keys]
