"""CSV as programs really write it: several encodings, separators and ways to keep a leading zero."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.attendance.services.importing.faults import FileFault
from portal.attendance.services.importing.tables import MOST_COLUMNS, Cell, Reading, Report, Table, collect_rows
from portal.web.spreadsheet import unguarded

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": _("Windows, Western Europe (1252)"),
    "cp1250": _("Windows, Central Europe (1250)"),
    "cp1251": _("Windows, Cyrillic (1251)"),
    "cp1253": _("Windows, Greek (1253)"),
    "cp1254": _("Windows, Turkish (1254)"),
    "iso-8859-15": _("ISO 8859-15, Western Europe"),
    "mac-roman": _("Macintosh, Western Europe"),
    "cp850": _("DOS, Western Europe (850)"),
}
"""Those that can be chosen, as Python and as people call them."""

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_KEPT_AS_TEXT = re.compile(r'^="([^"]*)"$')
"""How some programs keep a spreadsheet from dropping leading zeros: ="0042"."""

_SEPARATOR_LINE = re.compile(r"^sep=(.)\r?\n", re.IGNORECASE)
"""Excel's own first line that names the separator."""

_LOOKED_AT = 50
"""Rows by which the separator is found."""


def read(content: bytes, reading: Reading, report: Report) -> Table:
    """The rows of a CSV file. Raises FileFault."""
    text, encoding = decode(content, reading.encoding)
    told = _SEPARATOR_LINE.match(text)
    if told:
        text = text[told.end() :]
    separator = reading.separator or (told[1] if told else find_separator(text))
    rows = collect_rows(_parse(text, separator, first_line=2 if told else 1), report)
    return Table(rows, encoding=encoding, separator=separator)


def decode(content: bytes, encoding: str = "") -> tuple[str, str]:
    """The text, and the encoding that it was in: the one that is named, else the one that the bytes give away."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            # A mark says it for certain, whatever was chosen.
            return _decoded(content[len(mark) :], name), _common_name(name)
    if encoding:
        name = _utf16_order(content) or "utf-16-le" if encoding == "utf-16" else encoding
        return _decoded(content, name), encoding
    if order := _utf16_order(content):
        return _decoded(content, order), "utf-16"
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decoded(content, "cp1252"), "cp1252"


def find_separator(text: str) -> str:
    """The sign that divides the most rows into the same number of cells; a comma where there is one column."""
    best, best_score = ",", 0.0
    for separator in SEPARATORS:
        widths = [len(cells) for _, cells in _first_rows(text, separator)]
        common = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        if common == 1:
            # Lines above the table have one cell each.
            common = max(widths, default=1)
        score = widths.count(common) / len(widths) + common / 1000 if widths and common > 1 else 0.0
        if score > best_score:
            best, best_score = separator, score
    return best


def _first_rows(text: str, separator: str) -> Iterator[tuple[int, list[Cell]]]:
    try:
        for index, row in enumerate(_parse(text, separator)):
            if index == _LOOKED_AT:
                return
            if len(row[1]) > 1 or row[1][:1] not in ([], [""]):
                yield row
    except FileFault:
        return


def _parse(text: str, separator: str, first_line: int = 1) -> Iterator[tuple[int, list[Cell]]]:
    """Each row with the line in which it begins; line ends within quotation marks belong to their cell."""
    if "\x00" in text:
        raise FileFault(gettext("The file is no text: it has zero bytes in it. Save it as CSV or XLSX."))
    if len(separator) != 1 or separator in '"\r\n':
        raise FileFault(gettext("A separator is one sign, such as , or ;"))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = first_line
    try:
        for cells in reader:
            # A line may be one row of millions of cells; one too many is enough to refuse it.
            while cells and not cells[-1]:
                cells.pop()
            yield line, [_clean(cell) for cell in cells[: MOST_COLUMNS + 1]]
            line = first_line + reader.line_num
    except csv.Error as error:
        raise FileFault(gettext("Line {line} cannot be read as CSV: {error}.").format(line=line, error=error)) from None


def _clean(cell: str) -> str:
    text = cell.strip()
    if found := _KEPT_AS_TEXT.match(text):
        return found[1].strip()
    return unguarded(text)


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode(name)
    except (UnicodeDecodeError, LookupError):
        shown = ENCODINGS.get(_common_name(name), name)
        raise FileFault(
            gettext("The file is not written in {shown}. Save it as “CSV UTF-8”, or say its encoding.").format(
                shown=shown
            )
        ) from None


def _utf16_order(content: bytes) -> str:
    """UTF-16 without a mark: of Latin text every other byte is zero."""
    sample = content[:2000]
    half = len(sample) // 2
    if half == 0 or b"\x00" not in sample:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > half * 0.4 and even < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.4 and odd < half * 0.1 else ""


def _common_name(name: str) -> str:
    return "utf-16" if name.startswith("utf-16") else name
