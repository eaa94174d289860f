"""Django's own check, and how the portal stands with its database."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.check import Command as DjangosCheck

from portal.web.database_check import check_database, check_files


class Command(DjangosCheck):
    """Where Django is asked for a part of its checks, the database is left alone."""

    help = (
        f"{DjangosCheck.help} Then say how the portal stands with its database: whether it is of this release, whether "
        "the way to it is encrypted, whether the triggers stand that keep the history, and whether files with "
        "secrets are open to everybody."
    )

    def handle(self, *app_labels: Any, **options: Any) -> None:
        """End with status 1 where the portal cannot serve; a line that begins with – warns."""
        super().handle(*app_labels, **options)
        if app_labels or options["tags"] or options["list_tags"]:
            return
        findings = [*check_files(), *check_database()]
        for finding in findings:
            self.stdout.write(str(finding))
        if any(finding.sign == "✗" for finding in findings):
            raise SystemExit(1)
