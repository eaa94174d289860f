"""Both programs keep the same rule for student numbers."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from portal.attendance import numbers as portal
from recognizer.domain.register import numbers as recognizer

VALID = [
    "S1001",
    "s1001",
    "007",
    "2023/CS/001",
    "2023_CS_001",
    "2026-17",
    "a.b",
    "学号123",
    "Ж77",
    "٣٤٥",
    "हिन्दी1",
    "ä1",
    "a\N{COMBINING DIAERESIS}1",
    "x\N{COMBINING DIAERESIS}1",
    "ŀ1",
    "S" * 32,
    "ß" * 32,
    # Decomposed it is longer than 32; it is stored composed.
    "a\N{COMBINING DIAERESIS}" * 32,
]

INVALID = {
    "": "it is empty",
    "S" * 33: "it has 33 characters; a student number has at most 32",
    "S 1": "it contains a blank, U+0020 SPACE",
    " S1": "it contains a blank, U+0020 SPACE",
    "S1\n": "it contains a blank, U+000A CONTROL CHARACTER",
    "S\u00a01": "it contains a blank, U+00A0 NO-BREAK SPACE",
    "S\u30001": "it contains a blank, U+3000 IDEOGRAPHIC SPACE",
    "S\u20281": "it contains a blank, U+2028 LINE SEPARATOR",
    "S\u200b1": "it contains a sign that cannot be seen, U+200B ZERO WIDTH SPACE",
    "\ufeffS1": "it contains a sign that cannot be seen, U+FEFF ZERO WIDTH NO-BREAK SPACE",
    "S1\u200d": "it contains a sign that cannot be seen, U+200D ZERO WIDTH JOINER",
    "S1\u202e": "it contains a sign that cannot be seen, U+202E RIGHT-TO-LEFT OVERRIDE",
    "S\u20661": "it contains a sign that cannot be seen, U+2066 LEFT-TO-RIGHT ISOLATE",
    "S\u00ad1": "it contains a sign that cannot be seen, U+00AD SOFT HYPHEN",
    "S\ufe0f1": "it contains a sign that cannot be seen, U+FE0F VARIATION SELECTOR-16",
    "S\U000e01001": "it contains a sign that cannot be seen, U+E0100 VARIATION SELECTOR-17",
    "S\U000e00411": "it contains a sign that cannot be seen, U+E0041 TAG LATIN CAPITAL LETTER A",
    "S\u034f1": "it contains a sign that cannot be seen, U+034F COMBINING GRAPHEME JOINER",
    "S\u31641": "it contains a sign that cannot be seen, U+3164 HANGUL FILLER",
    "S\x001": "it contains a sign that cannot be seen, U+0000 CONTROL CHARACTER",
    "-1": "it begins with “-” (U+002D HYPHEN-MINUS); a student number begins with a letter or a digit",
    "_1": "it begins with “_” (U+005F LOW LINE); a student number begins with a letter or a digit",
    "Smith,": "it contains “,” (U+002C COMMA); a student number has letters, digits and . _ - / only",
    "S\N{EN DASH}1": "it contains “–” (U+2013 EN DASH); a student number has letters, digits and . _ - / only",
    "S²": "it contains “²” (U+00B2 SUPERSCRIPT TWO); a student number has letters, digits and . _ - / only",
    "S\u28001": "it contains “\u2800” (U+2800 BRAILLE PATTERN BLANK); "
    "a student number has letters, digits and . _ - / only",
    "S\ud8001": "it contains U+D800 HALF A CHARACTER; a student number has letters, digits and . _ - / only",
    "1\N{COMBINING ACUTE ACCENT}": "it contains “\u0301” (U+0301 COMBINING ACUTE ACCENT); "
    "a student number has letters, digits and . _ - / only",
    "1\u20e3": "it contains “\u20e3” (U+20E3 COMBINING ENCLOSING KEYCAP); "
    "a student number has letters, digits and . _ - / only",
    "\ufdfa": "it contains “\ufdfa” (U+FDFA ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM), "
    "which stands for several words",
}

SAME = [
    ("s1001", "S1001"),
    ("ä1", "a\N{COMBINING DIAERESIS}1"),
    ("Ä1", "A\N{COMBINING DIAERESIS}1"),
    ("STRASSE1", "Straße1"),
    ("S1001", "Ｓ１００１"),
    ("ﬁ1", "FI1"),
    ("ΟΔΟΣ1", "οδος1"),
    ("Ж77", "ж77"),
]

DIFFERENT = [("S1", "S01"), ("2023/1", "2023_1"), ("é1", "e1"), ("S1", "S1."), ("О1", "O1")]

texts = st.text(st.characters() | st.sampled_from("S1sß./_-\u200b\u0301\ufe0fıİﬁŀ")) | st.from_regex(
    r"\A\w[\w./-]{0,31}\Z"
)


@pytest.mark.parametrize("number", VALID)
def test_a_number_of_letters_digits_and_a_few_signs_keeps_the_rule(number: str) -> None:
    assert recognizer.find_fault(number) == portal.find_fault(number) == ""
    portal.validate_number(number)


@pytest.mark.parametrize(("number", "fault"), INVALID.items(), ids=map(ascii, INVALID))
def test_a_number_that_breaks_the_rule_is_told_why_so_that_it_can_be_seen(number: str, fault: str) -> None:
    assert recognizer.find_fault(number) == portal.find_fault(number) == fault
    with pytest.raises(ValidationError, match="This is no student number: it "):
        portal.validate_number(number)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_numbers_that_differ_in_case_or_in_form_alone_are_the_same(one: str, other: str) -> None:
    assert recognizer.fold_number(one) == recognizer.fold_number(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_numbers_that_a_reader_tells_apart_are_different(one: str, other: str) -> None:
    assert recognizer.fold_number(one) != recognizer.fold_number(other)


@given(texts)
def test_both_programs_judge_and_fold_any_text_alike(text: str) -> None:
    assert recognizer.find_fault(text) == portal.find_fault(text)
    assert recognizer.is_valid_number(text) == portal.is_valid_number(text)
    assert recognizer.normalize_number(text) == portal.normalize_number(text)
    assert recognizer.fold_number(text) == portal.fold_number(text)


@given(texts)
def test_folding_twice_gives_what_folding_once_gives(text: str) -> None:
    folded = recognizer.fold_number(text)
    assert recognizer.fold_number(folded) == folded
    assert recognizer.fold_number(recognizer.normalize_number(text)) == folded


def test_a_folded_number_fits_the_column_whatever_its_characters() -> None:
    characters = [chr(n) for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n))[0] in "LMN"]
    longest = max(len(recognizer.fold_number("a" + c)) - 1 for c in characters if recognizer.is_valid_number("a" + c))
    assert longest * recognizer.LONGEST_NUMBER <= recognizer.LONGEST_FOLDED == portal.LONGEST_FOLDED


def test_no_character_that_shows_as_nothing_is_valid() -> None:
    invisible = ("ZERO WIDTH", "FILLER", "BLANK", "VARIATION SELECTOR", "SOFT HYPHEN", "INVISIBLE", "NUMBER JOINER")
    for code in range(sys.maxunicode + 1):
        if any(word in unicodedata.name(chr(code), "") for word in invisible):
            assert not recognizer.is_valid_number("a" + chr(code)), hex(code)
