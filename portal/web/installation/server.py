"""What the administrator of a database server does for Rollcall: the database, its users, their rights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.utils import DatabaseError, NotSupportedError, load_backend
from sqlalchemy import URL

from portal.web.installation.address import is_local, settings_of
from portal.web.installation.errors import SetupError

PORTAL, RECOGNIZER, OWNER = "rollcall_portal", "rollcall_recognizer", "rollcall_owner"
"""The users: the two of deploy/grants.sql, and the one that upgrades use."""

NOT_LET_IN = (1045, 1698, 1251, 1524)
_NO_SERVER = (2002, 2003, 2013)
_NO_RIGHT = (1044, 1142, 1143, 1227, 1370, 1410)
_NO_SUCH_DATABASE = 1049
_PASSWORD_RULES = 1819

_HOST = re.compile(r"[\w.:%/-]{1,255}")


@contextmanager
def connected(url: URL, database: str | None) -> Iterator[None]:
    """Django's default connection is this one meanwhile. Raises DatabaseError where the server lets nobody in."""
    kept = connections["default"]
    handler = connections.configure_settings({"default": settings_of(url, database)})
    wrapper = load_backend(handler["default"]["ENGINE"]).DatabaseWrapper(handler["default"], "default")
    connections["default"] = wrapper
    try:
        connection.ensure_connection()
        yield
    finally:
        wrapper.close()
        connections["default"] = kept


def explain(error: DatabaseError, url: URL) -> SetupError:
    """The driver's or the server's error as what to do next."""
    code = error.args[0] if error.args else None
    said = str(error.args[-1]) if error.args else type(error).__name__
    place = f"at {url.host}" + (f", port {url.port}" if url.port else "")
    if isinstance(error, NotSupportedError):
        return SetupError(
            f"the database server {place} is too old: {said.splitlines()[0]} Upgrade it, or name another."
        )
    if code in _NO_SERVER or "no connection can be made" in said:
        hint = "install mariadb-server or start it" if is_local(url) else "check the address, and its bind-address"
        return SetupError(f"no database server answers {place} ({said}): {hint}.")
    if code in NOT_LET_IN:
        return SetupError(
            f"the database server {place} does not let this user in: check user and password. On the server's own "
            "machine mysql://root@localhost signs in without a password, as root."
        )
    if code == 1130:
        return SetupError(f"the database server {place} takes no connection from this machine: allow it there first.")
    if code in _NO_RIGHT:
        return SetupError(
            f"this user may not do all that is needed ({said}): name the server's administrator, who may create "
            "databases and users and give them rights, as in mysql://root@HOST/rollcall."
        )
    if code == _PASSWORD_RULES:
        return SetupError(f"the server's rules refuse the passwords made here ({said}): relax them for this once.")
    return SetupError(f"the database server {place} refuses ({said}): mend that, and run this again.")


def check_hosts(hosts: list[str]) -> None:
    """Raises SetupError for what is no host of a database's user."""
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise SetupError(f"{host!r} is no host; expected a name, an address, or a pattern such as 10.0.0.%.")


def own_host() -> str:
    """The host by which the server sees whoever connects from here."""
    return str(_rows("SELECT USER()")[0][0]).rpartition("@")[2]


def hosts_on_server() -> dict[str, list[str]]:
    """Rollcall's users that the server has, with their hosts."""
    rows = _rows("SELECT user, host FROM mysql.user WHERE user IN (%s, %s, %s)", PORTAL, RECOGNIZER, OWNER)
    found: dict[str, list[str]] = {}
    for user, host in sorted((_text(user), _text(host)) for user, host in rows):
        found.setdefault(user, []).append(host)
    return found


def listens_here_alone() -> bool:
    """Whether no other machine can reach the server."""
    (variables,) = (dict(_rows("SHOW VARIABLES WHERE variable_name IN ('bind_address', 'skip_networking')")),)
    return variables.get("skip_networking") == "ON" or variables.get("bind_address") in (
        "127.0.0.1",
        "::1",
        "localhost",
    )


def check_database(name: str) -> None:
    """Raises SetupError where the database has tables that are not Rollcall's: they are left alone."""
    found = _rows("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", name)
    tables = {_text(table) for (table,) in found}
    if not tables:
        return
    ours = "django_migrations" in tables and _rows(f"SELECT 1 FROM `{name}`.django_migrations WHERE app = 'attendance'")
    # A first migration that was interrupted has made tables of other apps, and not yet written down ours.
    if not ours and not tables <= set(connection.introspection.django_table_names()) | {"django_migrations"}:
        raise SetupError(
            f"the database {name} has tables that are not Rollcall's: name another one, as in …/rollcall_attendance."
        )


def create_database(name: str) -> None:
    """Leave one that is there as it is; an empty one takes every name from now on."""
    _run(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4")
    if not _rows("SELECT 1 FROM information_schema.tables WHERE table_schema = %s LIMIT 1", name):
        _run(f"ALTER DATABASE `{name}` CHARACTER SET utf8mb4")


def create_users(hosts: Mapping[str, list[str]], passwords: Mapping[str, str], renews: bool) -> None:
    """Make those that are missing; those that are there get a new password only where it ``renews`` them."""
    for user, password in passwords.items():
        for host in hosts[user]:
            _run("CREATE USER IF NOT EXISTS %s@%s IDENTIFIED BY %s", user, host, password)
            if renews:
                _run("ALTER USER %s@%s IDENTIFIED BY %s", user, host, password)


def grant_ownership(database: str, hosts: list[str]) -> None:
    """The owner changes tables and renews rights in this database, and is nobody outside of it."""
    pattern = database.replace("_", r"\_")  # Elsewhere in a name of databases _ is any character.
    for host in hosts:
        _run(f"GRANT ALL ON `{pattern}`.* TO %s@%s WITH GRANT OPTION", OWNER, host)


def migrate() -> int:
    """Bring the connection's database to this release; how many migrations that took."""
    has_any = "django_migrations" in connection.introspection.table_names()
    before = _rows("SELECT COUNT(*) FROM django_migrations")[0][0] if has_any else 0
    call_command("migrate", interactive=False, verbosity=0)
    return int(_rows("SELECT COUNT(*) FROM django_migrations")[0][0]) - int(before)


def grant(hosts: Mapping[str, list[str]]) -> None:
    """What deploy/grants.sql gives each program, for each of its hosts, in the connection's database."""
    lines = (settings.BASE_DIR / "deploy" / "grants.sql").read_text("utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))
    for statement in filter(None, map(str.strip, text.split(";"))):
        (user,) = re.findall(r"TO '(\w+)'@'%'$", statement)
        for host in hosts[user]:
            _run(statement.removesuffix("'%'") + f"'{host}'")


def _rows(statement: str, *values: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


def _run(statement: str, *values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
