"""A file as rows of cells, whatever it was written by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.utils.formats import number_format
from django.utils.translation import gettext

from portal.attendance.services.importing.faults import FileFault

MOST_ROWS = 100_000
MOST_COLUMNS = 100
LONGEST_CELL = 1_000
"""Characters. The longest text that any column takes has 254."""

Cell = str | date | datetime | time
"""CSV has texts alone; a spreadsheet also says what is a date."""

Report = Callable[[int], None]
"""Is told now and then how many rows are done."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row, by the number that a spreadsheet or an editor shows beside it: the line in which it begins."""

    number: int
    cells: list[Cell]

    def cell(self, index: int) -> Cell:
        """The cell in a column; "" where the row is shorter."""
        return self.cells[index] if index < len(self.cells) else ""


@dataclass(frozen=True)
class Table:
    """The rows of a file that have something in them, and how it was read."""

    rows: list[Row]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """How a file is to be read where the person says so; what is empty is found out."""

    encoding: str = ""
    separator: str = ""
    sheet: str = ""


def collect_rows(rows: Iterable[tuple[int, list[Cell]]], report: Report) -> list[Row]:
    """The rows that have something in them, within the limits. Raises FileFault."""
    return list(_checked(rows, report))


def _checked(rows: Iterable[tuple[int, list[Cell]]], report: Report) -> Iterator[Row]:
    kept = 0
    for number, cells in rows:
        while cells and cells[-1] == "":
            cells.pop()
        if not cells:
            continue
        kept += 1
        # The first row has the names of the columns.
        if kept > MOST_ROWS + 1:
            raise FileFault(
                gettext("The file has more than {most_rows} rows. Divide it.").format(
                    most_rows=number_format(MOST_ROWS, force_grouping=True)
                )
            )
        if len(cells) > MOST_COLUMNS:
            raise FileFault(
                gettext("Row {number} has more than {most_columns} columns. Delete those that are not needed.").format(
                    number=number, most_columns=MOST_COLUMNS
                )
            )
        if any(isinstance(cell, str) and len(cell) > LONGEST_CELL for cell in cells):
            raise FileFault(
                gettext(
                    "Row {number} has a cell of more than {longest_cell} characters. Is a quotation mark open?"
                ).format(number=number, longest_cell=number_format(LONGEST_CELL, force_grouping=True))
            )
        if kept % 1000 == 0:
            report(kept)
        yield Row(number, cells)
