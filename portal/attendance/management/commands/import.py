"""Imports a file: shows what would become of every row, and writes it where that is asked for."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.accounts.acting import acting_for
from portal.accounts.models import Account
from portal.attendance.models import DataImport
from portal.attendance.services.importing import jobs
from portal.attendance.services.importing.columns import Columns, compared, find_columns
from portal.attendance.services.importing.csv_tables import ENCODINGS
from portal.attendance.services.importing.dates import DateOrder, read_day
from portal.attendance.services.importing.faults import FileFault, RowFault
from portal.attendance.services.importing.kinds import KINDS, may_import
from portal.attendance.services.importing.planning import Choices, Kind, Outcome, Plan, make_plan
from portal.attendance.services.importing.reading import read_table
from portal.attendance.services.importing.tables import Reading, Table
from portal.attendance.services.importing.words import OUTCOME_WORDS

PROGRAM = "rollcall-manage import"
SHOWN = 50
_ORDERS = {"day-first": DateOrder.DAY_FIRST, "month-first": DateOrder.MONTH_FIRST}


class Command(BaseCommand):
    help = (
        "Import students, lecturers, courses, rosters, rooms, sessions (the timetable) or marks from a CSV or XLSX "
        "file. It says what would become of every row, and changes nothing without --write."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=list(KINDS), help="What the file is a list of.")
        parser.add_argument("file", type=Path, help="A CSV or XLSX file.")
        parser.add_argument("--write", action="store_true", help="Write it, unless a row is refused: all or nothing.")
        parser.add_argument("--all", action="store_true", help=f"Print every row, not the first {SHOWN} of each fate.")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="FIELD=NAME",
            help="Which column holds what, where its name does not tell: --column number=Kennung. An empty name leaves "
            f"a field out. {_fields_in_words()}",
        )
        parser.add_argument("--header", type=int, metavar="ROW", help="The row with the names of the columns.")
        parser.add_argument("--dates", choices=list(_ORDERS), help="What 03/04/2026 means.")
        parser.add_argument("--encoding", choices=list(ENCODINGS), default="", help="Where it is not recognised.")
        parser.add_argument("--separator", default="", help="Where it is not recognised; “tab” for a tab.")
        parser.add_argument("--sheet", default="", help="The sheet of an XLSX file; the first one otherwise.")
        parser.add_argument(
            "--family-name-first", action="store_true", help="Names are written as “Hopper, Grace” in one column."
        )
        parser.add_argument(
            "--since", metavar="DAY", help="The first day of new memberships that have none of their own."
        )
        parser.add_argument(
            "--as", metavar="EMAIL", dest="author", help="Whose word it is: needed for marks, which persons set."
        )
        parser.add_argument(
            "--keep-missing",
            action="store_true",
            help="Whoever is not in the file stays on the rosters of its courses.",
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Print the fates; end with an error where the file, or a row of it, cannot be imported."""
        with acting_for(_author(options["author"], options["kind"])):
            self._import(options)

    def _import(self, options: dict[str, Any]) -> None:
        kind = KINDS[options["kind"]]
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from None
        separator = "\t" if options["separator"] == "tab" else options["separator"]
        reading = Reading(options["encoding"], separator, options["sheet"])
        try:
            table = read_table(content, reading, self._progress("read"))
            columns = _columns(table, kind, options)
            choices = _choices(options)
            plan = make_plan(kind, table.rows, columns, choices, self._progress("checked"))
            self._print(columns, plan, show_all=options["all"])
            if refused := plan.counts()[Outcome.REFUSE]:
                raise CommandError(f"Rows that cannot be imported: {refused}. Nothing was written.")
            if options["write"]:
                self._write(kind, options["file"].name, content, reading, columns, choices, plan)
            else:
                self.stdout.write("Nothing was written. --write does it.")
        except FileFault as fault:
            raise CommandError(str(fault)) from None

    def _write(
        self,
        kind: Kind,
        name: str,
        content: bytes,
        reading: Reading,
        columns: Columns,
        choices: Choices,
        plan: Plan,
    ) -> None:
        """With a record of it, like one from the portal."""
        record = jobs.receive(kind.name, name, content, None, PROGRAM)
        jobs.choose(record, reading, columns, choices)
        jobs.keep_plan(record, plan)
        jobs.begin_writing(record)
        jobs.write_file(self._progress("written"), record.pk)
        record.refresh_from_db()
        if record.state != DataImport.State.WRITTEN:
            raise CommandError(record.fault)
        self.stdout.write(f"Written, as import {record.pk}.")

    def _print(self, columns: Columns, plan: Plan, *, show_all: bool) -> None:
        for name, index in columns.places.items():
            self.stdout.write(f"{name}: column “{columns.header[index]}”")
        for outcome in Outcome:
            fates = [fate for fate in plan.fates if fate.outcome is outcome]
            if not fates:
                continue
            self.stdout.write(f"\n{OUTCOME_WORDS[outcome]}: {len(fates)}")
            shown = fates if show_all else [] if outcome is Outcome.SAME else fates[:SHOWN]
            for fate in shown:
                place = f"row {fate.number}" if fate.number else "not in the file"
                self.stdout.write(f"  {place}: {fate.subject}" + (f" ({fate.words})" if fate.words else ""))
            if 0 < len(shown) < len(fates):
                self.stdout.write(f"  and {len(fates) - len(shown)} more; --all shows them")
        self.stdout.write("")

    def _progress(self, word: str) -> jobs.Progress:
        def report(done: int) -> None:
            if sys.stderr.isatty():
                self.stderr.write(f"\r{done:,} rows {word}", ending="\r")

        return report


def _author(email: str | None, kind: str) -> Account | None:
    """On whose behalf it is imported; None where that is not said."""
    if email is None:
        return None
    account = Account.objects.filter(email=email.strip().lower()).first()
    if account is None:
        raise CommandError(f"There is no account {email}.")
    if not may_import(account, kind):
        raise CommandError(f"{account} may not import {kind}.")
    return account


def _columns(table: Table, kind: Kind, options: dict[str, Any]) -> Columns:
    """Those that are recognised, and those that are named."""
    columns = find_columns(table.rows, kind.fields, options["header"])
    places, names = dict(columns.places), [compared(name) for name in columns.header]
    known = [field.name for field in kind.fields]
    for each in options["column"]:
        field, _, name = each.partition("=")
        if field not in known:
            raise CommandError(f"There is no field {field}. {kind.title} have: {', '.join(known)}.")
        places.pop(field, None)
        if name:
            if compared(name) not in names:
                raise CommandError(f"There is no column “{name}”. There are: {', '.join(columns.header)}.")
            index = names.index(compared(name))
            places = {other: place for other, place in places.items() if place != index} | {field: index}
    return Columns(columns.number, columns.header, places)


def _choices(options: dict[str, Any]) -> Choices:
    joins_on: date | None = None
    order = _ORDERS.get(options["dates"] or "", DateOrder.UNKNOWN)
    if options["since"]:
        try:
            joins_on = read_day(options["since"], order)
        except RowFault as fault:
            raise CommandError(str(fault)) from None
    return Choices(
        today=timezone.localdate(),
        order=order,
        family_name_first=options["family_name_first"],
        ends_missing=not options["keep_missing"],
        joins_on=joins_on,
    )


def _fields_in_words() -> str:
    each = (f"{kind.name}: {', '.join(field.name for field in kind.fields)}" for kind in KINDS.values())
    return "; ".join(each) + "."
