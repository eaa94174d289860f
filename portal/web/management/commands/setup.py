"""Sets the portal up: its database, the database's users, the files that name them, and the first account."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from sqlalchemy import URL, make_url

from portal.web.installation import first_account, server, setup
from portal.web.installation.address import LOCAL, read_administrator
from portal.web.installation.errors import SetupError
from portal.web.installation.files import SecretFiles

FOLDER = Path("/etc/rollcall")


class Command(BaseCommand):
    help = (
        "Set the portal up: make its database and the database's users with their rights, write their passwords into "
        "files that root alone can read, make the tables, and make the first account. Run it again at any time: it "
        "finishes what was interrupted, brings the database to this release and renews the rights; passwords stay "
        "unless you ask for new ones."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """The options; each question on a terminal has one that answers it."""
        parser.add_argument(
            "address",
            nargs="?",
            help=f"The database server's administrator, as {LOCAL}, with ?ssl_ca=FILE for TLS; the database is "
            "rollcall unless the address names another. Without it the kept owner is used, or you are asked.",
        )
        parser.add_argument(
            "--admin-password-file",
            type=Path,
            metavar="FILE",
            help="The administrator's password is the first line of FILE. Otherwise you are asked where it is needed.",
        )
        parser.add_argument(
            "--portal-host",
            action="append",
            default=[],
            metavar="HOST",
            help="From which host the portal signs in; may be repeated (default: as the server sees this machine).",
        )
        parser.add_argument(
            "--recognizer-host",
            action="append",
            default=[],
            metavar="HOST",
            help="From which hosts recognizers sign in, such as 10.0.0.%%; may be repeated (default: every host).",
        )
        parser.add_argument(
            "--keep-owner",
            action="store_true",
            help="Keep a user that owns this one database in owner.env, so that upgrades change its tables.",
        )
        parser.add_argument("--new-passwords", action="store_true", help="Give the database's users new passwords.")
        parser.add_argument("--email", default="", help="The first account's e-mail address.")
        parser.add_argument("--name", default="", help="The first account's full name.")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="The first account's password is the first line of the standard input; "
            "otherwise you are asked, or one is made up.",
        )
        parser.add_argument("--no-input", action="store_true", help="Ask nothing.")
        parser.add_argument(
            "--folder", type=Path, default=FOLDER, help="Where the files are written (default: %(default)s)."
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        """End with one line where it cannot be done."""
        self.asks = sys.stdin.isatty() and not options["no_input"] and not options["password_stdin"]
        files = SecretFiles(options["folder"].absolute())
        try:
            database_url = self._set_up(files, options)
            self._make_first_account(database_url, options)
        except SetupError as error:
            raise SystemExit(f"rollcall-manage setup: {error}") from None
        except (KeyboardInterrupt, EOFError):
            raise SystemExit("\nrollcall-manage setup: interrupted; run it again to go on.") from None

    def _set_up(self, files: SecretFiles, options: dict[str, Any]) -> str:
        address = options["address"]
        if not address and files.database_of(files.owner):
            for name in ("new_passwords", "portal_host", "recognizer_host"):
                if options[name]:
                    raise SetupError(f"--{name.replace('_', '-')} needs an administrator's address, as {LOCAL}.")
            return setup.by_owner(files, self.stdout.write)
        if not address and not self.asks:
            raise SetupError(f"name the database server's administrator, as in: rollcall-manage setup {LOCAL}")
        url = read_administrator(address or input(f"The database server's administrator [{LOCAL}]: ").strip() or LOCAL)
        url = self._with_password(url, options["admin_password_file"])
        keeps_owner = options["keep_owner"]
        if self.asks and not keeps_owner and not files.database_of(files.owner):
            answer = input("Keep a user that owns this database, so that upgrades change its tables? [Y/n] ")
            keeps_owner = answer.strip().lower() in ("", "y", "yes")
        wishes = setup.Wishes(
            options["portal_host"], options["recognizer_host"], keeps_owner, has_new_passwords=options["new_passwords"]
        )
        return setup.by_administrator(url, wishes, files, self.stdout.write)

    def _with_password(self, url: URL, path: Path | None) -> URL:
        """The address with the administrator's password: of the file, else asked for where the server wants one."""
        if path is not None:
            try:
                lines = path.read_text("utf-8").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise SetupError(f"{path} cannot be read: {error}") from None
            return url.set(password=lines[0] if lines else "")
        if url.password or not self.asks:
            return url
        try:
            with server.connected(url, None):
                return url
        except DatabaseError as error:
            if error.args and error.args[0] in server.NOT_LET_IN:
                return url.set(password=getpass.getpass(f"Password of {url.username} on the database server: "))
            raise server.explain(error, url) from None

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
