"""Exports what can be imported."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts.readings import note_export
from portal.attendance.services.importing.exporting import count_rows, csv_export, write_xlsx
from portal.attendance.services.importing.kinds import KINDS
from portal.web.workbooks import MOST_ROWS


class Command(BaseCommand):
    help = (
        "Export students, lecturers, courses, rosters, rooms, sessions or marks as a file that can be imported again."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=list(KINDS), help="What to export.")
        parser.add_argument("file", type=Path, help="It ends with .csv or .xlsx; - prints CSV.")
        parser.add_argument("--semicolon", action="store_true", help="CSV with semicolons in the place of commas.")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Write the file; one that is there is not touched."""
        kind, file = options["kind"], options["file"]
        note_export(f"all {kind}, by rollcall-manage")
        lines = csv_export(kind, ";" if options["semicolon"] else ",")
        if str(file) == "-":
            sys.stdout.writelines(lines)
            return
        if file.suffix.lower() not in (".csv", ".xlsx"):
            raise CommandError(f"{file} ends with neither .csv nor .xlsx.")
        if file.suffix.lower() == ".xlsx" and count_rows(kind, MOST_ROWS + 1) > MOST_ROWS:
            raise CommandError(f"A workbook has at most {MOST_ROWS} rows here. Choose a file that ends with .csv.")
        try:
            with file.open("xb") as opened:
                if file.suffix.lower() == ".xlsx":
                    write_xlsx(kind, opened)
                else:
                    opened.writelines(line.encode() for line in lines)
        except FileExistsError:
            raise CommandError(f"{file} is there already. Choose another name.") from None
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
