"""Cells that stay what they are when a spreadsheet opens a CSV file.

A CSV file cannot say what is text. An apostrophe in front keeps text from being run, rounded or read as a date; it is
set only where one of these would happen.
"""

from __future__ import annotations

import re

FORMULA = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n\x00]")
"""What a spreadsheet may take for the start of a formula, full-width forms too, spaces before it or not."""

_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
CHANGED = re.compile(
    rf"""^\s*(
        0\d+ | \d{{12,}}                        # 0042; more digits than a number keeps
        | \d+([.,]\d+)?e[+-]?\d+                # 1E5
        | \d+(\s*[-/.,:\u2013]\s*\d+)+\.?       # 11-12, 3/4, 1.10, 12:30
        | [.,]\d+ | \d+[.,]                     # .5 and 5.
        | \d[\d:.]*\s*[ap]m?                    # 9 am
        | {_MONTH}[\s./-]*\d+([\s,./-]+\d+)?    # MAR21, SEP-2
        | \d+[\s./-]*{_MONTH}([\s,./-]*\d+)?    # 2 May 2026
        | \d+\s*% | [$€£¥]\s*\d.* | \d.*[$€£¥]  # 5 %, € 5
        | \d+\s+\d+([\s/]\d+)*                  # 1 1/2
        | true | false
    )\s*$""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
"""What a spreadsheet would show as another number, a date or a truth value. Names of months are known in English."""


def text_cell(text: str) -> str:
    """The text as a cell that is only text, whatever somebody typed; without NUL anywhere."""
    guarded = f"'{text}" if FORMULA.match(text) or CHANGED.match(text) else text
    return guarded.replace("\x00", "")
