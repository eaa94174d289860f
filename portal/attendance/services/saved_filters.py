"""Keeping filters of the records under names of one's own."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance.models import SavedFilter

MOST = 30
"""So many a person: more would be looked for longer than they save."""


class NotKept(Exception):
    """A filter that is not kept, with words for who asked for it."""


def keep_filter(account: Account, name: str, query: str) -> SavedFilter:
    """Keep a filter; one of the same name is replaced. Raises NotKept."""
    mine = SavedFilter.objects.filter(account=account)
    if not mine.filter(name=name).exists() and mine.count() >= MOST:
        raise NotKept(gettext("You keep {most} filters already: delete one first.").format(most=MOST))
    kept, _ = SavedFilter.objects.update_or_create(account=account, name=name, defaults={"query": query})
    return kept


def rename_filter(kept: SavedFilter, name: str) -> None:
    """Give it another name. Raises NotKept where a filter of the same person has it."""
    kept.name = name
    try:
        with transaction.atomic():
            kept.save(update_fields=["name"])
    except IntegrityError:
        raise NotKept(gettext("Another of your filters is called “{name}”.").format(name=name)) from None


def forget_filter(kept: SavedFilter) -> None:
    """Delete it."""
    kept.delete()
