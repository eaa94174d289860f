"""Facts as text, for the outbox."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from recognizer.domain.ports.delivery import Fact
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.observation import BlindSpan, SightSpan

_KINDS: dict[str, type[Fact]] = {"evidence": Evidence, "sight": SightSpan, "blind": BlindSpan}
_INSTANTS = ("hour", "first_seen_at", "last_seen_at", "starts_at", "ends_at")


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


def from_text(kind: str, text: str) -> Any:
    """The fact again. Raises KeyError, TypeError or ValueError for what this release cannot read."""
    content = json.loads(text)
    for name in _INSTANTS:
        if name in content:
            content[name] = datetime.fromisoformat(content[name])
    return _KINDS[kind](**content)
