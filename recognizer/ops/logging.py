"""The log: one line an event on stderr, fit for the journal, and never a secret in it."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

from recognizer.config.reading import Config
from recognizer.ops.redaction import redact

_JOURNAL_PRIORITIES = ((logging.ERROR, "<3>"), (logging.WARNING, "<4>"), (logging.INFO, "<6>"), (0, "<7>"))


def configure_logging(config: Config) -> None:
    """Send the log to stderr at the configured level; called once by each process."""
    handler = logging.StreamHandler(sys.stderr)
    # systemd sets JOURNAL_STREAM: the journal then knows the time and reads the priority from the line.
    handler.setFormatter(RedactingFormatter(secrets_of(config), for_journal="JOURNAL_STREAM" in os.environ))
    logging.basicConfig(level=config.log_level, handlers=[handler], force=True)


def secrets_of(config: Config) -> frozenset[str]:
    """The texts that must never be logged: the gallery's key and the passwords in addresses, in every spelling."""
    passwords = [_password(config.database_url)]
    passwords += [_password(camera.source) for camera in config.cameras if isinstance(camera.source, str)]
    plain = {config.gallery.key or "", *passwords}
    return frozenset(spelling for text in plain if text for spelling in (text, unquote(text), quote(unquote(text), "")))


class RedactingFormatter(logging.Formatter):
    """Formats a record without what looks like a secret, and without the secrets that are known."""

    converter = staticmethod(time.gmtime)

    def __init__(self, secrets: Iterable[str], *, for_journal: bool) -> None:
        form = "%(message)s" if for_journal else "%(asctime)sZ %(levelname)-7s %(message)s"
        super().__init__(form, "%Y-%m-%d %H:%M:%S")
        # The longest first: a short secret inside a long one would leave the rest of it.
        self._secrets = sorted((secret for secret in secrets if len(secret) >= 4), key=len, reverse=True)
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        text = redact(super().format(record))
        for secret in self._secrets:
            text = text.replace(secret, "***")
        if not self._for_journal:
            return text
        priority = next(mark for level, mark in _JOURNAL_PRIORITIES if record.levelno >= level)
        return "\n".join(priority + line for line in text.splitlines())


def _password(address: str) -> str:
    try:
        return urlsplit(address).password or ""
    except ValueError:
        return ""
