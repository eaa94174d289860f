"""``manage.py dbshell`` on the same way to the database as the portal's own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from typing import Any

from django.core.management import CommandError
from django.db.backends.mysql import client

from portal.web.database_address import Tls


class DatabaseClient(client.DatabaseClient):
    """Gives the command-line client of MySQL or MariaDB, whichever is installed, the socket and TLS of our address."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Django's for its own settings, and ours before the name of the database."""
        options = settings_dict["OPTIONS"]
        # MariaDB's client has lost its old name in newer releases.
        program = next(filter(shutil.which, (cls.executable_name, "mariadb")), cls.executable_name)
        is_mariadb = _is_mariadb(program)
        (_, *arguments), environment = super().settings_to_cmd_args_env(settings_dict, parameters)
        ours = [f"--socket={options['unix_socket']}"] if "unix_socket" in options else []
        if tls := options.get("tls"):
            ours += _tls_arguments(tls, is_mariadb)
        elif options.get("ssl_disabled"):
            ours += ["--skip-ssl"] if is_mariadb else ["--ssl-mode=DISABLED"]
        return [program, *ours, *arguments], environment

    def runshell(self, parameters: Iterable[str]) -> None:
        """Ends with the client's own status: it has said what is wrong, and its command line names the user."""
        try:
            super().runshell(parameters)
        except subprocess.CalledProcessError as error:
            raise SystemExit(error.returncode) from None


def _is_mariadb(program: str) -> bool:
    """Whether the client is MariaDB's: the two take other options for TLS."""
    try:
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return False  # Django tells that the program is missing.
    return "mariadb" in version.lower()


def _tls_arguments(tls: Tls, is_mariadb: bool) -> list[str]:
    files = {"--ssl-ca": tls.ca, "--ssl-cert": tls.cert, "--ssl-key": tls.key}
    arguments = [f"{name}={path}" for name, path in files.items() if path]
    if not is_mariadb:
        mode = "REQUIRED"
        if tls.verifies_certificate:
            mode = "VERIFY_IDENTITY" if tls.verifies_identity else "VERIFY_CA"
        return [f"--ssl-mode={mode}", *arguments]
    if not tls.verifies_certificate:
        # It would go on in the clear where the server has no TLS.
        raise CommandError("MariaDB's client cannot demand TLS without checking the certificate; expected ssl_ca=FILE.")
    # It checks a certificate only together with the name in it.
    return ["--ssl-verify-server-cert", *arguments]
