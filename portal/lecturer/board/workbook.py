"""The exam board's file as a workbook: a sheet with the grid, and one that says what it is."""

from __future__ import annotations

import io

from django.utils.translation import gettext

from portal.attendance.queries.course import GridRow
from portal.lecturer.board.report import COUNTED, HOW_TO_CHECK, Report, counts_of, head_of, key_words
from portal.lecturer.student_words import letter_of
from portal.lecturer.words import STATUS_WORDS
from portal.web.workbooks import Value, add_row, add_sheet, new_workbook

WIDTHS = (14, 32, 6, 8, *(9,) * len(COUNTED))
SESSION_WIDTH = 16


def write_workbook(report: Report) -> bytes:
    """The XLSX file, without a seal."""
    book = new_workbook()
    sheet = add_sheet(book, gettext("Attendance"), (*WIDTHS, *(SESSION_WIDTH,) * len(report.sessions)), frozen="C2")
    heads = [str(STATUS_WORDS[status]) for status in COUNTED]
    add_row(
        sheet,
        [
            gettext("Number"),
            gettext("Name"),
            "%",
            gettext("Below"),
            *heads,
            *(head_of(each) for each in report.sessions),
        ],
        is_bold=True,
    )
    for row in report.rows:
        add_row(sheet, _cells(row))
    add_row(sheet, ["", gettext("Here"), None, None, *(None,) * len(COUNTED), *report.here()], is_bold=True)
    about = add_sheet(book, gettext("About"), (18, 110), frozen="B1")
    for label, text in [
        *report.facts,
        (gettext("Signs"), key_words()),
        (gettext("Digest"), report.digest),
        (gettext("To check"), str(HOW_TO_CHECK)),
    ]:
        add_row(about, [label, text])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cells(row: GridRow) -> list[Value]:
    student, figures = row.student, row.figures
    below = gettext("yes") if figures.is_below else gettext("no")
    return [
        student.number, student.full_name, figures.percent, below,
        *counts_of(row), *(letter_of(status) for status in row.statuses),
    ]  # fmt: skip
