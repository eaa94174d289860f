"""Answers to pages that refresh themselves, and whether a part of a page looks as it did."""

from __future__ import annotations

import zlib

NO_NEWS, STOP_POLLING = 204, 286
"""Leave the page as it is; and show this, and ask no more."""


def text_version(text: str) -> str:
    """Differs when the text does."""
    return f"{zlib.crc32(text.encode()):08x}"
