"""``manage.py take_factors_off``: for an administrator who has lost the device, and whom no other can help."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts.factors.keeping import take_factors_off
from portal.accounts.models import Account


class Command(BaseCommand):
    help = "Takes the second factors off an account, so that its password alone lets in. Its owner is told by mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the e-mail address that the account is signed in to with")

    def handle(self, *, email: str, **options: Any) -> None:
        account = Account.objects.person_with(email)
        if account is None:
            raise CommandError(f"There is no account with the e-mail address {email}.")
        if not take_factors_off(account):
            raise CommandError(f"{email} has no second factor.")
        self.stdout.write(f"Taken off. {email} signs in with the password alone.")
