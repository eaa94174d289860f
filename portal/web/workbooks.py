"""Workbooks (XLSX) in which every text is only text: nothing is run, rounded or read as a date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from portal.web.lines import is_noncharacter

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Value = str | int | None
"""A text, a whole number, or an empty cell."""


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
    return "".join(sign for sign in text if (sign >= " " or sign in "\t\n") and not is_noncharacter(sign))
