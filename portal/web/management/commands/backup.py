"""Writes the database, and the portal's secrets, into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from portal.web.installation import backup
from portal.web.installation.database_command import FOLDER
from portal.web.installation.errors import SetupError
from portal.web.installation.files import SecretFiles


class Command(BaseCommand):
    help = (
        "Write all that the database holds, as it is at one moment, and the files in /etc/rollcall into one new file "
        "that its owner alone can read. The portal and the recognizers go on meanwhile. The file holds names, marks "
        "and passwords: keep it as safely as the database. `rollcall-manage restore` reads it."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and where the others are."""
        parser.add_argument("file", type=Path, metavar="FILE", help="The file, which must not be there yet.")
        parser.add_argument("--folder", type=Path, default=FOLDER, help="Where the files are (default: %(default)s).")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """End with one line where it cannot be done."""
        path: Path = options["file"].absolute()
        try:
            contents = backup.write_backup(path, SecretFiles(options["folder"].absolute()))
        except SetupError as error:
            raise SystemExit(f"rollcall-manage backup: {error}") from None
        except DatabaseError as error:
            said = error.args[-1] if error.args else type(error).__name__
            raise SystemExit(f"rollcall-manage backup: the database does not answer as it should: {said}") from None
        size = path.stat().st_size / 2**20
        self.stdout.write(
            f"Backed up {sum(contents.tables.values())} rows of {len(contents.tables)} tables into {path} "
            f"({size:.1f} MB). It holds names, marks and passwords: keep it as safely as the database."
        )
