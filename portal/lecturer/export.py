"""Records as CSV and XLSX files that a spreadsheet opens without running anything that somebody typed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from portal.attendance.models import Mark, Status
from portal.attendance.queries.record_groups import GROUPINGS, Group
from portal.lecturer.group_words import group_name, group_note
from portal.lecturer.record_columns import Column
from portal.lecturer.words import STATUS_WORDS
from portal.web.languages import in_sentence
from portal.web.spreadsheet import text_cell
from portal.web.workbooks import Value, write_sheet

BYTE_ORDER_MARK = "\ufeff"
"""Tells Excel that the text is UTF-8."""

WIDTH = 20

Progress = Callable[[int], None]


def ignore(done: int) -> None:
    """Somebody waits, and sees no progress."""


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(
    chunks: Iterable[list[Mark]], columns: Sequence[Column], zone: ZoneInfo, separator: str = ","
) -> Iterator[str]:
    """The lines of the file, header first; instants in ISO 8601 in the zone, which the header names."""
    rows = ([[_guarded(column, mark, zone) for column in columns] for mark in marks] for marks in chunks)
    return _lines([column.head(zone) for column in columns], rows, separator)


def csv_of_groups(by: str, groups: Iterable[Group], separator: str = ",") -> Iterator[str]:
    """The lines of a file with a row for each group."""
    rows = [[text_cell("" if value is None else str(value)) for value in _values(by, group)] for group in groups]
    return _lines(heads_of_groups(by), [rows], separator)


def write_xlsx(
    file: BinaryIO,
    chunks: Iterable[list[Mark]],
    columns: Sequence[Column],
    zone: ZoneInfo,
    progress: Progress = ignore,
) -> None:
    """A workbook in which every cell is text. Raises TooManyRows."""
    rows = ([column.say(mark, zone) for column in columns] for marks in chunks for mark in marks)
    heads = [column.head(zone) for column in columns]
    write_sheet(file, gettext("Records"), heads, rows, width=WIDTH, is_bold=True, progress=progress)


def write_xlsx_of_groups(file: BinaryIO, by: str, groups: Iterable[Group], progress: Progress = ignore) -> None:
    """A workbook with a row for each group."""
    title = gettext("By {title}").format(title=in_sentence(GROUPINGS[by].title))
    rows = (_values(by, group) for group in groups)
    write_sheet(file, title, heads_of_groups(by), rows, width=WIDTH, is_bold=True, progress=progress)


def _guarded(column: Column, mark: Mark, zone: ZoneInfo) -> str:
    said = column.say(mark, zone)
    return text_cell(said) if column.is_typed else said


def _lines(heads: Sequence[str], chunks: Iterable[list[list[str]]], separator: str) -> Iterator[str]:
    """The lines of rows that come in chunks. The last line says how many rows there are: a file without it was cut off.

    It has as many cells as the others, and begins with #, which readers of CSV know as a comment's sign and no
    spreadsheet as anything.
    """
    writer, number = csv.writer(Echo(), delimiter=separator, quoting=csv.QUOTE_ALL), 0
    yield BYTE_ORDER_MARK + writer.writerow(heads)
    for rows in chunks:
        number += len(rows)
        yield "".join(writer.writerow(row) for row in rows)
    ending = f"# complete: {number} row{'' if number == 1 else 's'}"
    yield writer.writerow([ending, *[""] * (len(heads) - 1)])


def heads_of_groups(by: str) -> list[str]:
    """The names of the columns."""
    note = {"student": [gettext("Number")], "course": [gettext("Title")]}.get(by, [])
    return [str(GROUPINGS[by].title), *note, *(str(STATUS_WORDS[status]) for status in Status.values), "%"]


def _values(by: str, group: Group) -> list[Value]:
    note = [group_note(group)] if by in ("student", "course") else []
    return [group_name(group), *note, *(group.counts[status] for status in Status.values), group.percent]
