"""The person's word in force, as the history of a mark tells it."""

from __future__ import annotations

from collections.abc import Iterable

from portal.attendance.decision import Word
from portal.attendance.models import MarkChange

Action = MarkChange.Action
WORDS = (Action.SET, Action.UNDO, Action.BACK)
"""The actions by which a person gives a word or takes it back."""


def words_that_stand(changes: Iterable[MarkChange]) -> list[MarkChange]:
    """The words that nobody has taken back, the latest last; ``changes`` are one student's, in the order of ids."""
    standing: list[MarkChange] = []
    for change in changes:
        if change.action == Action.SET:
            standing.append(change)
        elif change.action == Action.BACK:
            standing.clear()
        elif change.action == Action.UNDO and (own := latest_word_of(change.changed_by_id, standing)):
            standing.remove(own)
    return standing


def latest_word_of(account_id: int | None, standing: Iterable[MarkChange]) -> MarkChange | None:
    """The latest of the words that this person gave; None without one."""
    own = [word for word in standing if word.changed_by_id == account_id]
    return own[-1] if own else None


def word_in_force(changes: Iterable[MarkChange]) -> Word | None:
    """What a person says of the student now; ``changes`` as for ``words_that_stand``."""
    standing = words_that_stand(changes)
    if not standing:
        return None
    last = standing[-1]
    assert last.changed_by_id is not None  # The database's own rule: a word has an author.
    return Word(last.to_status, last.changed_by_id, last.reason)
