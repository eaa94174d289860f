"""An import from step to step. The record tells where it is; a step that is begun anew does what is not done.

``read_file``, ``plan_file`` and ``write_file`` are the work of tasks. What is wrong with the file stands in the
record's ``fault``, for whoever has asked.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext

from portal.accounts.acting import acting_account
from portal.accounts.models import Account
from portal.attendance.models import DataImport, ImportPiece, ImportRow
from portal.attendance.services.importing.columns import Columns, find_columns
from portal.attendance.services.importing.dates import DateOrder
from portal.attendance.services.importing.faults import FileFault
from portal.attendance.services.importing.kinds import KINDS, may_import
from portal.attendance.services.importing.planning import Choices, Plan, data_rows, make_plan
from portal.attendance.services.importing.reading import is_small, read_table
from portal.attendance.services.importing.tables import Reading, Table
from portal.attendance.services.importing.values import as_text
from portal.attendance.services.importing.writing import decide_rosters, write_plan
from portal.attendance.services.pieces import cut

State = DataImport.State
Progress = Callable[[int], None]

SHOWN_ROWS = 5
FILES_KEPT = timedelta(days=7)
ROWS_KEPT = timedelta(days=365)


def receive(kind: str, file_name: str, content: bytes, asked_by: Account | None, asked_by_name: str = "") -> DataImport:
    """Keep a file, which is to be read next."""
    assert kind in KINDS, kind
    name = PurePath(file_name.replace("\\", "/")).name
    record = DataImport(kind=kind, file_name=name[-255:], file_digest=hashlib.sha256(content).hexdigest())
    record.reading = {"is_small": is_small(content), "language": get_language() or ""}
    record.asked_by, record.asked_by_name = asked_by, asked_by_name or _called(asked_by)
    packed = zlib.compress(content, 6)
    with transaction.atomic():
        record.save()
        for number, piece in cut(BytesIO(packed)):
            ImportPiece.objects.create(data_import=record, number=number, content=piece)
    return record


def _called(account: Account | None) -> str:
    """By name and address, or by the address alone where the account has no name."""
    email = account.email if account else ""
    return email if str(account) == email else f"{account} <{email}>"


def read_file(progress: Progress, pk: int) -> None:
    """Read the file, and recognise its columns."""
    record = DataImport.objects.get(pk=pk)
    if record.state != State.RECEIVED:
        return
    try:
        with _its_language(record):
            table = _table(record, progress)
            columns = find_columns(table.rows, KINDS[record.kind].fields, record.columns.get("number"))
            below = data_rows(table.rows, columns.number)
    except FileFault as fault:
        _move(record, State.RECEIVED, state=State.FAULTY, fault=str(fault)[:500])
        return
    width = range(len(columns.header))
    first = [[as_text(row.cell(index))[:100] for index in width] for row in below[:SHOWN_ROWS]]
    found = {"encoding": table.encoding, "separator": table.separator, "sheet": table.sheet, "sheets": table.sheets}
    reading = found | {"row_count": len(below), "first_rows": first}
    _move(record, State.RECEIVED, state=State.READ, reading=record.reading | reading, columns=asdict(columns), fault="")


def choose(record: DataImport, reading: Reading, columns: Columns, choices: Choices) -> None:
    """Keep how the file is to be read and taken; its rows are checked next, anew where they had been before."""
    said = {
        "today": choices.today.isoformat(),
        "order": choices.order.value,
        "family_name_first": choices.family_name_first,
        "ends_missing": choices.ends_missing,
        "joins_on": choices.joins_on.isoformat() if choices.joins_on else None,
    }
    open_states = [State.RECEIVED, State.READ, State.PLANNED]
    DataImport.objects.filter(pk=record.pk, state__in=open_states).update(
        state=State.PLANNING,
        reading=record.reading | asdict(reading),
        columns=asdict(columns),
        choices=said,
        fault="",
    )
    record.refresh_from_db()


def read_anew(record: DataImport, reading: Reading, header: int | None) -> None:
    """The file is to be read in another way: its columns are recognised anew."""
    open_states = [State.FAULTY, State.READ, State.PLANNED]
    DataImport.objects.filter(pk=record.pk, state__in=open_states).update(
        state=State.RECEIVED,
        reading=record.reading | asdict(reading),
        columns={"number": header} if header else {},
        fault="",
    )
    record.refresh_from_db()


def begin_writing(record: DataImport) -> bool:
    """What was shown is to be written; False where there is nothing to write any more."""
    _move(record, State.PLANNED, state=State.WRITING, fault="")
    record.refresh_from_db()
    return record.state == State.WRITING


def discard(record: DataImport) -> None:
    """Give an import up that has not been written, and delete its file."""
    open_states = [State.RECEIVED, State.FAULTY, State.READ, State.PLANNED]
    if DataImport.objects.filter(pk=record.pk, state__in=open_states).update(state=State.DISCARDED):
        ImportPiece.objects.filter(data_import=record).delete()
    record.refresh_from_db()


def plan_file(progress: Progress, pk: int) -> None:
    """Find out what would become of every row."""
    record = DataImport.objects.get(pk=pk)
    if record.state != State.PLANNING:
        return
    try:
        with _its_language(record):
            plan = _plan(record, _table(record), progress, is_writing=False)
    except FileFault as fault:
        _move(record, State.PLANNING, state=State.READ, fault=str(fault)[:500])
        return
    keep_plan(record, plan)


def keep_plan(record: DataImport, plan: Plan) -> None:
    """Keep what was found out, in the place of what was before."""
    with transaction.atomic():
        locked = DataImport.objects.select_for_update().get(pk=record.pk)
        if locked.state != State.PLANNING:
            return
        ImportRow.objects.filter(data_import=record).delete()
        rows = (
            ImportRow(
                data_import=record,
                position=position,
                number=fate.number,
                outcome=fate.outcome.value,
                subject=fate.subject,
                words=fate.words,
            )
            for position, fate in enumerate(plan.fates)
        )
        ImportRow.objects.bulk_create(rows, batch_size=1000)
        _move(record, State.PLANNING, state=State.PLANNED, counts=plan.counts(), plan_digest=plan.digest(), fault="")


def write_file(progress: Progress, pk: int) -> None:
    """Write what was shown: all of it, with the fact that it is written, or nothing."""
    record = DataImport.objects.get(pk=pk)
    if record.state == State.WRITING:
        try:
            with _its_language(record):
                _write(record, progress)
        except FileFault as fault:
            _move(record, State.WRITING, state=State.PLANNED, fault=str(fault)[:500])
            return
        record.refresh_from_db()
    if record.state == State.WRITTEN and record.followed_at is None:
        decide_rosters({int(course): set(students) for course, students in record.rosters.items()})
        DataImport.objects.filter(pk=pk).update(followed_at=timezone.now())
        ImportPiece.objects.filter(data_import=pk).delete()


def _write(record: DataImport, progress: Progress) -> None:
    table = _table(record)

    def make(is_writing: bool) -> Plan:
        # Whoever else is at this import waits here, and then finds it written.
        locked = DataImport.objects.select_for_update().get(pk=record.pk)
        if locked.state != State.WRITING:
            return Plan()
        _check_right(locked)
        return _plan(record, table, progress, is_writing=is_writing)

    def also(plan: Plan) -> None:
        rosters = {str(course): sorted(students) for course, students in plan.rosters.items()}
        _move(record, State.WRITING, state=State.WRITTEN, written_at=timezone.now(), rosters=rosters, fault="")

    def shown_or_done() -> Plan:
        return write_plan(make, record.plan_digest, also)

    try:
        shown_or_done()
    except FileFault:
        if DataImport.objects.filter(pk=record.pk, state=State.WRITTEN).exists():
            return
        raise


def _check_right(record: DataImport) -> None:
    """Raise FileFault where whoever asks for the writing may not import any more; a command needs no right."""
    asked_by = acting_account()
    account = Account.objects.filter(pk=asked_by.pk).first() if asked_by else None
    if asked_by and (account is None or not may_import(account, record.kind)):
        raise FileFault(
            gettext("{name} may not import this any more. Nothing was written; somebody else may write it.").format(
                name=asked_by.name
            )
        )


def clear_imports(now: datetime) -> None:
    """Delete files that nobody has written for a week, and what became of single rows after a year."""
    ImportPiece.objects.filter(data_import__asked_at__lt=now - FILES_KEPT).delete()
    given_up = DataImport.objects.filter(asked_at__lt=now - FILES_KEPT).exclude(state=State.WRITTEN)
    given_up.exclude(state=State.DISCARDED).update(state=State.DISCARDED)
    ImportRow.objects.filter(data_import__asked_at__lt=now - ROWS_KEPT).delete()


def choices_of(record: DataImport) -> Choices:
    """What was chosen, as a plan needs it."""
    said = record.choices
    joins_on = said.get("joins_on")
    return Choices(
        today=date.fromisoformat(said["today"]),
        order=DateOrder(said.get("order", "")),
        family_name_first=bool(said.get("family_name_first")),
        ends_missing=bool(said.get("ends_missing", True)),
        joins_on=date.fromisoformat(joins_on) if joins_on else None,
    )


def content_of(record: DataImport) -> bytes:
    """The file. Raises FileFault where it is kept no longer."""
    pieces = list(record.pieces.values_list("content", flat=True))
    if not pieces:
        raise FileFault(gettext("The file is kept for a week, and that is over. Upload it again."))
    return zlib.decompress(b"".join(map(bytes, pieces)))


def reading_of(record: DataImport) -> Reading:
    """How the file is read."""
    said: dict[str, Any] = record.reading
    return Reading(*(str(said.get(name) or "") for name in ("encoding", "separator", "sheet")))


def _its_language(record: DataImport) -> AbstractContextManager[None]:
    """While it lasts, words are in the language of the pages of whoever brought the file.

    A task knows the account's own choice alone, which may leave it to the browser. What is written has the digest
    of what was shown only in the same words.
    """
    language = str(record.reading.get("language") or "")
    return translation.override(language) if language else nullcontext()


def _table(record: DataImport, progress: Progress = lambda done: None) -> Table:
    return read_table(content_of(record), reading_of(record), progress)


def _plan(record: DataImport, table: Table, progress: Progress, *, is_writing: bool) -> Plan:
    columns = Columns(**record.columns)
    choices = replace(choices_of(record), is_writing=is_writing)
    return make_plan(KINDS[record.kind], table.rows, columns, choices, progress)


def _move(record: DataImport, before: str, **values: Any) -> None:
    """From one state to another, unless somebody else has moved it."""
    DataImport.objects.filter(pk=record.pk, state=before).update(**values)
