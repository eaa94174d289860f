"""What one person has changed, a page at a time, and whether it still stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from portal.accounts.models import Account
from portal.attendance.history import WORDS, words_that_stand
from portal.attendance.models import MarkChange

ON_A_PAGE = 50


class Standing(StrEnum):
    """What has become of a word."""

    STANDS = "stands"
    REPLACED = "replaced"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class OwnChange:
    """A change, and what has become of it; None for what is no word. ``replaced_by`` is the word that holds instead."""

    change: MarkChange
    standing: Standing | None
    replaced_by: MarkChange | None = None


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """Newest first. ``older_than`` is the key that the next page begins after; None on the last page."""

    changes: list[OwnChange]
    older_than: int | None


def changes_by(account: Account, changes: QuerySet[MarkChange], older_than: int | None) -> ChangesPage:
    """What the account has changed, of ``changes`` from ``access.changes_of``."""
    rows = changes.filter(changed_by__in=account.accounts).order_by("-pk")
    if older_than:
        rows = rows.filter(pk__lt=older_than)
    found = list(rows.select_related("session__course", "session__room", "student")[: ON_A_PAGE + 1])
    page = found[:ON_A_PAGE]
    standing = _standing_words(page)
    own = [_own_change(change, standing[change.session_id, change.student_id]) for change in page]
    return ChangesPage(own, page[-1].pk if len(found) > ON_A_PAGE else None)


def _standing_words(page: Sequence[MarkChange]) -> dict[tuple[int, int], list[MarkChange]]:
    """For each class session and student of the page the words that nobody has taken back."""
    histories: dict[tuple[int, int], list[MarkChange]] = defaultdict(list)
    pairs = {(change.session_id, change.student_id) for change in page}
    if pairs:
        of_pairs = reduce(or_, (Q(session=session, student=student) for session, student in sorted(pairs)))
        rows = MarkChange.objects.filter(of_pairs, action__in=WORDS).select_related("changed_by")
        for change in rows.order_by("pk"):
            histories[change.session_id, change.student_id].append(change)
    return defaultdict(list, {pair: words_that_stand(history) for pair, history in histories.items()})


def _own_change(change: MarkChange, standing: Sequence[MarkChange]) -> OwnChange:
    if change.action != MarkChange.Action.SET:
        return OwnChange(change, None)
    if change not in standing:
        return OwnChange(change, Standing.TAKEN_BACK)
    last = standing[-1]
    return OwnChange(change, Standing.STANDS) if change == last else OwnChange(change, Standing.REPLACED, last)
