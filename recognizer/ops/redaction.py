"""What must not stand in a log, in an error or on a screen.

The secrets of the configuration are known from the moment that it is read (``Secrets.of``, ``know``); besides, whatever
looks like the user and password of an address is taken out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from recognizer.config.addresses import BadAddress, mask_values, parse_address, show_address

LEAST_KNOWN_CHARACTERS = 3
"""A shorter password is taken out only where it stands before a host: it is a part of too many words."""

LONGEST_LINE = 200
"""Characters; of camera_status.last_error in the database."""

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\"]*", re.IGNORECASE)
_USER_AT_HOST = re.compile(r"'[^']*'@'|(?<![\w/])[^\s'\"/]+:(?!//)[^\s'\"]*@(?=[\w\[])")
"""As MySQL writes them, 'user'@'host', and as an address without its kind, user:password@host."""


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """What is secret in a configuration. ``passwords`` are taken out everywhere, ``users`` only beside an @."""

    passwords: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()

    @classmethod
    def of(cls, addresses: Iterable[str], keys: Iterable[str] = ()) -> Secrets:
        """The secrets in these addresses, and these keys."""
        passwords, users = {key for key in keys if key}, set[str]()
        for text in addresses:
            try:
                address = parse_address(text)
            except BadAddress:
                continue
            passwords |= address.passwords
            users |= address.users
        return cls(frozenset(passwords), frozenset(users))


_known: re.Pattern[str] | None = None


def know(secrets: Secrets) -> None:
    """Take these secrets out of every text that is redacted from now on in this process."""
    global _known
    # The longest first: a short secret inside a long one would leave the rest of it.
    passwords = "|".join(_any_spelling(text) for text in sorted(secrets.passwords, key=len, reverse=True))
    long = [text for text in secrets.passwords if len(text) >= LEAST_KNOWN_CHARACTERS]
    parts = [_any_spelling(text) for text in sorted(long, key=len, reverse=True)]
    for user in sorted(secrets.users, key=len, reverse=True):
        spelling = _any_spelling(user)
        parts.append(rf"{spelling}:(?:{passwords})(?=@)" if passwords else rf"{spelling}(?=@)")
        parts.append(rf"(?<!\w){spelling}(?='?@)")
    _known = re.compile("|".join(parts)) if parts else None


def redact(text: str) -> str:
    """The text with whatever is or may be a secret in it replaced by ``***``.

    That is every known secret in any spelling, the user and password before a host, every value of a query, and
    ``password=…`` wherever it stands.
    """
    if _known is not None:
        text = _known.sub("***", text)
    text = _ADDRESS.sub(lambda found: show_address(found[0]), text)
    return mask_values(_USER_AT_HOST.sub(_hidden, text))


def redact_to_one_line(text: str, most: int = LONGEST_LINE) -> str:
    """The text without secrets and control characters, in one line of at most so many characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in redact(text)).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _hidden(found: re.Match[str]) -> str:
    return "'***'@'" if found[0].endswith("'") else "***@"


def _any_spelling(text: str) -> str:
    """A pattern of the text with any of its characters percent-encoded, or escaped as Python and JSON do it."""
    return "".join(_any_spelling_of_one(character) for character in text)


def _any_spelling_of_one(character: str) -> str:
    encoded = "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))
    # The encoded one first: a percent sign as it is would leave the digits of an encoded one.
    spellings = [f"(?i:{encoded})", re.escape(character)]
    if character in "'\"\\":
        spellings.insert(0, re.escape("\\" + character))
    if not character.isascii():
        escapes = character.encode("unicode_escape").decode(), json.dumps(character)[1:-1]
        spellings += [*(f"(?i:{re.escape(escape)})" for escape in escapes), "[?]"]
    if character == " ":
        spellings.append(re.escape("+"))
    return f"(?:{'|'.join(spellings)})"
