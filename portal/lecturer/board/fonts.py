"""Which of this machine's fonts a PDF takes, so that every name in it can be read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
NAMES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf")
FURTHER = ("DroidSansFallbackFull.ttf", "NanumGothic.ttf", "NotoSans*-Regular.ttf", "NotoSerif*-Regular.ttf")
"""Looked through in this order for what the main font lacks."""


class NoFont(Exception):
    """This machine lacks a font of ``NAMES``, in which the whole PDF is set."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """``further`` have what ``text`` lacks; ``unreadable`` are the characters that no font has.

    In ``figures`` all characters are equally wide.
    """

    text: Path
    bold: Path
    figures: Path
    bold_figures: Path
    further: list[Path]
    unreadable: set[str]


def choose_fonts(text: str) -> Fonts:
    """The fonts for a text. Raises NoFont."""
    usual, bold, figures, bold_figures = map(_first, NAMES)
    lacking = {sign for sign in set(text) if not _is_unseen(sign)} - _signs_of(usual)
    further = []
    for path in (path for pattern in FURTHER for path in _find(pattern)):
        if not lacking:
            break
        if found := lacking & _signs_of(path):
            further.append(path)
            lacking -= found
    return Fonts(usual, bold, figures, bold_figures, further, lacking)


def _first(name: str) -> Path:
    found = next(_find(name), None)
    if found is None:
        raise NoFont
    return found


def _find(pattern: str) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted(folder.rglob(pattern))


@lru_cache(maxsize=512)
def _signs_of(path: Path) -> frozenset[str]:
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, lazy=True) as font:
            return frozenset(map(chr, font.getBestCmap() or ()))
    except (OSError, TTLibError):
        return frozenset()


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Zs", "Zl", "Zp")
