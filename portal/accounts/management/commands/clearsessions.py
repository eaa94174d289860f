"""``manage.py clearsessions``: Django's, and what else of signing in nobody needs any more."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.management.commands import clearsessions
from django.utils import timezone

from portal.accounts.factors.authenticator import reseal_secrets
from portal.accounts.limits import forget_old
from portal.accounts.models.readings import forget_old_readings
from portal.accounts.sessions import forget_ended


class Command(clearsessions.Command):
    help = (
        "Deletes sessions that have expired, wrong passwords and codes that are too old to count, and old notes of who "
        "read what; encrypts with the present secret key what an earlier one has encrypted."
    )

    def handle(self, **options: Any) -> None:
        super().handle(**options)
        forget_ended()
        forget_old()
        forget_old_readings(timezone.now())
        reseal_secrets()
