"""Student numbers: the one rule that both programs keep.

The recognizer has this rule too (recognizer/domain/register/numbers.py); a contract test holds the two together.
"""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

LONGEST_NUMBER = 32
"""Characters."""

LONGEST_FOLDED = 128
"""Characters. Folding makes at most four characters of one."""

PUNCTUATION = "._-/"

_INVISIBLE_LETTERS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2d7f\u3164\uffa0\U0001107f\U00013441\U00013442\U00016fe4"
)
"""What Unicode calls letters and marks and shows as nothing: fillers, joiners and vowels that are only thought. The
other signs that cannot be seen (zero-width, bidirectional, soft hyphen, tags) are of the category "format"."""


def normalize_number(text: str) -> str:
    """The number as it is stored: in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", text)


def fold_number(number: str) -> str:
    """The form by which numbers are compared, so that ``s1001`` is S1001: compatibility form (NFKC) and case folding.

    Folding twice gives what folding once gives.
    """
    folded = _fold_once(number)
    while (again := _fold_once(folded)) != folded:
        folded = again
    return folded


def without_zeros(number: str) -> str:
    """The folded number without leading zeros, which a program may have dropped or added."""
    return fold_number(number).lstrip("0")


def is_valid_number(number: str) -> bool:
    """Whether the number keeps the rule."""
    return not find_fault(number)


def find_fault(number: str) -> str:
    """What breaks the rule, for the person who typed the number; "" where it keeps the rule.

    A number has 1 to 32 characters. It begins with a letter of any script or a digit. Letters, digits and ``. _ - /``
    may follow, and after a letter the marks that its script writes with it.
    """
    number = normalize_number(number)
    if not number:
        return gettext("it is empty")
    if len(number) > LONGEST_NUMBER:
        return gettext("it has {number} characters; a student number has at most {longest_number}").format(
            number=len(number), longest_number=LONGEST_NUMBER
        )
    before = ""
    for character in number:
        if fault := _find_fault_of(character, before):
            return fault
        before = character
    return ""


def validate_number(number: str) -> None:
    """Raise ValidationError, saying why, for a number that breaks the rule."""
    if fault := find_fault(number):
        raise ValidationError(gettext("This is no student number: {fault}.").format(fault=fault), code="invalid_number")


def _fold_once(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _find_fault_of(character: str, before: str) -> str:
    category = unicodedata.category(character)
    if character.isspace():
        return gettext("it contains a blank, {name}").format(name=_name(character))
    if category in ("Cf", "Cc") or character in _INVISIBLE_LETTERS or _is_variation_selector(character):
        return gettext("it contains a sign that cannot be seen, {name}").format(name=_name(character))
    if category.startswith("L") or category == "Nd":
        # Some Arabic letters stand for whole phrases, with blanks between the words.
        is_phrase = any(each.isspace() for each in unicodedata.normalize("NFKC", character))
        return (
            gettext("it contains {show}, which stands for several words").format(show=_show(character))
            if is_phrase
            else ""
        )
    if not before:
        return gettext("it begins with {show}; a student number begins with a letter or a digit").format(
            show=_show(character)
        )
    if character in PUNCTUATION:
        return ""
    if category in ("Mn", "Mc") and unicodedata.category(before)[0] in "LM":
        return ""
    return gettext("it contains {show}; a student number has letters, digits and . _ - / only").format(
        show=_show(character)
    )


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _show(character: str) -> str:
    return f"“{character}” ({_name(character)})" if character.isprintable() else _name(character)


def _name(character: str) -> str:
    kinds = {
        "Cc": "CONTROL CHARACTER",
        "Cs": "HALF A CHARACTER",
        "Co": "PRIVATE USE",
        "Cn": "UNASSIGNED",
    }
    kind = kinds.get(unicodedata.category(character), "")
    return f"U+{ord(character):04X} {unicodedata.name(character, kind)}".rstrip()
