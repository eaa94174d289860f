"""Names as people look for them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SIGNS_INSIDE_WORDS = dict.fromkeys(
    map(ord, "'\u2018\u2019\u201b\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u2032\u2033`\u00b4\uff07\u00b7\u0640")
)
"""Apostrophes of every kind, the Catalan middle dot and the Arabic lengthening stroke: O'Brien is obrien."""

_OTHER_LETTERS = str.maketrans(
    {
        "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ȷ": "j", "ŋ": "n", "ĸ": "k", "ə": "e", "ɛ": "e", "ɔ": "o",
        "ƶ": "z", "ȥ": "z", "ſ": "s",
        "\u0629": "\u0647", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643", "\u0671": "\u0627",
    }
)  # fmt: skip
"""Letters that Unicode does not take apart and that are typed as others: Icelandic, Turkish, Azerbaijani,
Akan, and Arabic and Persian letters of the same shape."""

_IN_TWO_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe", "Å": "Aa"}
)
"""How German and the Nordic languages write a letter where there is none of its own."""

_ONE_OF_TWO_LETTERS = re.compile("([aou])e|(a)a")

_LEAST_WITH_TWO_LETTERS = 5
"""Letters of a word in which two may stand for one: joe is not part of every name with jo."""

_BASE_LETTER = re.compile(r"((?:LATIN|CYRILLIC|GREEK) SMALL LETTER \S+) WITH ")


def plain(text: str) -> str:
    """The words of a text without case, accents and punctuation: what names are sorted and searched by.

    ``Łukasiewicz`` is lukasiewicz, ``Straße`` strasse, ``O’Brien`` obrien, ``Jean-Luc`` two words. Works in any script;
    a plain text stays as it is.
    """
    form = _plain_once(text)
    while (again := _plain_once(form)) != form:
        form = again
    return form


def spellings(word: str) -> tuple[str, ...]:
    """The plain forms under which a word of a name may be kept: Müller is also Mueller, and Mueller also Müller."""
    form, in_two = plain(word), plain(unicodedata.normalize("NFC", word).translate(_IN_TWO_LETTERS))
    in_one = " ".join(
        _ONE_OF_TWO_LETTERS.sub(r"\1\2", piece) if len(piece) >= _LEAST_WITH_TWO_LETTERS else piece
        for piece in form.split()
    )
    return tuple(dict.fromkeys(each for each in (form, in_two, in_one) if each))


_AFTER_SURNAMES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd"})


@lru_cache(maxsize=4096)
def surname_key(full_name: str) -> tuple[str, str]:
    """What a register is sorted by: the surname, then the whole name, both plain.

    A name is kept as one text, so the surname is guessed: what stands before a comma, else the last word, of which a
    hyphen makes one.
    """
    family, comma, _ = full_name.partition(",")
    if comma and plain(family):
        return plain(family), plain(full_name)
    words = [plain(word) for word in full_name.split()]
    while len(words) > 1 and words[-1] in {*_AFTER_SURNAMES, ""}:
        words.pop()
    return (words[-1] if words else ""), plain(full_name)


def _plain_once(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.translate(_SIGNS_INSIDE_WORDS).casefold()).casefold()
    # Taken apart, a letter may hold such a sign: ŀ is an l with a dot.
    letters = "".join(map(_plain_letter, apart.translate(_SIGNS_INSIDE_WORDS))).translate(_OTHER_LETTERS)
    # Composed again, so that a Korean syllable is one character.
    return " ".join(unicodedata.normalize("NFC", letters).split())


@lru_cache(maxsize=4096)
def _plain_letter(character: str) -> str:
    """A letter without its strokes and hooks; a space for punctuation, nothing for marks and signs without width."""
    if character.isascii() and character.isalnum():
        return character
    if character.isspace():
        return " "
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Cc", "Cs"):
        return ""
    if unicodedata.category(character).startswith("P"):
        return " "
    if base := _BASE_LETTER.match(unicodedata.name(character, "")):
        try:
            return unicodedata.lookup(base[1])
        except KeyError:
            return character
    return character
