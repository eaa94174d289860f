"""The log: one line an event on stderr, fit for the journal, and never a secret in it."""

from __future__ import annotations

import logging
import os
import sys
import time

from recognizer.config.configuration import Config
from recognizer.ops.redaction import Secrets, know, redact

_JOURNAL_PRIORITIES = ((logging.ERROR, "<3>"), (logging.WARNING, "<4>"), (logging.INFO, "<6>"), (0, "<7>"))


def configure_logging(config: Config) -> None:
    """Send the log to stderr at the configured level, without the configuration's secrets; once in each process."""
    know(secrets_of(config))
    handler = logging.StreamHandler(sys.stderr)
    # systemd sets JOURNAL_STREAM: the journal then knows the time and reads the priority from the line.
    handler.setFormatter(RedactingFormatter(for_journal="JOURNAL_STREAM" in os.environ))
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
        if not self._for_journal:
            return text
        priority = next(mark for level, mark in _JOURNAL_PRIORITIES if record.levelno >= level)
        return "\n".join(priority + line for line in text.splitlines())
