"""The address of a database server's administrator, and the addresses that are made from it."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from sqlalchemy import URL, make_url

from portal.web import configuration
from portal.web.database_address import read_address
from portal.web.installation.errors import SetupError

SOCKET = Path("/run/mysqld/mysqld.sock")
"""Where Debian's and Ubuntu's servers listen on their own machine; their root signs in here alone."""

LOCAL = "mysql://root@localhost/rollcall"

_PARTS = re.compile(r"(mysql\+pymysql|mysql|mariadb)://([^/?]*)(?:/([^?]*))?(\?.*)?", re.DOTALL)
_MIGRATION_SECONDS = 3600


def read_administrator(text: str) -> URL:
    """An address such as ``mysql://root@host``; the database is ``rollcall`` where it names none.

    On this machine it goes by the server's socket, where there is one. Raises SetupError, which repeats no password.
    """
    parts = _PARTS.fullmatch(text.strip())
    if parts is None:
        raise SetupError(f"the address of the database server cannot be read; expected one such as {LOCAL}.")
    user_and_host, database, query = parts[2], parts[3] or "rollcall", parts[4] or ""
    address = f"mysql+pymysql://{user_and_host or 'localhost'}/{database}{query}"
    try:
        read_address(address)
    except ImproperlyConfigured as error:
        told = str(error).replace("ROLLCALL_DATABASE_URL", "the address of the database server")
        raise SetupError(f"{told}.") from None
    url = make_url(address)
    if not re.fullmatch(r"[A-Za-z0-9_]{1,64}", url.database or ""):
        raise SetupError("the database's name may have letters, digits and _ alone; expected one such as rollcall.")
    url = url.set(username=url.username or "root", host=url.host or "localhost")
    if is_local(url) and url.port is None and "unix_socket" not in url.query and SOCKET.exists():
        url = url.update_query_dict({"unix_socket": str(SOCKET)})
    return url


def is_local(url: URL) -> bool:
    """Whether the server is on this machine."""
    return url.host in ("localhost", "127.0.0.1", "::1")


def settings_of(url: URL, database: str | None) -> dict[str, Any]:
    """Django's settings for a connection that sets up; outside of any database where none is given."""
    settings = configuration.database(shown(url)) | {"NAME": database or "", "CONN_MAX_AGE": 0}
    # A migration may rewrite a large table.
    settings["OPTIONS"] |= {"read_timeout": _MIGRATION_SECONDS, "write_timeout": _MIGRATION_SECONDS}
    return settings


def address_for(url: URL, user: str, password: str, host: str = "") -> str:
    """The same database for another user, and from elsewhere where a host is given: there no socket leads to it.

    The administrator's own certificate stays the administrator's.
    """
    left_out = ["ssl_cert", "ssl_key"]
    if host:
        left_out.append("unix_socket")
        url = url.set(host=host)
    return shown(url.set(username=user, password=password).difference_update_query(left_out))


def address_from_elsewhere(url: URL, user: str, password: str) -> str:
    """The same for a classroom machine: a server on this one is there by this machine's name."""
    return address_for(url, user, password, (socket.getfqdn() if is_local(url) else "") or str(url.host))


def shown(url: URL) -> str:
    """The address in full, password included."""
    return url.render_as_string(hide_password=False)
