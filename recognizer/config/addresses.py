"""Addresses of cameras and databases: the one place that takes them apart, and shows them without their secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_HOST = re.compile(r"(\[[0-9a-f:.%\w]+\]|[\w.-]+)(?::([0-9]{1,5}))?", re.IGNORECASE)
_CERTAIN_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[0-9]{1,3}(\.[0-9]{1,3}){3})(:[0-9]{1,5})?", re.IGNORECASE)
"""A host that nobody takes for a user name: an address in numbers."""

_ENCODED_SIGNS = {"#": "%23", "/": "%2F", "?": "%3F", "@": "%40"}

_QUERY_VALUES = re.compile(r"([?&;][\w.%-]+=)[^&;#\s'\"]*")
_NAMED_SECRETS = re.compile(
    r"\b((?:user(?:name)?|usr|pass(?:word|wd|phrase)?|pwd|token|secret|auth|key|sig(?:nature)?)=)([^&;/\s'\"]*)",
    re.IGNORECASE,
)


class BadAddress(ValueError):
    """An address cannot be taken apart for certain; the message says how to write it, and shows nothing of it."""


USUAL_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
"""The kinds of address that cameras have."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart; user, password and rest are as they were written, with their percent signs."""

    scheme: str
    user: str = field(repr=False)
    password: str = field(repr=False)
    host: str
    """Without the brackets of an IPv6 address; empty where the address names none, as that of a socket's database."""
    port: int | None
    rest: str = field(repr=False)
    """The path with all that follows it."""

    @property
    def passwords(self) -> frozenset[str]:
        """The password, and the values in path and query that are named like one; as written and decoded."""
        found = [match[2] for match in _NAMED_SECRETS.finditer(self.rest) if not match[1].lower().startswith("us")]
        return _spellings(self.password, *found)

    @property
    def users(self) -> frozenset[str]:
        """The user, as written and decoded."""
        return _spellings(self.user)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        userinfo = "***@" if self.user or self.password else ""
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{userinfo}{host}{port}{mask_values(self.rest)}"


def parse_address(text: str) -> Address:
    """Take an address apart as RFC 3986 says. Raises BadAddress.

    Where a sign in the user or password could be meant as the end of the host, nobody can tell which part is secret:
    such an address is refused, and so no part of a password is ever taken for a host.
    """
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise BadAddress("it does not begin with its kind, such as rtsp://")
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise BadAddress("it has a blank in it: write it as %20")
    authority, rest = _split(text[scheme.end() :])
    userinfo, at, place = authority.rpartition("@")
    user, _, password = userinfo.partition(":")
    if not place and (not at or rest):
        return Address(scheme[1].lower(), user, password, "", None, rest)
    host = _HOST.fullmatch(place)
    if host is None or (host[2] is not None and not 0 < int(host[2]) < 65536):
        raise BadAddress("its host or port is not well-formed")
    return Address(scheme[1].lower(), user, password, host[1].strip("[]"), int(host[2]) if host[2] else None, rest)


def show_address(text: str) -> str:
    """An address as it may stand in a log: without user, password and the values of its query."""
    try:
        return str(parse_address(text))
    except BadAddress:
        return hide_userinfo(text)


def hide_userinfo(text: str) -> str:
    """A text that should be an address and may not be one, without anything that may be secret in it."""
    scheme = _SCHEME.match(text)
    start = scheme[0] if scheme else ""
    _, at, place = text[len(start) :].rpartition("@")
    if at:
        return f"{start}***@{mask_values(place)}"
    authority = re.split(r"[/?#]", place, maxsplit=1)[0]
    if scheme and authority and not _HOST.fullmatch(authority):
        # A password whose host was forgotten.
        return f"{start}***"
    return start + mask_values(place)


def mask_values(text: str) -> str:
    """The text without the values of a query, and without ``password=…`` wherever it stands."""
    return _NAMED_SECRETS.sub(r"\1***", _QUERY_VALUES.sub(r"\1***", text))


def _split(text: str) -> tuple[str, str]:
    """What stands before the path, and the path with all that follows."""
    end = re.search(r"[/?#]", text)
    authority, rest = (text[: end.start()], text[end.start() :]) if end else (text, "")
    if authority.count("@") > 1:
        raise _sign_in_userinfo("@")
    if end is None or "@" not in rest:
        return authority, rest
    if "@" in authority:
        # u:p@ss/word@host and u:p@host/a@b look alike.
        raise _sign_in_userinfo("@")
    is_path = end[0] == "/" and ":" not in authority and ":" not in rest.rpartition("@")[0]
    if not is_path and not _CERTAIN_HOST.fullmatch(authority):
        raise _sign_in_userinfo(end[0])
    return authority, rest


def _sign_in_userinfo(sign: str) -> BadAddress:
    every = ", ".join(f"{sign} as {code}" for sign, code in _ENCODED_SIGNS.items())
    return BadAddress(f"it has a {sign} where its user or password may be: write there {every}")


def _spellings(*texts: str) -> frozenset[str]:
    return frozenset(spelling for text in texts if text for spelling in (text, unquote(text)))
