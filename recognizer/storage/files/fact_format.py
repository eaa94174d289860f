"""Facts as text, for the outbox."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from recognizer.domain.ports.delivery import Fact
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.near_miss import NearMiss
from recognizer.domain.register.observation import BlindSpan, SightSpan
from recognizer.domain.register.outbox_fault import OutboxFault

_KINDS: dict[str, type[Fact]] = {
    "evidence": Evidence,
    "near miss": NearMiss,
    "sight": SightSpan,
    "blind": BlindSpan,
    "fault": OutboxFault,
}
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
_INSTANTS = ("hour", "first_seen_at", "last_seen_at", "starts_at", "ends_at", "happened_at")


def kind_of(fact: type[Fact]) -> str:
    """The name of that class of facts in the file."""
    return next(kind for kind, its_class in _KINDS.items() if its_class is fact)


def key_of(fact: Fact) -> str:
    """What facts that are one have in common, and no others of their kind."""
    return json.dumps([part.isoformat() if isinstance(part, datetime) else part for part in fact.key])


def to_text(fact: Fact) -> str:
    """The fact as JSON; instants in ISO 8601."""
    content = asdict(fact)
    for name in _INSTANTS:
        if name in content:
            content[name] = content[name].isoformat()
    return json.dumps(content, ensure_ascii=False)


def from_text(kind: str, key: str, text: str) -> Any:
    """The fact again. Raises one of UNREADABLE for what this release cannot read.

    Whom it is about stands in the outbox twice: where a damaged byte makes the two differ, it is not read, for another
    student would be marked.
    """
    content = json.loads(text)
    for name in _INSTANTS:
        if name in content:
            content[name] = datetime.fromisoformat(content[name])
    fact = _KINDS[kind](**content)
    if key_of(fact) != key:
        raise ValueError("key and content differ")
    return fact
