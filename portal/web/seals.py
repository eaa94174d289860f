"""Seals on files: the last bytes of a file say under which reference it was made, and vouch for all bytes before them.

A seal is an HMAC-SHA256 with the portal's secret key. Without the key nobody can change a sealed file or make one.
A seal ends a PDF as a comment and a workbook as the comment of its ZIP archive: readers of both pass over it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hmac import compare_digest

from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "portal.web.seals"
_SEAL = re.compile(rb"rollcall-seal:(?P<reference>[0-9a-f]{12}):(?P<digest>[0-9a-f]{64})\Z")
_LENGTH = len("rollcall-seal:") + 12 + 1 + 64
_END_OF_ARCHIVE, _LENGTH_OF_END = b"PK\x05\x06", 22


@dataclass(frozen=True, slots=True)
class Seal:
    """What the end of a file says. ``is_whole``: a key of this portal vouches for every byte before it."""

    reference: str
    digest: str
    is_whole: bool


def seal_pdf(content: bytes, reference: str) -> bytes:
    """The PDF with its seal. reference: twelve hexadecimal digits."""
    return _sealed(content.rstrip() + b"\n%", reference)


def seal_workbook(content: bytes, reference: str) -> bytes:
    """The XLSX file, which has no comment yet, with its seal."""
    end = len(content) - _LENGTH_OF_END
    if content[end : end + 4] != _END_OF_ARCHIVE or content[-2:] != b"\0\0":
        raise ValueError("This is no ZIP archive without a comment.")
    return _sealed(content[:-2] + _LENGTH.to_bytes(2, "little"), reference)


def read_seal(content: bytes) -> Seal | None:
    """The seal of a file; None where it has none."""
    found = _SEAL.search(content[-_LENGTH:])
    if found is None:
        return None
    reference, digest = (found[name].decode("ascii") for name in ("reference", "digest"))
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    is_whole = any(compare_digest(_digest(content[:-64], key), digest) for key in keys)
    return Seal(reference, digest, is_whole)


def keyed_digest(content: bytes) -> str:
    """An HMAC-SHA256 of the content with the portal's secret key, in hexadecimal digits."""
    return _digest(content, settings.SECRET_KEY)


def _sealed(content: bytes, reference: str) -> bytes:
    before = content + f"rollcall-seal:{reference}:".encode("ascii")
    return before + keyed_digest(before).encode("ascii")


def _digest(content: bytes, key: str) -> str:
    return salted_hmac(SALT, content, secret=key, algorithm="sha256").hexdigest()
