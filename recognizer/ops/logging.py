"""The log: one line an event on stderr, fit for the journal, and never a secret in it."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from datetime import UTC, datetime

from recognizer.config.configuration import Config
from recognizer.ops.log_limit import LimitedHandler, describe_left_out
from recognizer.ops.redaction import Secrets, know, redact

_JOURNAL_PRIORITIES = ((logging.ERROR, "<3>"), (logging.WARNING, "<4>"), (logging.INFO, "<6>"), (0, "<7>"))


def configure_logging(config: Config) -> None:
    """Send the log to stderr at the configured level, without the configuration's secrets; once in each process."""
    know(secrets_of(config))
    handler = LimitedHandler(sys.stderr)
    # systemd sets JOURNAL_STREAM: the journal then knows the time and reads the priority from the line.
    for_journal = "JOURNAL_STREAM" in os.environ
    is_json = config.log_format == "json"
    handler.setFormatter(
        JsonFormatter(for_journal=for_journal, room=config.room)
        if is_json
        else RedactingFormatter(for_journal=for_journal)
    )
    logging.basicConfig(level=config.log_level, handlers=[handler], force=True)
    # It prints a traceback where a connection is lost after its commit: nothing failed, and another one is opened.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)


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
        text = redact(super().format(record))
        if left_out := describe_left_out(record):
            text = f"{text} ({left_out})"
        if not self._for_journal:
            return text
        return "\n".join(_priority(record) + line for line in text.splitlines())


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
            if key not in _USUAL_ATTRIBUTES:
                entry[key] = redact(value) if isinstance(value, str) else value
        if record.exc_info:
            entry["exception"] = redact(self.formatException(record.exc_info))
        line = json.dumps(entry, ensure_ascii=False, default=str)
        return _priority(record) + line if self._for_journal else line


_USUAL_ATTRIBUTES = {*vars(logging.LogRecord("", 0, "", 0, "", (), None)), "message", "asctime", "taskName"}


def _priority(record: logging.LogRecord) -> str:
    return next(mark for level, mark in _JOURNAL_PRIORITIES if record.levelno >= level)
