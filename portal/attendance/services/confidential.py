"""Keeps apart what is confidential of a reason, as it is entered."""

from __future__ import annotations

from dataclasses import dataclass

from portal.accounts.models import Account
from portal.attendance.models import CONFIDENTIAL, ConfidentialReason, Excuse, MarkChange
from portal.attendance.names import plain
from portal.attendance.queries.confidential import confidential_kinds
from portal.web.languages import in_every_language, later


@dataclass(frozen=True, slots=True)
class Reason:
    """What everybody reads, and the whole where that is not for everybody; empty otherwise."""

    shown: str
    hidden: str = ""


NO_REASON = Reason("")


def read_reason(text: str) -> Reason:
    """A reason as it was typed, by the kinds that are confidential now: usual ones in every language of the portal."""
    if not text:
        return NO_REASON
    is_hidden = any(
        _begins_with(text, name) for kind in confidential_kinds() for name in in_every_language(later(kind))
    )
    return Reason(CONFIDENTIAL, text) if is_hidden else Reason(text)


def hide(reason: Reason, by: Account, *, change: MarkChange | None = None, excuse: Excuse | None = None) -> None:
    """Keep what is hidden of the reason of a change or of an excuse, which is saved; within its transaction."""
    if reason.hidden:
        ConfidentialReason.objects.create(change=change, excuse=excuse, entered_by=by, text=reason.hidden)


def _begins_with(text: str, kind: str) -> bool:
    """Whether the words of the kind come first, in whatever case, width or form their letters are typed."""
    words = plain(kind).split()
    return plain(text).split()[: len(words)] == words if words else text.startswith(kind)
