"""What must not stand in a log line or in an error: user and password of the database, and the mail server's
password."""

from __future__ import annotations

import logging
import re
from functools import cache
from urllib.parse import quote

from django.conf import settings

from portal.web.log_limit import describe_left_out

LEAST_KNOWN_CHARACTERS = 3
"""A shorter password is part of too many words to be taken out of them."""

_ACCOUNT = re.compile(r"'[^'\n]*'@(?=')")
"""An account as the server writes it: Access denied for user 'NAME'@'HOST'."""

_CALENDAR = re.compile(r"(?<=/calendar/)[\w%-]+(?=\.ics)")


def redact(text: str) -> str:
    """The text with ``***`` for the passwords of the database and of the mail server wherever they stand, and for
    whatever is called a user, and for the secret of a calendar's address."""
    database = settings.DATABASES["default"]
    passwords = database.get("PASSWORD") or "", settings.EMAIL_HOST_PASSWORD or ""
    known = _pattern(database.get("USER") or "", passwords)
    return redact_addresses(_ACCOUNT.sub("'***'@", known.sub("***", text)))


def redact_addresses(text: str) -> str:
    """The text with ``***`` for the secret of a calendar's address."""
    return _CALENDAR.sub("***", text)


@cache
def _pattern(user: str, passwords: tuple[str, ...]) -> re.Pattern[str]:
    """The user only in quotes before an @ and after the word user: elsewhere it may be any word."""
    long = sorted((each for each in passwords if len(each) >= LEAST_KNOWN_CHARACTERS), key=len, reverse=True)
    parts = [_spellings(each) for each in long]
    if user:
        parts += [rf"(?<='){_spellings(user)}(?='@)", rf"(?<=\buser '){_spellings(user)}(?=')"]
        parts += [rf"(?<=\buser ){_spellings(user)}\b", rf"{_spellings(user)}(?=:\S*@)"]
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)


def _spellings(secret: str) -> str:
    """As it is, and percent-encoded as in an address."""
    return f"(?:{re.escape(secret)}|{re.escape(quote(secret, safe=''))})"


class RedactedFormatter(logging.Formatter):
    """Log lines, tracebacks included, without what ``redact`` takes out, and without control characters: a journal
    hides a line with one in it, and a terminal obeys it."""

    def format(self, record: logging.LogRecord) -> str:
        text = redact(super().format(record))
        if left_out := describe_left_out(record):
            text = f"{text} ({left_out})"
        return "".join(sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}" for sign in text)
