"""The log: one line an event on stderr, fit for the journal, and never a secret in it."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from datetime import UTC, datetime
from types import TracebackType

from recognizer.config.configuration import Config
from recognizer.ops.log_limit import LimitedHandler, describe_left_out
from recognizer.ops.redaction import Secrets, know, redact

log = logging.getLogger(__name__)

_JOURNAL_PRIORITIES = ((logging.ERROR, "<3>"), (logging.WARNING, "<4>"), (logging.INFO, "<6>"), (0, "<7>"))


def configure_logging(config: Config, handler: logging.Handler | None = None) -> None:
    """Send the log to the handler, or else to stderr, at the configured level; once in each process.

    On stderr it is without the configuration's secrets, and repeats are left out. An exception that ends the process is
    a part of it too.
    """
    know(secrets_of(config))
    logging.basicConfig(level=config.log_level, handlers=[handler or _stderr_handler(config)], force=True)
    # It prints a traceback where a connection is lost after its commit: nothing failed, and another one is opened.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    sys.excepthook = _log_uncaught


def _stderr_handler(config: Config) -> logging.Handler:
    handler = LimitedHandler(sys.stderr)
    # systemd sets JOURNAL_STREAM: the journal then knows the time and reads the priority from the line.
    for_journal = "JOURNAL_STREAM" in os.environ
    is_json = config.log_format == "json"
    handler.setFormatter(
        JsonFormatter(for_journal=for_journal, room=config.room)
        if is_json
        else RedactingFormatter(for_journal=for_journal)
    )
    return handler


def log_uncaught_in_threads() -> None:
    """Let an exception that ends a thread be a part of the log; once in a process."""
    threading.excepthook = lambda what: _log_uncaught(what.exc_type, what.exc_value, what.exc_traceback)


def _log_uncaught(kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None) -> None:
    """Python itself would print it, with the secrets in it."""
    log.critical(
        "a fault of this program", exc_info=(kind, error or kind(), traceback), extra={"event": "program fault"}
    )


def secrets_of(config: Config) -> Secrets:
    """What may never be logged: the gallery's key, and users and passwords in addresses."""
    sources = [camera.source for camera in config.cameras if isinstance(camera.source, str)]
    return Secrets.of([config.database_url, *sources], [config.gallery.key or ""])


class RedactingFormatter(logging.Formatter):
    """Formats a record without what is or looks like a secret."""

    converter = staticmethod(time.gmtime)

    def __init__(self, *, for_journal: bool) -> None:
        form = "%(message)s" if for_journal else "%(asctime)sZ %(levelname)-7s %(message)s"
        super().__init__(form, "%Y-%m-%d %H:%M:%S")
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        text = _printable(redact(super().format(record)))
        if left_out := describe_left_out(record):
            text = f"{text} ({left_out})"
        if not self._for_journal:
            return text
        return "\n".join(_priority(record) + line for line in text.split("\n"))


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object in a line, without a secret.

    time (ISO 8601, UTC), level, logger, room and message; event and what belongs to it where the record names them in
    its ``extra``; exception, with its traceback; left_out, how many lines like it were not written before.
    """

    def __init__(self, *, for_journal: bool, room: str) -> None:
        super().__init__()
        self._for_journal = for_journal
        self._room = room

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "room": self._room,
            "message": redact(record.getMessage()),
        }
        for key, value in record.__dict__.items():
            if key not in USUAL_ATTRIBUTES:
                entry[key] = _without_secrets(value)
        if record.exc_info or record.exc_text:
            text = record.exc_text or self.formatException(record.exc_info)  # type: ignore[arg-type]
            entry["exception"] = redact(text)
        # Whoever reads lines may part them also at U+2028, and a terminal obeys control characters.
        line = "".join(
            sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in json.dumps(entry, ensure_ascii=False)
        )
        return _priority(record) + line if self._for_journal else line


def _printable(text: str) -> str:
    """A journal hides a line with a control character in it, and a terminal obeys it."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _without_secrets(value: object) -> object:
    """What JSON can say of a value; each text in it is redacted."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, dict):
        return {redact(str(key)): _without_secrets(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(each) for each in value]
    return redact(str(value))


USUAL_ATTRIBUTES = {*vars(logging.LogRecord("", 0, "", 0, "", (), None)), "message", "asctime", "taskName"}


def _priority(record: logging.LogRecord) -> str:
    return next(mark for level, mark in _JOURNAL_PRIORITIES if record.levelno >= level)
