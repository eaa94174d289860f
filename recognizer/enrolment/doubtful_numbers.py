"""Numbers that are none, by their look: a photo's counter, a camera's name for a file, a person's name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_LOOKS = (
    # "1001_1", "1001-2", "1001__3", "1001_v4": whoever has several photos of 1001 names them so.
    re.compile(r".*\d[._-]+v?\d{1,2}", re.IGNORECASE),
    # "S1005-Ada": a number and a name.
    re.compile(r".*\d[._-][^\W\d_]{2,}"),
    # What cameras, phones, scanners and programs call a picture.
    re.compile(
        r"(c?img|mvimg|fb_img|received|image|photo|foto|фото|bild|picture|pic|pict|dsc|dscn|dscf|sam|gopr|dji|kif|pxl|"
        r"scan|screenshot|portrait|face|headshot|selfie|passport)"
        r"[._-]?e?\d+([._-].*)?",
        re.IGNORECASE,
    ),
    # "20240115_103022": a date and a time.
    re.compile(r"(19|20)\d{6}[._-]\d{4,9}"),
)


_NUMBERED_WORD = re.compile(r"(?P<word>[^\W\d_]{3,})\d{1,2}")
""""Grace1", "Grace2": of one alone nobody can tell."""


def find_doubtful(numbers: Iterable[str]) -> tuple[str, ...]:
    """Those that look like something else than a student's number, in their order."""
    numbers = tuple(numbers)
    words = Counter(_word_of(number) for number in numbers)
    return tuple(
        number for number in numbers if _is_doubtful(number) or (_word_of(number) and words[_word_of(number)] > 1)
    )


def _is_doubtful(number: str) -> bool:
    has_digit = any(character.isdigit() for character in number)
    return not has_digit or any(look.fullmatch(number) for look in _LOOKS)


def _word_of(number: str) -> str:
    """The word before a counter; "" where there is none, or where capitals say that it is no name ("STU01")."""
    numbered = _NUMBERED_WORD.fullmatch(number)
    return numbered["word"] if numbered and not numbered["word"].isupper() else ""
