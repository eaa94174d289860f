"""The keys of the configuration and what each takes; a reader turns what was found into a value or says what fits."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recognizer.config.addresses import Address, BadAddress, parse_address
from recognizer.config.configuration import LoopbackAddress
from recognizer.config.database_address import read_address

LONGEST_NAME = 64
"""Characters; of room.name and camera_status.camera_name in the database."""

_ADDRESS_SCHEMES = ("rtsp", "rtsps", "http", "https")
_DATABASE_SCHEMES = ("sqlite", "mysql+pymysql")
_MISSPELT = re.compile(rf"({'|'.join(_ADDRESS_SCHEMES)})//|[^./].*(://|:.*@)", re.IGNORECASE)
"""No file's name where it is not an address: one whose kind is misspelt or missing, which may hold a password."""
_BAD_SOURCE = (
    "an rtsp:// or http:// address, a USB camera (its index, 0 to 63, or its path under /dev), "
    "or the path of a video file"
)


class Unfit(Exception):
    """A value does not fit its key; the message says what is expected."""


Reader = Callable[[object], Any]


def read_name(value: object) -> str:
    """A name of a room or camera."""
    name = value.strip() if isinstance(value, str) else ""
    if not 0 < len(name) <= LONGEST_NAME:
        raise Unfit(f"text of 1 to {LONGEST_NAME} characters in quotes")
    # Neither a database nor JSON takes half a character, as bytes of the environment become that are not UTF-8.
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in name):
        raise Unfit(f"text of 1 to {LONGEST_NAME} characters of UTF-8, without line breaks and control characters")
    return name


def read_secret(value: object) -> str:
    """A secret, which no error may show."""
    if not isinstance(value, str) or not value:
        raise Unfit("a secret text that is not empty")
    return value


def read_path(value: object) -> Path:
    """A path."""
    if not isinstance(value, str) or not value:
        raise Unfit("a path in quotes")
    return Path(value)


def read_database_url(value: object) -> str:
    """A database URL as the portal reads it too. Raises also ConfigurationError, for parameters that do not fit."""
    scheme, _, rest = value.partition("://") if isinstance(value, str) else ("", "", "")
    if not isinstance(value, str) or scheme not in _DATABASE_SCHEMES or not rest:
        raise Unfit("sqlite:///FILE or mysql+pymysql://USER:PASSWORD@HOST/DATABASE")
    if scheme != "sqlite":
        _require_address(value)
    read_address(value)
    return value


def read_source(value: object) -> str | int:
    """The source of a camera: an address, a USB index or a file."""
    if isinstance(value, str):
        value = value.strip()
        value = int(value) if value.isascii() and value.isdigit() else value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 64:
        return value
    if not isinstance(value, str) or not value:
        raise Unfit(_BAD_SOURCE)
    scheme = re.match(r"([a-z][a-z0-9+.-]+):", value, re.IGNORECASE)
    # FFmpeg opens file:, concat: and more by such names; only what a camera speaks is let through.
    if scheme and (scheme[1].lower() not in _ADDRESS_SCHEMES or not re.match(r"[^:]+://[^/\s]", value)):
        raise Unfit(_BAD_SOURCE)
    if scheme:
        if not _require_address(value).host:
            raise Unfit(_BAD_SOURCE)
    elif _MISSPELT.match(value):
        raise Unfit(_BAD_SOURCE)
    return value


def read_rotation(value: object) -> int:
    """By how many degrees a camera's pictures are turned."""
    if isinstance(value, bool) or value not in (0, 90, 180, 270):
        raise Unfit("0, 90, 180 or 270, the degrees by which its picture is turned clockwise")
    return int(str(value))


def read_switch(value: object) -> bool:
    """Whether something is on; in the environment a text in any case."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise Unfit("true or false")
    return value


def read_loopback_address(value: object) -> LoopbackAddress:
    """An address of this machine that no other machine reaches, and a port."""
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    host = "127.0.0.1" if host == "localhost" else host.removeprefix("[").removesuffix("]")
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not (is_loopback and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise Unfit(
            'an address of this machine alone and a port, such as "127.0.0.1:9633" or "[::1]:9633": nobody is asked '
            "for a password there"
        )
    return LoopbackAddress(host, int(port))


def _require_address(value: str) -> Address:
    try:
        return parse_address(value)
    except BadAddress as problem:
        raise Unfit(f"an address that can be read for certain: {problem}") from None


def is_device(source: str | int) -> bool:
    """Whether a source that was read is a USB camera: its index, or a path such as /dev/v4l/by-id/…, which stays the
    same whatever else is plugged in."""
    return isinstance(source, int) or source.startswith("/dev/")


def is_file(source: str | int) -> bool:
    """Whether a source that was read is the path of a file."""
    return (
        isinstance(source, str) and not is_device(source) and not re.match(r"[a-z][a-z0-9+.-]+:", source, re.IGNORECASE)
    )


def one_of(*choices: str) -> Reader:
    """A reader for one of these words, in any case."""

    def read(value: object) -> str:
        for choice in choices:
            if isinstance(value, str) and value.lower() == choice.lower():
                return choice
        raise Unfit("one of " + ", ".join(choices) if len(choices) > 1 else choices[0])

    return read


def number(kind: type[int] | type[float], lowest: float, highest: float) -> Reader:
    """A reader for a number of that kind and range, both ends included."""
    expected = f"{'a whole number' if kind is int else 'a number'} from {lowest:g} to {highest:g}"

    def read(value: object) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise Unfit(expected)
        try:
            found = float(value)
        except ValueError:
            raise Unfit(expected) from None
        if not lowest <= found <= highest or (kind is int and not found.is_integer()):
            raise Unfit(expected)
        return kind(found)

    return read


def automatic_or(reader: Reader) -> Reader:
    """A reader for "auto", which gives None, or for what that reader takes."""

    def read(value: object) -> Any:
        if isinstance(value, str) and value.lower() == "auto":
            return None
        try:
            return reader(value)
        except Unfit as unfit:
            raise Unfit(f'"auto" or {unfit}') from None

    return read


TABLES: dict[str, dict[str, Reader]] = {
    "": {
        "room": read_name,
        "database_url": read_database_url,
        "state_dir": read_path,
        "log_level": one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        "log_format": one_of("plain", "json"),
    },
    "gallery": {"path": read_path, "key_file": read_path, "key": read_secret, "scope": one_of("all", "rosters")},
    "recognition": {
        "engine": one_of("cnn", "hog", "face_recognition", "yunet"),
        "yunet_model": read_path,
        "smallest_face_pixels": number(int, 20, 1000),
        "looks_per_second": number(float, 0.5, 30),
        "threads": number(int, 1, 64),
        "tolerance": automatic_or(number(float, 0.1, 0.6)),
        "strangers_named": number(float, 0.00001, 0.5),
        "learn": read_switch,
    },
    "monitoring": {"listen": read_loopback_address},
}
"""Tables of the TOML file and their scalar keys; "" is the top level."""

CAMERA_KEYS = ("name", "source", "play", "rotate")
"""Keys of a [[cameras]] table."""

RENAMED = {"recognition.detector": "recognition.engine, one of cnn, hog, face_recognition, yunet"}
"""Keys of earlier releases, and what took their place."""

ENVIRONMENT_ONLY = frozenset({"gallery.key"})
"""Secrets that may not stand in the file."""
