"""Records as CSV and XLSX files that a spreadsheet opens without running anything that somebody typed."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
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
from portal.web.workbooks import Value, add_row, add_sheet, new_workbook

BYTE_ORDER_MARK = "\ufeff"
"""Tells Excel that the text is UTF-8."""

MOST_ROWS_AS_XLSX = 20_000
"""A workbook is built before a byte of it is sent."""

WIDTH = 20


class TooLong(Exception):
    """More rows than fit into a workbook here."""


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
    return _lines(_heads(by), [rows], separator)


def write_xlsx(chunks: Iterable[list[Mark]], columns: Sequence[Column], zone: ZoneInfo) -> BinaryIO:
    """A workbook in which every cell is text, in a temporary file. Raises TooLong."""
    rows = ([column.say(mark, zone) for column in columns] for marks in chunks for mark in marks)
    return _workbook(gettext("Records"), [column.head(zone) for column in columns], rows)


def xlsx_of_groups(by: str, groups: Iterable[Group]) -> BinaryIO:
    """A workbook with a row for each group, in a temporary file. Raises TooLong."""
    return _workbook(
        gettext("By {title}").format(title=in_sentence(GROUPINGS[by].title)),
        _heads(by),
        (_values(by, group) for group in groups),
    )


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


def _workbook(title: str, heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> BinaryIO:
    taken = list(islice(rows, MOST_ROWS_AS_XLSX + 1))
    if len(taken) > MOST_ROWS_AS_XLSX:
        raise TooLong
    book = new_workbook()
    sheet = add_sheet(book, title, [WIDTH] * len(heads))
    add_row(sheet, heads, is_bold=True)
    for row in taken:
        add_row(sheet, row)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    book.save(file)
    file.seek(0)
    return file


def _heads(by: str) -> list[str]:
    note = {"student": [gettext("Number")], "course": [gettext("Title")]}.get(by, [])
    return [str(GROUPINGS[by].title), *note, *(str(STATUS_WORDS[status]) for status in Status.values), "%"]


def _values(by: str, group: Group) -> list[Value]:
    note = [group_note(group)] if by in ("student", "course") else []
    return [group_name(group), *note, *(group.counts[status] for status in Status.values), group.percent]
