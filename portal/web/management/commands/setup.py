"""Sets the portal up: its database, the database's users, the files that name them, and the first account."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser
from sqlalchemy import make_url

from portal.web.installation import first_account, server
from portal.web.installation.database_command import DatabaseCommand
from portal.web.installation.errors import SetupError
from portal.web.installation.files import SecretFiles


class Command(DatabaseCommand):
    help = (
        "Set the portal up: make its database and the database's users with their rights, write their passwords into "
        "files that root alone can read, make the tables, and make the first account. Run it again at any time: it "
        "finishes what was interrupted, brings the database to this release and renews the rights; passwords stay "
        "unless you ask for new ones."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Beside the database's, those of the first account."""
        super().add_arguments(parser)
        parser.add_argument("--email", default="", help="The first account's e-mail address.")
        parser.add_argument("--name", default="", help="The first account's full name.")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="The first account's password is the first line of the standard input; "
            "otherwise you are asked, or one is made up.",
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        """End with one line where it cannot be done."""
        self.find_out_whether_to_ask(options)
        self.asks = self.asks and not options["password_stdin"]
        files = SecretFiles(options["folder"].absolute())
        try:
            self.bring_to_release(files, options)
            self._make_first_account(files.database_of(files.portal), options)
        except SetupError as error:
            raise SystemExit(f"rollcall-manage setup: {error}") from None
        except (KeyboardInterrupt, EOFError):
            raise SystemExit("\nrollcall-manage setup: interrupted; run it again to go on.") from None

    def _make_first_account(self, database_url: str, options: dict[str, Any]) -> None:
        url = make_url(database_url)
        with server.connected(url, url.database):
            if not first_account.is_missing():
                return
            email, name = options["email"], options["name"]
            if not email and not self.asks:
                self.stderr.write(
                    "There is no account yet: rollcall-manage setup --email ADDRESS --name NAME makes it."
                )
                return
            account = first_account.checked(
                email or input("The first account's e-mail address: "),
                name or (self.asks and input("Full name: ")) or "",
            )
            password = self._password(account, options["password_stdin"])
            first_account.create(account, password or (made_up := first_account.made_up()))
        self.stdout.write(f"Account: {account.email}")
        if not password:
            self.stdout.write(f"Its password, which is shown this once: {made_up}")

    def _password(self, account: Any, is_on_stdin: bool) -> str:
        if is_on_stdin:
            password = sys.stdin.readline().rstrip("\n")
            if not password:
                raise SetupError("the standard input holds no password for the first account.")
            return password
        return first_account.ask_password(account, self.stderr.write) if self.asks else ""
