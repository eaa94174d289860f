"""Puts what `rollcall-manage backup` has written into a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import DatabaseError
from sqlalchemy import URL

from portal.web.installation import backup, server
from portal.web.installation.backup_file import BackupReader, opened
from portal.web.installation.database_command import DatabaseCommand
from portal.web.installation.errors import SetupError
from portal.web.installation.files import SecretFiles


class Command(DatabaseCommand):
    help = (
        "Put what `rollcall-manage backup` has written into the database, and bring it to this release. On a server "
        "that is not set up yet, it is set up with the backup's own settings and passwords, so that recognizers find "
        "the database as before: name the database server's administrator, as for setup. A database in which somebody "
        "has entered something is left alone, unless you say --replace. Who was deleted since the backup is back, and "
        "has to be deleted again."
    )

    example = "restore FILE"

    def add_arguments(self, parser: CommandParser) -> None:
        """The file comes first, then the database's."""
        parser.add_argument("file", type=Path, metavar="FILE", help="A file that `rollcall-manage backup` has written.")
        super().add_arguments(parser)
        parser.add_argument("--replace", action="store_true", help="Replace all that the database holds now.")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """End with one line where it cannot be done."""
        self.find_out_whether_to_ask(options)
        files = SecretFiles(options["folder"].absolute())
        try:
            with opened(options["file"].absolute()) as found:
                backup.check_release(found)
                if not files.database_of(files.portal):
                    taken = ", ".join(map(str, files.take(found.files())))
                    self.stdout.write(f"This portal was not set up: it takes {taken} of the backup.")
                self._restore(found, self.bring_to_release(files, options), replaces=options["replace"])
                # The rows may be of an earlier release, and rights go with the tables.
                self.bring_to_release(files, options | {"new_passwords": False})
        except SetupError as error:
            raise SystemExit(f"rollcall-manage restore: {error}") from None
        except (KeyboardInterrupt, EOFError):
            raise SystemExit("\nrollcall-manage restore: interrupted; run it again with --replace.") from None

    def _restore(self, found: BackupReader, url: URL, *, replaces: bool) -> None:
        try:
            with server.connected(url, url.database):
                held = backup.held_rows()
                if held and not replaces:
                    some = ", ".join(f"{count} in {table}" for table, count in sorted(held.items())[:4])
                    raise SetupError(
                        f"the database {url.database} holds something already ({some}): back it up, and say --replace "
                        "if the backup shall take its place."
                    )
                there = backup.student_numbers()
                backup.replace_rows(found, self.stdout.write)
                back = sorted(backup.student_numbers() - there) if held else []
        except DatabaseError as error:
            raise server.explain(error, url) from None
        if back:
            shown = ", ".join(back[:20]) + (f" and {len(back) - 20} others" if len(back) > 20 else "")
            self.stdout.write(f"Students of the backup who were not in the database any more: {shown}.")
        self.stdout.write(
            f"Whoever was deleted after {found.contents.made_at} is back: delete them again. "
            "Marks and corrections made since then are gone."
        )
