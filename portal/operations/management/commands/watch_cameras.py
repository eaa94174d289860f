"""Tells staff by mail where a room with a class session cannot be seen, and when it can again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.operations.mailing import watch_and_mail


class Command(BaseCommand):
    help = (
        "Mail staff where the cameras of a room with a class session now or within 30 minutes cannot see, and when "
        "they can again, once each. Run it each minute; see deploy/."
    )
    requires_migrations_checks = False

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Say how many mails were sent; end with an error where one could not be."""
        sent, failed = watch_and_mail()
        if sent:
            self.stdout.write(f"Mails sent: {sent}.")
        if failed:
            raise CommandError("Not all mails could be sent. It is tried again the next time.")
