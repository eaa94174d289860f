"""Gives the recognizers of a room a user of the database of their own, and takes it away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from sqlalchemy import URL, make_url

from portal.web.installation import recognizers
from portal.web.installation.address import LOCAL, read_administrator
from portal.web.installation.database_command import FOLDER, DatabaseCommand
from portal.web.installation.errors import SetupError
from portal.web.installation.files import SecretFiles


class Command(DatabaseCommand):
    help = (
        "Give the recognizers of a room a user of the database of their own (add ROOM), take it away and end its "
        "connections (revoke ROOM), or list those users (list). `revoke rollcall_recognizer` takes away the one that "
        "rooms share, once every machine has its room's."
    )
    example = "recognizer add ROOM"

    def add_arguments(self, parser: CommandParser) -> None:
        """Who administers the database comes last, and is known where it is this machine's."""
        parser.add_argument("action", choices=["add", "revoke", "list"])
        parser.add_argument("room", nargs="?", default="", help="The room's name in the portal, or the user's.")
        parser.add_argument(
            "--address",
            help=f"The database server's administrator, as {LOCAL} (default: root on the portal's server).",
        )
        parser.add_argument(
            "--admin-password-file",
            type=Path,
            metavar="FILE",
            help="The administrator's password is the first line of FILE. Otherwise you are asked where it is needed.",
        )
        parser.add_argument(
            "--host",
            action="append",
            default=[],
            metavar="HOST",
            help="From which hosts the room's recognizers sign in; may be repeated (default: every host).",
        )
        parser.add_argument("--new-password", action="store_true", help="Give the room's user another password.")
        parser.add_argument("--no-input", action="store_true", help="Ask nothing.")
        parser.add_argument(
            "--folder", type=Path, default=FOLDER, help="Where the files are written (default: %(default)s)."
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        """End with one line where it cannot be done."""
        self.find_out_whether_to_ask(options)
        files = SecretFiles(options["folder"].absolute())
        try:
            self._do(options["action"], options["room"], files, options)
        except SetupError as error:
            raise SystemExit(f"rollcall-manage recognizer: {error}") from None
        except (KeyboardInterrupt, EOFError):
            raise SystemExit("\nrollcall-manage recognizer: interrupted; run it again.") from None

    def _do(self, action: str, room: str, files: SecretFiles, options: dict[str, Any]) -> None:
        if action != "list" and not room:
            raise SetupError(f"name the room, as in: rollcall-manage recognizer {action} 'A 101'")
        url = self.with_password(self._administrator(files, options["address"]), options["admin_password_file"])
        if action == "add":
            has_new = options["new_password"]
            recognizers.add(url, room, options["host"], files, self.stdout.write, has_new_password=has_new)
        elif action == "revoke":
            recognizers.revoke(url, room, files, self.stdout.write)
        else:
            for line in recognizers.listed(url):
                self.stdout.write(line)

    def _administrator(self, files: SecretFiles, address: str | None) -> URL:
        if address:
            return read_administrator(address)
        portal = files.database_of(files.portal)
        if not portal:
            raise SetupError("the portal is not set up: run rollcall-manage setup first.")
        own = make_url(portal).difference_update_query(["ssl_cert", "ssl_key"])
        root = URL.create(own.drivername, "root", host=own.host, port=own.port, database=own.database, query=own.query)
        return read_administrator(root.render_as_string())
