"""Cells that stay what they are when a spreadsheet opens a CSV file.

A CSV file cannot say what is text. An apostrophe in front keeps text from being run, rounded or read as a date; it is
set only where one of these would happen.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

FORMULA = re.compile(r"^\s*[=+\-@\t\r\n\x00]")
"""What a spreadsheet may take for the start of a formula, spaces before it or not."""

_SEPARATOR = r"[,;|\t\r\n][\s\"'\u200b-\u200f\u2060\ufeff\x00]*"
"""What may stand before a formula within a text, for a spreadsheet that takes another separator than the file's."""

_SIGN = r"(?=[=+\-@\uff1d\uff0b\uff0d\uff20])"
_BEFORE_INNER_FORMULA = re.compile(f"({_SEPARATOR}){_SIGN}")
_GUARDED_INNER_FORMULA = re.compile(f"({_SEPARATOR})'{_SIGN}")

_MONTH = (
    "("
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    "|jän|mär|mrz|mai|okt|dez"  # German and Austrian, where another name
    "|fév|fev|avr|jui|aoû|aou|déc"  # French, with the accents and without
    r")[a-z]*\.?"
)
"""A month in the languages that the portal speaks, whole or shortened, in small letters."""

CHANGED = re.compile(
    rf"""^\s*(
        0\d+ | \d{{12,}}                        # 0042; more digits than a number keeps
        | \d+([.,]\d+)?e[+-]?\d+                # 1E5
        | \d+(\s*[-/.,:\u2013]\s*\d+)+\.?       # 11-12, 3/4, 1.10, 12:30
        | \d+([-/.]\d+)+[\st]+\d+(:\d+)+([.,]\d+)?  # 2026-11-23 19:12
        | [.,]\d+ | \d+[.,]                     # .5 and 5.
        | \d[\d:.]*\s*[ap]m?                    # 9 am
        | {_MONTH}[\s./-]*\d+([\s,./-]+\d+)?    # MAR21, SEP-2
        | \d+[\s./-]*{_MONTH}([\s,./-]*\d+)?    # 2 May 2026
        | \(\s*\d[\d.,]*\s*\)                 # (5) is minus five
        | \d+(['\u2019\s]\d{{3}})*([.,]\d+)?\s*% | \d+(['\u2019\s]\d{{3}})+([.,]\d+)?  # 5,5 %; 1'234; 1 234,56
        | [$€£¥]\s*\d.* | \d.*[$€£¥]  # 5 %, € 5
        | \d+\s+\d+([\s/]\d+)*                  # 1 1/2
        | true | false | wahr | falsch | vrai | faux
    )\s*$""",
    re.VERBOSE | re.ASCII,
)
"""What a spreadsheet would show as another number, a date or a truth value, in small letters. A spreadsheet reads them
in the language of its own computer, so the languages of the portal are all known at once."""


@lru_cache(maxsize=4096)
def _as_a_spreadsheet_reads(text: str) -> str:
    """The text in small letters, with plain spaces, digits and signs for those of other scripts and widths."""
    return (text if text.isascii() else "".join(map(_read_character, text))).lower()


def _read_character(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    kind = unicodedata.category(character)
    return " " if kind == "Zs" else "" if kind == "Cf" else character


def text_cell(text: str) -> str:
    """The text as a cell that is only text, whatever somebody typed; without NUL anywhere."""
    # Taken out first: what has nothing else in it is an empty cell, and needs no guard.
    text = text.replace("\x00", "")
    guarded = _BEFORE_INNER_FORMULA.sub(r"\1'", text)
    return f"'{guarded}" if _is_changed(text) else guarded


def unguarded(cell: str) -> str:
    """The text that ``text_cell`` made this cell of."""
    text = _GUARDED_INNER_FORMULA.sub(r"\1", cell)
    return text[1:] if text.startswith("'") and _is_changed(text[1:]) else text


def _is_changed(text: str) -> bool:
    """Whether a spreadsheet, or ``unguarded``, would make something else of it."""
    text = text.lstrip("'")
    read = _as_a_spreadsheet_reads(text)
    return bool(FORMULA.match(read) or CHANGED.match(read) or (read.isdecimal() and read != text))
