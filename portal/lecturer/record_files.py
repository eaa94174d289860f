"""The records as a file that a worker makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext

from portal.attendance.access import may_read_courses, zone_of
from portal.attendance.models import DataExport
from portal.attendance.queries.record_groups import MOST_GROUPED, Group, TooMany, group_records
from portal.attendance.queries.records import Records
from portal.attendance.services.exporting.makers import CannotExport, Finish, Maker, Progress
from portal.lecturer.export import heads_of_groups, ignore, write_xlsx, write_xlsx_of_groups
from portal.lecturer.filters import RecordsForm
from portal.lecturer.record_columns import columns_for, read_by
from portal.web.languages import later as _
from portal.web.workbooks import MOST_ROWS, TooManyRows, takes_long, too_many_rows_words

TOO_MANY = _("More than {number} class sessions: choose fewer days, a course or a room.")


def groups_of(asked: RecordsForm) -> list[Group] | None:
    """The groups that are asked for; None where none are. Raises TooMany."""
    by = asked.cleaned_data["group"]
    return group_records(asked.records(), by) if by else None


def is_long(asked: RecordsForm, groups: list[Group] | None) -> bool:
    """Whether a workbook of the records, or of these groups, is made by a worker."""
    if groups is not None:
        return takes_long(len(groups), len(heads_of_groups(asked.cleaned_data["group"])))
    counts = asked.records().counts()
    return not counts.is_complete or takes_long(counts.total, len(columns_for(asked.shown)))


def write_records(
    asked: RecordsForm, groups: list[Group] | None, file: BinaryIO, progress: Callable[[int], None] = ignore
) -> None:
    """The workbook. Raises TooManyRows."""
    if groups is not None:
        write_xlsx_of_groups(file, asked.cleaned_data["group"], groups, progress)
        return
    columns = columns_for(asked.shown)
    write_xlsx(file, asked.records().chunks(read_by(columns)), columns, zone_of(asked.account), progress)


def too_many_words() -> str:
    """Why more class sessions are not grouped."""
    return TOO_MANY.format(number=number_format(MOST_GROUPED, force_grouping=True))


def _make(export: DataExport, file: BinaryIO, progress: Progress) -> Finish:
    asked = RecordsForm(export.asked_by, QueryDict(export.what["query"]))
    if not asked.is_valid():
        raise CannotExport(gettext("You may not see these records any more, or there is no such course or room now."))
    courses = asked.records().courses
    export.courses = None if courses is None else list(courses)
    try:
        groups = groups_of(asked)
        progress.expect(_number(asked.records()) if groups is None else len(groups))
        write_records(asked, groups, file, progress)
    except TooMany:
        raise CannotExport(too_many_words()) from None
    except TooManyRows:
        raise CannotExport(too_many_rows_words()) from None
    return lambda: export.about


def _number(records: Records) -> int:
    """Counted first: a workbook that would have too many rows is not begun. Raises TooManyRows."""
    number = records.number(MOST_ROWS)
    if number > MOST_ROWS:
        raise TooManyRows
    return number


def _instead(export: DataExport) -> list[tuple[str, str]]:
    address, query = reverse("lecturer:records_export", args=["csv"]), export.what["query"]
    return [
        (f"{address}?{query}", gettext("CSV with commas")),
        (f"{address}?{query}&separator=semicolon", gettext("CSV with semicolons")),
    ]


MAKER = Maker(
    write=_make,
    may_have=lambda export: may_read_courses(export.asked_by, export.courses),
    back=lambda export: f"{reverse('lecturer:records')}?{export.what['query']}",
    instead=_instead,
)
