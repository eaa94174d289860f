"""Numbers that are none, by their look: a photo's counter, a camera's name for a file, a person's name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_LOOKS = (
    # "1001_1", "1001-2", "1001__3", "1001_v4": whoever has several photos of 1001 names them so.
    re.compile(r".*\d[._-]+v?\d{1,2}", re.IGNORECASE),
    # "S1005-Ada", "S1005_Ada_Lovelace": a number and a name.
    re.compile(r".*\d[._-]+[^\W\d_]{2,}([._-]+[^\W\d_]+)*"),
    # What cameras, phones, scanners and programs call a picture.
    re.compile(
        r"(c?img|imgp|imag|mvimg|mvi|fb_img|received|image|photo|foto|фото|bild|picture|pic|pict|dsc|dscn|dscf|sam|gopr|"
        r"dji|kif|pxl|scan|screenshot|portrait|face|headshot|selfie|passport|passbild|passfoto|profil|profile|avatar)"
        r"[._-]?e?\d+([._-].*)?",
        re.IGNORECASE,
    ),
    # "20240115_103022": a date and a time.
    re.compile(r"(19|20)\d{6}[._-]\d{4,9}"),
)

_NAME_AND_COUNTER = re.compile(r".*\d([._-]+[^\W\d_]{2,})+[._-]+\d{1,2}")
""""1001_front_2". "2021-CS-07" is a number, as its capitals say."""

_WORDS = r"(?P<same>[^\W\d_]{3,}([._-]+[^\W\d_]+)*)"

_NUMBERED_WORD = re.compile(_WORDS + r"[._-]*\d{1,2}")
""""Grace1", "Grace2", "Grace_3": of one alone without a sign between nobody can tell."""

_NAME_AND_NUMBER = re.compile(_WORDS + r"[._-]+\d+")
""""Ada_1001", "Lovelace-Ada-1002": names differ, and what a university writes before all of its numbers does not."""

_LETTERED = re.compile(r"(?P<same>.*\d)[._-]?[^\W\d_]")
""""1001a", "1001_b": of one alone nobody can tell."""


def find_doubtful(numbers: Iterable[str]) -> tuple[str, ...]:
    """Those that look like something else than a student's number, in their order."""
    numbers = tuple(numbers)
    words, names = (Counter(_word(look, each) for each in numbers) for look in (_NUMBERED_WORD, _NAME_AND_NUMBER))
    # Counters take away what they do not have: here those without a word.
    del words[""], names[""]
    # The first of several is often the number without a letter.
    lettered = Counter(_same(_LETTERED, each) or each for each in numbers)

    def is_doubtful(number: str) -> bool:
        return (
            _looks_doubtful(number)
            or words[_word(_NUMBERED_WORD, number)] > 1
            or names[_word(_NAME_AND_NUMBER, number)] == 1
            or lettered[_same(_LETTERED, number)] > 1
        )

    return tuple(number for number in numbers if is_doubtful(number))


def _looks_doubtful(number: str) -> bool:
    has_digit = any(character.isdigit() for character in number)
    if not has_digit or any(look.fullmatch(number) for look in _LOOKS):
        return True
    return bool(_NAME_AND_COUNTER.fullmatch(number)) and not number.isupper()


def _same(look: re.Pattern[str], number: str) -> str:
    """What the look says that several have in common; "" where the number does not look so."""
    found = look.fullmatch(number)
    return found["same"] if found else ""


def _word(look: re.Pattern[str], number: str) -> str:
    """The words before a number; "" also where capitals say that they are no name ("STU01", "CS_1001")."""
    words = _same(look, number)
    return "" if words.isupper() else words
