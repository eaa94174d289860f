"""Reads a file: limits first, then the reader for what it is."""

from __future__ import annotations

from types import ModuleType

from django.utils.translation import gettext

from portal.attendance.services.importing import csv_tables, xlsx_tables
from portal.attendance.services.importing.faults import FileFault
from portal.attendance.services.importing.tables import Reading, Report, Table

LARGEST_BYTES = 20_000_000
SMALL_TEXT, SMALL_WORKBOOK = 200_000, 2_000_000
"""Bytes, of a workbook when it is unpacked: a few thousand rows, which are read and checked in a second or two."""


def read_table(content: bytes, reading: Reading | None = None, report: Report = lambda done: None) -> Table:
    """The rows of a CSV or XLSX file, told apart by their content. Raises FileFault."""
    if len(content) > LARGEST_BYTES:
        raise FileFault(
            gettext("The file is larger than {value} MB. Divide it.").format(value=LARGEST_BYTES // 1_000_000)
        )
    if not content.strip(b"\x00\t\r\n "):
        raise FileFault(gettext("The file is empty."))
    reader: ModuleType = xlsx_tables if xlsx_tables.is_workbook(content) else csv_tables
    table: Table = reader.read(content, reading or Reading(), report)
    if not table.rows:
        raise FileFault(gettext("There is no row with anything in it."))
    return table


def is_small(content: bytes) -> bool:
    """Whether a request can read it and a person wait for it."""
    if not xlsx_tables.is_workbook(content):
        return len(content) <= SMALL_TEXT
    return xlsx_tables.unpacked_size(content) <= SMALL_WORKBOOK
