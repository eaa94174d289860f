"""Tells whether a file for an exam board is as it was made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.attendance.models import BoardExport
from portal.attendance.services.board_exports import Verdict, verify

WRONG = {
    Verdict.CHANGED: "It is NOT as it was made: something in it was changed since. Ask the portal for a new one.",
    Verdict.NOT_RECORDED: "This portal's key has sealed it, but its database knows no such export: was it restored "
    "from an earlier backup? Ask the portal for a new one.",
    Verdict.NO_SEAL: "It has no seal of this portal: it is another file, or another program has saved it since. Ask "
    "the portal for a new one.",
}
KEY_IS_GONE = (
    "The database vouches for it alone: the key that sealed it is neither ROLLCALL_SECRET_KEY nor one of "
    "ROLLCALL_SECRET_KEY_FALLBACKS."
)


class Command(BaseCommand):
    help = (
        "Tell whether an exam board's PDF or XLSX file is as this portal made it: for which course, when and by whom "
        "it was made, and whether anything in it was changed since. Ends with status 1 where it is not."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="The file as it was exported, never saved again.")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Print what is known of the file."""
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        found = verify(content)
        if found.export:
            self.stdout.write(_describe(found.export))
        if found.verdict in WRONG:
            raise CommandError(f"{path}: {WRONG[found.verdict]}")
        self.stdout.write(f"{path} is as it was made.")
        if found.verdict is Verdict.AS_RECORDED:
            self.stdout.write(KEY_IS_GONE)


def _describe(export: BoardExport) -> str:
    return "\n".join(
        [
            f"Course     {export.course_name}",
            f"Made       {export.made_at:%Y-%m-%d %H:%M} UTC by {export.made_by_name} ({export.made_by_email})",
            f"Contents   {export.students} students, {export.sessions} class sessions, as {export.get_form_display()}",
            f"Reference  {export.reference}",
            f"Digest     {export.digest}",
        ]
    )
