"""Somebody has to be able to keep accounts: nobody takes that right from the last one who has it."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Account

LAST = _("Nobody else could keep accounts then. Make somebody else an administrator first.")


def is_last_administrator(account: Account) -> bool:
    """Whether the account, as the database has it, is the only one that may keep accounts.

    Those who may are locked until the transaction ends: of two administrators who take the right from each other at
    once, the second waits, and is then the last.
    """
    return list(administrators().select_for_update().values_list("pk", flat=True)) == [account.pk]


def administrators() -> QuerySet[Account]:
    """Who may keep accounts. Nobody signs in to an account that was merged into another."""
    rows = Account.objects.filter(is_active=True, is_staff=True, is_superuser=True, merged_into=None)
    return rows.order_by("pk")
