"""Names as people look for them."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """Text without case and accents: what names are sorted and searched by, so that Élodie stands among the E."""
    return "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))
