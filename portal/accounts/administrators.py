"""Somebody has to be able to keep accounts: nobody takes that right from the last one who has it."""

from __future__ import annotations

from portal.accounts.models import Account

LAST = "Nobody else could keep accounts then. Make somebody else an administrator first."


def is_last_administrator(account: Account) -> bool:
    """Whether the account, as the database has it, is the only one that may keep accounts.

    Those who may are locked until the transaction ends: of two administrators who take the right from each other at
    once, the second waits, and is then the last.
    """
    rows = Account.objects.select_for_update().filter(is_active=True, is_staff=True, is_superuser=True)
    return list(rows.order_by("pk").values_list("pk", flat=True)) == [account.pk]
