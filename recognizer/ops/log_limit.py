"""Repeats in the log: what happens again and again for a year must not fill the disk."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

BURST = 10
"""So many lines of a kind are written at once."""

ONE_EACH_SECONDS = 3600.0
"""After that one in so many seconds: of each kind a megabyte or two a year."""

MOST_KINDS = 1000
"""Kinds of lines that are told apart; of more, the one that came longest ago is forgotten."""


@dataclass(slots=True)
class _Kind:
    """Lines that differ in numbers alone."""

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
    """Writes BURST lines of a kind at once and then one an hour, which says how many were left out.

    Warnings and errors are of one kind where they differ in numbers alone. Other lines may name students by number:
    there only what is a number in the program counts as one. The last line that was left out is written once the hour
    is over (``write_due``) or the program ends, so that the log's last word is what happened last. DEBUG is never left
    out: somebody asked for all of it.
    """

    def __init__(self, stream: TextIO | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream or sys.stderr)
        self._monotonic = monotonic
        self._kinds: OrderedDict[tuple[object, ...], _Kind] = OrderedDict()
        self._look_at = float("-inf")

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, or leave it out."""
        if record.levelno <= logging.DEBUG:
            super().emit(record)
            return
        self.write_due()
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

    def write_due(self) -> None:
        """Write of each kind the last line that was left out, where it may be written by now. Cheap; call it often."""
        now = self._monotonic()
        if now < self._look_at:
            return
        self.acquire()
        try:
            self._look_at = now + 1.0
            for kind in self._kinds.values():
                if kind.last and kind.count_tokens(now) >= 1:
                    kind.tokens -= 1
                    self._write_last(kind)
        finally:
            self.release()

    def close(self) -> None:
        """Write of each kind the last line that was left out: the program ends."""
        for kind in self._kinds.values():
            self._write_last(kind)
        super().close()

    def handleError(self, record: logging.LogRecord) -> None:
        """A line cannot be made or written: say where it comes from. Python would print all that it was made of, with
        the secrets in it."""
        kind = sys.exc_info()[0]
        with suppress(OSError, ValueError):
            self.stream.write(
                f"a line of the log could not be written: {kind.__name__ if kind else 'unknown'}, from "
                f"{record.module}.py, line {record.lineno}{self.terminator}"
            )

    def _find_kind(self, record: logging.LogRecord) -> _Kind:
        key = _describe_kind(record)
        kind = self._kinds.setdefault(key, _Kind(float(BURST), self._monotonic()))
        self._kinds.move_to_end(key)
        if len(self._kinds) > MOST_KINDS:
            self._kinds.popitem(last=False)
        return kind

    def _write_last(self, kind: _Kind) -> None:
        if kind.last is not None:
            kind.last.left_out = kind.left_out - 1
            super().emit(kind.last)
        kind.left_out, kind.last = 0, None


def write_due_repeats() -> None:
    """``LimitedHandler.write_due`` of this process's log."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, LimitedHandler):
            handler.write_due()


def describe_left_out(record: logging.LogRecord) -> str:
    """What a line says of those before it; empty where none was left out."""
    count = getattr(record, "left_out", 0)
    return f"{count} more like this were left out before" if count else ""


def _describe_kind(record: logging.LogRecord) -> tuple[object, ...]:
    if record.levelno >= logging.WARNING:
        return record.name, re.sub(r"[0-9]+", "#", record.getMessage())
    arguments = record.args if isinstance(record.args, tuple) else ()
    return record.name, record.msg, *(each for each in arguments if isinstance(each, str))
