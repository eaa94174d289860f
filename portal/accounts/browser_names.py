"""What a browser says that it is, in the words of whoever looks for theirs in a list."""

from __future__ import annotations

import re

_BROWSERS = (("Edge", r"\bEdg"), ("Opera", r"\bOPR/"), ("Firefox", r"\b(Firefox|FxiOS)/"))
_MORE_BROWSERS = (("Chrome", r"\b(Chrome|CriOS|Chromium)/"), ("Safari", r"\bSafari/"))
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"))
_MORE_SYSTEMS = (("macOS", "Mac OS X|Macintosh"), ("ChromeOS", "CrOS"), ("Linux", "Linux"))


def browser_words(user_agent: str) -> str:
    """For example “Firefox on Windows”; many browsers also name others, so the rarer ones are looked for first."""
    browser = _first(_BROWSERS + _MORE_BROWSERS, user_agent) or "A browser"
    system = _first(_SYSTEMS + _MORE_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, text)), "")
