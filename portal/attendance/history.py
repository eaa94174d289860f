"""The person's word in force, as the history of a mark tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from portal.attendance.decision import Word
from portal.attendance.models import Mark, MarkChange, Source

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


def with_word_of_mark(changes: Sequence[MarkChange], mark: Mark | None) -> list[MarkChange]:
    """The changes, led by the word that a mark says and no change tells: it is older than the history, or was restored.

    That one is not saved yet. It is told from what stood to what stood, and when it was given nobody knows.
    """
    is_told = any(change.action in WORDS for change in changes)
    if is_told or mark is None or mark.source != Source.LECTURER or mark.marked_by_id is None:
        return list(changes)
    word = MarkChange(
        session_id=mark.session_id,
        student_id=mark.student_id,
        action=Action.SET,
        changed_by_id=mark.marked_by_id,
        from_status=mark.status,
        from_source=mark.source,
        to_status=mark.status,
        to_source=mark.source,
        reason=mark.note or "No reason was kept.",
    )
    return [word, *changes]


def is_undated(change: MarkChange) -> bool:
    """Of the first change in a history: whether it is such a word."""
    is_alike = (change.from_status, change.from_source) == (change.to_status, Source.LECTURER)
    return change.action == Action.SET and is_alike


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
