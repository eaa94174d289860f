"""Fills an empty database with a made-up university."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone

from portal.attendance.services.populating.plan import Plan
from portal.attendance.services.populating.populate import populate
from portal.web.installation import triggers
from portal.web.installation.backup import held_rows

_NO_RIGHT = (1142, 1143, 1644)


class Command(BaseCommand):
    help = (
        "Fill an empty database with a made-up university: students, courses, a timetable that ends this week, and "
        "registers with what cameras saw and what was corrected. Nobody in it is real. To try the portal at its size, "
        "never for service. A database that holds anything is left alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How large it is."""
        parser.add_argument("--students", type=_number, default=20_000, help="How many students (%(default)s).")
        parser.add_argument("--courses", type=_number, default=800, help="How many courses (%(default)s).")
        parser.add_argument("--weeks", type=_number, default=30, help="How many weeks, with this one (%(default)s).")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Write all or nothing, and say how many rows."""
        if connection.vendor != "mysql":
            raise CommandError("populate needs a database on MariaDB or MySQL; ROLLCALL_DATABASE_URL names another.")
        if held := held_rows():
            some = ", ".join(f"{count} in {table}" for table, count in sorted(held.items())[:4])
            raise CommandError(f"The database holds something already ({some}). Name an empty one.")
        if stood := triggers.any_stand():
            triggers.put_aside()
            if triggers.any_stand():
                raise CommandError(
                    "This user of the database may not put its triggers aside. Nothing was written. Name the "
                    "database's owner in ROLLCALL_DATABASE_URL; where MySQL keeps a binary log, an administrator."
                )
        try:
            plan = Plan(options["students"], options["courses"], options["weeks"], timezone.now())
            populate(plan, self._progress(time.monotonic()))
        except DatabaseError as error:
            if error.args and error.args[0] in _NO_RIGHT:
                raise CommandError(
                    f"This user of the database may not write all of it ({error.args[-1]}). Nothing was written. "
                    "Name the database's owner in ROLLCALL_DATABASE_URL."
                ) from None
            raise
        finally:
            if stood and not triggers.any_stand():
                triggers.make()
        self.stdout.write("Nobody can sign in yet: give an account a password with changepassword ADDRESS.")

    def _progress(self, start: float) -> Callable[[int, str], None]:
        def say(number: int, name: str) -> None:
            seconds = f"{time.monotonic() - start:5.0f} s"
            self.stdout.write(f"{number:>12,} {name:<34}{seconds}")

        return say


def _number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1_000_000:
        raise ValueError
    return number
