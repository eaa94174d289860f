"""Repeats in the log: what fails again and again, as each page while a server is away, must not fill the disk.

The recognizer limits its log in the same sense, by code of its own.
"""

from __future__ import annotations

import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

BURST = 10
"""So many lines of a kind are written at once."""

ONE_EACH_SECONDS = 3600.0
"""After that one in so many seconds."""

MOST_KINDS = 1000
"""Kinds of lines that are told apart; of more, the one that came longest ago is forgotten."""


@dataclass(slots=True)
class _Kind:
    """Lines that say the same, as ``_describe_kind`` tells."""

    tokens: float
    at: float
    """When the tokens were counted, monotonic seconds."""
    left_out: int = 0
    """Lines since the last one that was written."""
    last: logging.LogRecord | None = None
    """The last of these."""

    def count_tokens(self, now: float) -> float:
        self.tokens, self.at = min(float(BURST), self.tokens + (now - self.at) / ONE_EACH_SECONDS), now
        return self.tokens


class LimitedHandler(logging.StreamHandler[TextIO]):
    """Writes BURST lines of a kind at once and then one an hour, which says how many were left out (``left_out``).

    Each process counts by itself. The last line that was left out is written with whatever comes after the hour, or
    when the process ends. DEBUG is never left out: somebody asked for all of it.
    """

    def __init__(self, stream: TextIO | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream)
        self._monotonic = monotonic
        self._kinds: OrderedDict[tuple[object, ...], _Kind] = OrderedDict()

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, or leave it out."""
        if record.levelno <= logging.DEBUG:
            super().emit(record)
            return
        self._write_due()
        try:
            kind = self._find_kind(record)
        except Exception:
            # Its message and what is to stand in it do not fit: no reason for its writer to fail.
            self.handleError(record)
            return
        if kind.count_tokens(self._monotonic()) < 1:
            kind.left_out, kind.last = kind.left_out + 1, record
            return
        kind.tokens -= 1
        record.left_out, kind.left_out, kind.last = kind.left_out, 0, None
        super().emit(record)

    def close(self) -> None:
        """Write of each kind the last line that was left out: the program ends."""
        for kind in self._kinds.values():
            self._write_last(kind)
        super().close()

    def _write_due(self) -> None:
        now = self._monotonic()
        for kind in self._kinds.values():
            if kind.last is not None and kind.count_tokens(now) >= 1:
                kind.tokens -= 1
                self._write_last(kind)

    def _write_last(self, kind: _Kind) -> None:
        if kind.last is not None:
            kind.last.left_out = kind.left_out - 1
            super().emit(kind.last)
        kind.left_out, kind.last = 0, None

    def _find_kind(self, record: logging.LogRecord) -> _Kind:
        key = _describe_kind(record)
        kind = self._kinds.setdefault(key, _Kind(float(BURST), self._monotonic()))
        self._kinds.move_to_end(key)
        if len(self._kinds) > MOST_KINDS:
            _, forgotten = self._kinds.popitem(last=False)
            self._write_last(forgotten)
        return kind


def _describe_kind(record: logging.LogRecord) -> tuple[object, ...]:
    """Faults that differ in numbers alone are of one kind; another error on the same page is of another. What is no
    fault is a repeat only where it is the same word for word."""
    message = record.getMessage()
    if record.levelno < logging.WARNING:
        return record.name, message
    error = record.exc_info[0] if record.exc_info else None
    return record.name, error, re.sub(r"[0-9]+", "#", message)


def describe_left_out(record: logging.LogRecord) -> str:
    """What a line says of those before it; empty where none was left out."""
    count = getattr(record, "left_out", 0)
    return f"{count} more like this were left out before" if count else ""
