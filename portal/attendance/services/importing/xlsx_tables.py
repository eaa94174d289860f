"""XLSX: what a person sees in the first sheet, and nothing that runs, asks elsewhere or swells.

openpyxl reads it, since it says how a number is shown: 42 that is shown as 0042 is 0042. What it trusts is checked
before: sizes, document types and entities, macros.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext

from portal.attendance.services.importing.faults import FileFault
from portal.attendance.services.importing.tables import (
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    Reading,
    Report,
    Table,
    collect_rows,
)

LARGEST_UNPACKED = 150_000_000
"""Bytes of all parts together; 100,000 rows of eight cells are 60 million."""

MOST_PARTS = 500
MOST_CELLS = MOST_ROWS * MOST_COLUMNS
"""Empty ones too: a small file may say that its only row is the two thousand millionth."""

_PIECE = 1 << 16
_EXACT_DIGITS = 15
"""A spreadsheet keeps no more of a number."""

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_LEADING_ZEROS = re.compile(r"^0{2,}$")
_DAMAGED = (
    zipfile.BadZipFile,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
    EOFError,
    zlib.error,
)


def is_workbook(content: bytes) -> bool:
    """Whether it is no text but a file of an office program."""
    return content.startswith((_ZIP, _OLD_OFFICE))


def unpacked_size(content: bytes) -> int:
    """How many bytes come out of it at most: no more of a part is read than the file says of it. 0 if it is no zip."""
    try:
        return sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(content)).infolist())
    except (*_DAMAGED, NotImplementedError):
        return 0


def read(content: bytes, reading: Reading, report: Report) -> Table:
    """The rows of one sheet: the named one, else the first that is visible. Raises FileFault."""
    _check(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(content, reading, report)
    except NotImplementedError:
        raise FileFault(gettext("The file is encrypted. Save it without a password.")) from None
    except (*_DAMAGED, RecursionError, zipfile.LargeZipFile):
        raise FileFault(
            gettext("The file is damaged, or no XLSX. Open it in a spreadsheet program and save it anew.")
        ) from None


def _check(content: bytes) -> None:
    if content.startswith(_OLD_OFFICE):
        raise FileFault(
            gettext("This is an old .xls file, or one with a password. Save it as .xlsx, or as “CSV UTF-8”.")
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (*_DAMAGED, NotImplementedError):
        raise FileFault(gettext("The file is damaged: it is no complete XLSX. Save it anew.")) from None
    names = archive.namelist()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise FileFault(gettext("The file has macros in it. Save it as .xlsx without macros, or as “CSV UTF-8”."))
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        kind = gettext(" It is an OpenDocument file:") if "content.xml" in names else ""
        raise FileFault(gettext("This is no XLSX.{kind} save it as .xlsx, or as “CSV UTF-8”.").format(kind=kind))
    if len(names) > MOST_PARTS:
        raise FileFault(
            gettext("The file has {number} parts inside. Copy the table alone into a new one.").format(
                number=len(names)
            )
        )
    if any(part.flag_bits & 1 for part in archive.infolist()):
        raise FileFault(gettext("The file is encrypted. Save it without a password."))
    unpacked = 0
    for part in archive.infolist():
        unpacked = _check_part(archive, part, unpacked)


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, unpacked: int) -> int:
    """Unpack one part piece by piece, counting what really comes out; the bytes so far. Raises FileFault."""
    is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    before = b""
    try:
        with archive.open(part) as opened:
            while piece := opened.read(_PIECE):
                unpacked += len(piece)
                if unpacked > LARGEST_UNPACKED:
                    limit = LARGEST_UNPACKED // 1_000_000
                    raise FileFault(
                        gettext("The file swells to more than {limit} MB when it is unpacked. Divide it.").format(
                            limit=limit
                        )
                    )
                # Entities are declared in a document type alone, in whatever encoding; a workbook never has one.
                plain = (before + piece).replace(b"\x00", b"").upper() if is_xml else b""
                if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
                    raise FileFault(
                        gettext("The file declares entities, which no spreadsheet program does. Save it anew.")
                    )
                before = piece[-40:]
    except (*_DAMAGED, NotImplementedError, RuntimeError) as error:
        raise FileFault(gettext("The file is damaged: a part of it cannot be unpacked. Save it anew.")) from error
    return unpacked


def _read(content: bytes, reading: Reading, report: Report) -> Table:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    shown = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.sheetnames[:1]
    if not shown:
        raise FileFault(gettext("The file has no sheet with a table."))
    if reading.sheet and reading.sheet not in book.sheetnames:
        raise FileFault(
            gettext("There is no sheet “{sheet}”. There are: {shown}.").format(
                sheet=reading.sheet, shown=", ".join(shown)
            )
        )
    name = reading.sheet or shown[0]
    rows, formulas = _sheet_rows(book, name, report)
    if formulas:
        results = load_workbook(io.BytesIO(content), read_only=True, keep_links=False, data_only=True)
        rows, _ = _sheet_rows(results, name, report, formulas)
    return Table(rows, sheet=name, sheets=shown)


def _sheet_rows(
    book: Any, name: str, report: Report, formulas: frozenset[tuple[int, int]] = frozenset()
) -> tuple[list[Any], frozenset[tuple[int, int]]]:
    """The rows, and where formulas stand. Those in ``formulas`` must have the result that was saved."""
    sheet, found = book[name], set()
    # What a file says of its own size may be wrong.
    sheet.reset_dimensions()

    def each() -> Iterator[tuple[int, list[Cell]]]:
        looked_at = 0
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            looked_at += 1 + len(cells)
            if looked_at > MOST_CELLS:
                raise FileFault(
                    gettext("The sheet is too large, or most of it is empty. Copy the table alone into a new file.")
                )
            row = []
            for column, cell in enumerate(cells):
                if cell.data_type == "f":
                    found.add((number, column))
                if (number, column) in formulas and cell.value is None:
                    place = f"{_letters(column)}{number}"
                    raise FileFault(
                        gettext(
                            "Cell {place} has a formula without a result. Save the file in a spreadsheet program."
                        ).format(place=place)
                    )
                row.append(_value(cell, f"{_letters(column)}{number}"))
            yield number, row

    return collect_rows(each(), report), frozenset(found)


def _value(cell: Any, place: str) -> Cell:
    """What the cell shows, as text unless it is a date or a time."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        raise FileFault(
            gettext("Cell {place} shows the error {value}. Mend it first.").format(place=place, value=value)
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""), place)
    if isinstance(value, timedelta):
        is_time = timedelta() <= value < timedelta(days=1)
        return (datetime(2000, 1, 1, tzinfo=UTC) + value).time() if is_time else str(value)
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date()
    if isinstance(value, date | time):
        return value
    return str(value).strip()


def _number(value: float, shown_as: str, place: str) -> str:
    if isinstance(value, float) and not value.is_integer():
        return repr(value)
    digits = str(int(value))
    if len(digits.lstrip("-")) > _EXACT_DIGITS:
        raise FileFault(
            gettext(
                "Cell {place} holds a number of {number} digits, of which a spreadsheet keeps "
                "{exact_digits}. Make the column text, and write it again."
            ).format(place=place, number=len(digits), exact_digits=_EXACT_DIGITS)
        )
    if _LEADING_ZEROS.match(shown_as):
        return digits.zfill(len(shown_as))
    return digits


def _letters(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column + 1))
