"""The backend that ``ENGINE`` names: Django's own, which is made for another driver, on PyMySQL."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import Any

import pymysql
from pymysql.constants import FIELD_TYPE

# Django imports the driver by this name; nothing else of ours does.
pymysql.install_as_MySQLdb()

from django.db.backends.mysql import base  # noqa: E402 - it imports the driver
from django.db.utils import DatabaseErrorWrapper  # noqa: E402
from django.utils.functional import cached_property  # noqa: E402

from portal.web.database_address import explain_insecure  # noqa: E402
from portal.web.mysql.client import DatabaseClient  # noqa: E402
from portal.web.mysql.rows import RowsConnection  # noqa: E402
from portal.web.redaction import redact  # noqa: E402

EARLIEST, LATEST = datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2999-12-31")
"""Between them an instant can be shown in every time zone."""


def read_instant(text: str) -> datetime:
    """What stands in a DATETIME column, or the nearest instant that can be shown.

    A session may switch the server's own check off and write a day such as 0000-00-00. Without this a classroom machine
    that was taken over could make every page fail that shows its rows.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return EARLIEST
    return min(max(found, EARLIEST), LATEST)


class RedactedErrors(DatabaseErrorWrapper):
    """Makes the driver's errors Django's, without the user that a server names in many of them."""

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(exc_value, pymysql.Error):
            exc_value.args = tuple(redact(part) if isinstance(part, str) else part for part in exc_value.args)
        super().__exit__(exc_type, exc_value, traceback)


class DatabaseWrapper(base.DatabaseWrapper):
    """Connects with every error an error of the driver, and tells no error with the user's name in it.

    PyMySQL raises, among others, RuntimeError where a package is missing, and the errors of files and of TLS; Django
    takes only the driver's own for a database that does not answer.
    """

    client_class = DatabaseClient

    @cached_property
    def wrap_database_errors(self) -> RedactedErrors:
        """What every statement is run within."""
        return RedactedErrors(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Django's, for the parameters of ``configuration.database``."""
        params = dict(conn_params)
        params["conv"] = params["conv"] | {FIELD_TYPE.DATETIME: read_instant}
        try:
            if tls := params.pop("tls", None):
                params["ssl"] = tls.context()
            if password := params.get("password"):
                # PyMySQL would write it in Latin-1, where MySQL's own clients write UTF-8.
                params["password"] = password.encode(errors="surrogateescape")
            return RowsConnection(**params)
        except pymysql.Error as error:
            cause, socket = getattr(error, "original_exception", None), params.get("unix_socket")
            if socket and cause is not None:
                # PyMySQL names a host, which it has not tried.
                error.args = (*error.args[:-1], f"no server answers at the socket {socket} ({cause.strerror or cause})")
            elif error.args:
                error.args = (*error.args[:-1], f"{error.args[-1]}{explain_insecure(str(error.args[-1]))}")
            raise
        except Exception as error:
            # An error of encoding repeats what it could not encode.
            words = type(error).__name__ if isinstance(error, UnicodeError) else str(error)
            raise pymysql.OperationalError(f"no connection can be made: {words}") from None
