"""Workbooks (XLSX) in which every text is only text: nothing is run, rounded or read as a date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO

from django.utils.formats import number_format
from django.utils.translation import gettext

from portal.web.lines import is_noncharacter

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

CELLS_AT_ONCE = 50_000
"""Up to so many cells are written while a person waits, some 2,800 rows of the records with all 18 columns: two seconds
in gunicorn on the machine of benchmarks/README.md, where 32,000 cells took 1.6 and 63,000 took 2.2. More is a task."""

MOST_ROWS = 200_000
"""Of a workbook. A sheet of XLSX ends at 1,048,576 rows, and long before it no program opens it gladly; the tasks of
everybody wait behind one that is written, half a minute for every 50,000 rows of the records. CSV has no such bound."""

TELL_EVERY = 200
"""Rows between two words to a progress."""

Value = str | int | None
"""A text, a whole number, or an empty cell."""


class TooManyRows(Exception):
    """More than ``MOST_ROWS``."""


def takes_long(rows: int, columns: int) -> bool:
    """Whether so many cells are not written while a person waits."""
    return rows * columns > CELLS_AT_ONCE


def too_many_rows_words() -> str:
    """What whoever has asked for more than ``MOST_ROWS`` is told."""
    most = number_format(MOST_ROWS, force_grouping=True)
    return gettext(
        "That is more than {most} rows, and a workbook (XLSX) has no more here. CSV has no such bound."
    ).format(most=most)


def write_sheet(
    file: BinaryIO,
    title: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    width: int | None = None,
    is_bold: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """A workbook of one sheet, a row in memory at a time. is_bold: of the heads. Raises TooManyRows."""
    book = new_workbook()
    sheet = add_sheet(book, title, [width] * len(heads) if width else ())
    add_row(sheet, heads, is_bold=is_bold)
    try:
        for number, row in enumerate(rows, start=1):
            if number > MOST_ROWS:
                raise TooManyRows
            add_row(sheet, row)
            if number % TELL_EVERY == 0:
                progress(number)
    except BaseException:
        _drop_rows(sheet)
        raise
    book.save(file)


def _drop_rows(sheet: Any) -> None:
    """openpyxl keeps the rows in a file of its own until the workbook is saved, else until the program ends."""
    if writer := sheet._writer:
        sheet._rows = None
        writer.close()
        writer.cleanup()


def new_workbook() -> Any:
    """An openpyxl workbook that is written row by row."""
    from openpyxl import Workbook

    return Workbook(write_only=True)


def add_sheet(book: Any, title: str, widths: Sequence[int] = (), frozen: str = "A2") -> Any:
    """A sheet. widths: of its columns, in characters. frozen: the first cell that scrolls."""
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title)
    sheet.freeze_panes = frozen
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    return sheet


def add_row(sheet: Any, values: Iterable[Value], *, is_bold: bool = False) -> None:
    """A row of texts and numbers."""
    sheet.append([_cell(sheet, value, is_bold) for value in values])


def _cell(sheet: Any, value: Value, is_bold: bool) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    if value is None:
        return None
    made = WriteOnlyCell(sheet, value=_printable(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        # Also what begins with =, and what looks like a number.
        made.data_type, made.number_format = "s", "@"
    if is_bold:
        made.font = Font(bold=True)
    return made


def _printable(text: str) -> str:
    """Without what XML cannot hold: one such sign in one name, and no program opens the workbook."""
    if text.isprintable():
        return text
    return "".join(sign for sign in text if (sign >= " " or sign in "\t\n") and not is_noncharacter(sign))
