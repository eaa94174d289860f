"""A list of the office as a file that a worker makes."""

from __future__ import annotations

from typing import BinaryIO

from django.urls import reverse
from django.utils.translation import gettext

from portal.attendance.models import DataExport
from portal.attendance.services.exporting.makers import CannotExport, Finish, Maker, Progress
from portal.attendance.services.importing.exporting import count_rows, write_xlsx
from portal.attendance.services.importing.kinds import may_import
from portal.web.workbooks import MOST_ROWS, TooManyRows, too_many_rows_words


def _make(export: DataExport, file: BinaryIO, progress: Progress) -> Finish:
    kind = export.what["kind"]
    if not may_import(export.asked_by, kind):
        raise CannotExport(gettext("You may not export this any more."))
    progress.expect(count_rows(kind, MOST_ROWS))
    try:
        write_xlsx(kind, file, progress)
    except TooManyRows:
        raise CannotExport(too_many_rows_words()) from None
    return lambda: export.about


def _instead(export: DataExport) -> list[tuple[str, str]]:
    address = reverse("office:export", args=[export.what["kind"], "csv"])
    return [
        (address, gettext("CSV with commas")),
        (f"{address}?separator=semicolon", gettext("CSV with semicolons")),
    ]


MAKER = Maker(
    write=_make,
    may_have=lambda export: may_import(export.asked_by, export.what["kind"]),
    back=lambda export: reverse("office:term"),
    instead=_instead,
)
