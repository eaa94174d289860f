"""Names that nobody has: they are put together from syllables."""

from __future__ import annotations

_GIVEN = (
    ("Bel", "Cor", "Dav", "Ené", "Fio", "Gal", "Hil", "Ivo", "Jor", "Kal", "Lum", "Mar", "Nev", "Ole", "Péli", "Quin"),
    ("ara", "bin", "dra", "elle", "fons", "gard", "imo", "jana", "kir", "lou", "mund", "nise", "oria"),
)
_FAMILY = (
    (
        "Abel",
        "Brun",
        "Čer",
        "Dorn",
        "Esch",
        "Færg",
        "Grön",
        "Holl",
        "Istr",
        "Jask",
        "Kram",
        "Łap",
        "Mor",
        "Nyk",
        "Ørst",
    ),
    ("a", "i", "o", "u", "er", "en", "el"),
    ("bach", "dahl", "ewicz", "feld", "gaard", "hout", "inen", "kov", "lund", "mayr", "quist", "rup", "shko", "tani"),
)


def person_name(number: int) -> str:
    """The name of the person with that number; one of some 300,000."""
    given, family = divmod(number * 7919, _size(_FAMILY))
    return f"{_word(_GIVEN, given * 31)} {_word(_FAMILY, family)}"


def _size(syllables: tuple[tuple[str, ...], ...]) -> int:
    size = 1
    for each in syllables:
        size *= len(each)
    return size


def _word(syllables: tuple[tuple[str, ...], ...], number: int) -> str:
    word = ""
    for each in syllables:
        number, index = divmod(number, len(each))
        word += each[index]
    return word
