"""Closes the registers that are due, and decides closed ones anew for which late facts have arrived."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.attendance.decision import CLOSES_AFTER, MINUTE
from portal.attendance.services.closing_processes import close_due_at_once


class Command(BaseCommand):
    help = "Close the registers that are due, 15 minutes after their end. Run it each minute; see deploy/."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--after",
            type=int,
            default=CLOSES_AFTER // MINUTE,
            metavar="MINUTES",
            help="How long after its end a register is due (default: %(default)s). Late facts are decided anyway.",
        )
        parser.add_argument("--limit", type=int, help="Do at most so many, and leave the others for the next time.")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Say what was done where anything was; end with an error where a register could not be closed."""
        done, failed = close_due_at_once(limit=options["limit"], after=options["after"] * MINUTE)
        if done:
            self.stdout.write(f"Registers closed or decided anew: {done}.")
        if failed:
            raise CommandError(f"Registers that could not be closed: {failed}. They are tried again the next time.")
