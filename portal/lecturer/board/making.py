"""The exam board's file: while somebody waits, or by a worker where the course is large."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance.access import Right, courses_of, may_read_courses, zone_of
from portal.attendance.models import BoardExport, Course, DataExport, Term
from portal.attendance.queries.course import grid_of, terms_of
from portal.attendance.services.board_exports import new_reference, seal_and_record
from portal.attendance.services.exporting.makers import CannotExport, Finish, Maker, Progress
from portal.lecturer.board.fonts import NoFont
from portal.lecturer.board.report import COUNTED, Report
from portal.lecturer.board.workbook import write_workbook
from portal.web.languages import later as _
from portal.web.workbooks import CELLS_AT_ONCE

NO_FONT = _(
    "This server has no font for a PDF: its administrator installs fonts-dejavu-core. Take the XLSX file till then."
)

CELLS_OF_PDF_AT_ONCE = 15_000
"""Of a PDF, which is set letter by letter: 14,000 cells (198 students, 60 class sessions) took 1.7 seconds where
``CELLS_AT_ONCE`` was measured."""


def report_for(account: Account, course: Course, term: Term | None, now: datetime) -> Report:
    """What an export of the course says now."""
    return Report(course, grid_of(course, now, term), now, zone_of(account), account.name, new_reference())


def is_long(report: Report, form: str) -> bool:
    """Whether a worker makes the file."""
    cells = len(report.rows) * (len(COUNTED) + len(report.sessions))
    return cells > (CELLS_OF_PDF_AT_ONCE if form == BoardExport.Form.PDF else CELLS_AT_ONCE)


def write_report(report: Report, form: str) -> bytes:
    """The file without its seal. Raises NoFont."""
    if form == BoardExport.Form.XLSX:
        return write_workbook(report)
    # Loaded where a PDF is asked for: it brings much along.
    from portal.lecturer.board.pdf import write_pdf

    return write_pdf(report)


def about(report: Report, form: str) -> str:
    """What is written down of it when somebody takes it."""
    return f"exam board's {form} of {report.course}, reference {report.reference}"


def seal_report(content: bytes, report: Report, form: str, account: Account) -> bytes:
    """The file with its seal, once it stands in the database."""
    return seal_and_record(
        content,
        form,
        report.reference,
        report.course,
        account,
        report.made_at,
        students=len(report.rows),
        sessions=len(report.sessions),
        digest=report.digest,
    )


def what_of(course: Course, term: Term | None, form: str) -> dict[str, Any]:
    """What a worker is told."""
    return {"course": course.pk, "term": _key(term), "form": form}


def _key(row: Model | None) -> int | None:
    return row.pk if row else None


def _make(export: DataExport, file: BinaryIO, progress: Progress) -> Finish:
    account, what, now = export.asked_by, export.what, timezone.now()
    course = courses_of(account, Right.READ).filter(pk=what["course"]).first()
    if course is None:
        raise CannotExport(gettext("You may not see this course any more."))
    export.courses = [course.pk]
    term = next((each for each in terms_of(course, now) if each.pk == what["term"]), None)
    report, form = report_for(account, course, term, now), what["form"]
    try:
        content = write_report(report, form)
    except NoFont:
        raise CannotExport(str(NO_FONT)) from None

    def finish() -> str:
        file.write(seal_report(content, report, form, account))
        return about(report, form)

    return finish


def _back(export: DataExport) -> str:
    term = export.what["term"]
    return reverse("lecturer:course", args=[export.what["course"]]) + (f"?term={term}" if term else "")


MAKER = Maker(
    write=_make,
    may_have=lambda export: may_read_courses(export.asked_by, export.courses),
    back=_back,
    instead=lambda export: [],
)
