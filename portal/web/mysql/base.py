"""The backend that ``ENGINE`` names: Django's own, which is made for another driver, on PyMySQL."""

from __future__ import annotations

import re
from typing import Any

import pymysql

# Django imports the driver by this name; nothing else of ours does.
pymysql.install_as_MySQLdb()

from django.db.backends.mysql import base  # noqa: E402 - it imports the driver

_ACCOUNT = re.compile(r"'.*'@(?=')")
"""The user in an error of the server: Access denied for user 'NAME'@'HOST'."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Connects with every error an error of the driver, and without the user's name in it.

    PyMySQL raises, among others, RuntimeError where a package is missing, and the errors of files and of TLS; Django
    takes only the driver's own for a database that does not answer.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Django's, for the parameters of ``configuration.database``."""
        params = dict(conn_params)
        try:
            if tls := params.pop("tls", None):
                params["ssl"] = tls.context()
            if password := params.get("password"):
                # PyMySQL would write it in Latin-1, where MySQL's own clients write UTF-8.
                params["password"] = password.encode(errors="surrogateescape")
            return super().get_new_connection(params)
        except pymysql.Error as error:
            raise type(error)(*(_without_account(part) for part in error.args)) from None
        except Exception as error:
            # An error of encoding repeats what it could not encode.
            words = type(error).__name__ if isinstance(error, UnicodeError) else str(error)
            raise pymysql.OperationalError(f"no connection can be made: {words}") from None


def _without_account(part: object) -> object:
    return _ACCOUNT.sub("'***'@", part) if isinstance(part, str) else part
