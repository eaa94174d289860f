"""Answers to pages that refresh themselves, and whether a part of a page looks as it did."""

from __future__ import annotations

import zlib

from django.http import HttpRequest

NO_NEWS, STOP_POLLING = 204, 286
"""Leave the page as it is; and show this, and ask no more."""


def is_poll(request: HttpRequest) -> bool:
    """Whether a page asks for news by itself, and nobody has done anything: it says what it shows already."""
    return "Rollcall-Shown" in request.headers or ("HX-Request" in request.headers and "version" in request.GET)


def text_version(text: str) -> str:
    """Differs when the text does."""
    return f"{zlib.crc32(text.encode()):08x}"
