"""What the commands that make or change the database have in common: who administers it, and how that is asked."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from sqlalchemy import URL

from portal.web.installation import server, setup
from portal.web.installation.address import LOCAL, read_administrator
from portal.web.installation.errors import SetupError
from portal.web.installation.files import SecretFiles

FOLDER = Path("/etc/rollcall")


class DatabaseCommand(BaseCommand):
    """A command of whoever administers the database. Each question on a terminal has an option that answers it."""

    requires_system_checks: list[str] = []
    requires_migrations_checks = False
    example = "setup"
    """How it is called, but for the address."""
    asks = False
    """Whether there is somebody to ask."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the database is, who may change it, and who may use it."""
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
        parser.add_argument("--no-input", action="store_true", help="Ask nothing.")
        parser.add_argument(
            "--folder", type=Path, default=FOLDER, help="Where the files are written (default: %(default)s)."
        )

    def bring_to_release(self, files: SecretFiles, options: dict[str, Any]) -> URL:
        """Make or renew the database, its users and their rights; who may change its tables. Raises SetupError."""
        address = options["address"]
        if not address and files.database_of(files.owner):
            for name in ("new_passwords", "portal_host", "recognizer_host"):
                if options[name]:
                    raise SetupError(f"--{name.replace('_', '-')} needs an administrator's address, as {LOCAL}.")
            setup.by_owner(files, self.stdout.write)
            return read_administrator(files.database_of(files.owner))
        if not address and not self.asks:
            raise SetupError(f"name the database server's administrator, as in: rollcall-manage {self.example} {LOCAL}")
        url = read_administrator(address or input(f"The database server's administrator [{LOCAL}]: ").strip() or LOCAL)
        url = self.with_password(url, options["admin_password_file"])
        keeps_owner = options["keep_owner"]
        if self.asks and not keeps_owner and not files.database_of(files.owner):
            answer = input("Keep a user that owns this database, so that upgrades change its tables? [Y/n] ")
            keeps_owner = answer.strip().lower() in ("", "y", "yes")
        wishes = setup.Wishes(
            options["portal_host"], options["recognizer_host"], keeps_owner, has_new_passwords=options["new_passwords"]
        )
        setup.by_administrator(url, wishes, files, self.stdout.write)
        return url

    def find_out_whether_to_ask(self, options: dict[str, Any]) -> None:
        """Only somebody at a terminal is asked."""
        self.asks = sys.stdin.isatty() and not options["no_input"]

    def with_password(self, url: URL, path: Path | None) -> URL:
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
