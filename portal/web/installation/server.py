"""What the administrator of a database server does for Rollcall: the database, its users, their rights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError, NotSupportedError, load_backend
from sqlalchemy import URL

from portal.web.database_address import explain_insecure
from portal.web.installation import statements
from portal.web.installation.address import is_local, settings_of
from portal.web.installation.errors import SetupError
from portal.web.installation.users import OWNER, PORTAL, RECOGNIZER, room_of

NOT_LET_IN = (1045, 1698, 1251, 1524)
_NO_SERVER = (2002, 2003, 2013)
_NO_RIGHT = (1044, 1142, 1143, 1227, 1370, 1410)
_NO_SUCH_DATABASE = 1049
_PASSWORD_RULES = 1819
_BINARY_LOG = 1419
_REFUSED_BY_TRIGGER = 1644
_GONE_ALREADY = 1094

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
    place = _place(url)
    if explain_insecure(said):
        return SetupError(f"the way to the database server {place} is not secure ({said}).")
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
    if code == _REFUSED_BY_TRIGGER:
        return SetupError(
            f"a trigger of the database refuses what this release has to change ({said}): run this with the server's "
            "administrator, as in mysql://root@HOST/rollcall, who may put the triggers aside meanwhile."
        )
    if code == _PASSWORD_RULES:
        return SetupError(f"the server's rules refuse the passwords made here ({said}): relax them for this once.")
    return SetupError(f"the database server {place} refuses ({said}): mend that, and run this again.")


def explain_no_triggers(error: DatabaseError) -> str:
    """What to do where the server lets this user make no triggers."""
    if error.args[0] == _BINARY_LOG:
        why = (
            "because it writes a binary log, the server lets only an administrator with the right SUPER make triggers "
            "(error 1419): run this again with such an administrator's address, as in mysql://root@HOST/rollcall, or "
            "let the server's administrator set log_bin_trust_function_creators = 1 and run it again"
        )
    else:
        why = (
            f"this user may make none ({error.args[-1]}): run this again with the server's administrator, as in "
            "mysql://root@HOST/rollcall"
        )
    return (
        f"The triggers that keep a person's word and the history were not made: {why}. Rollcall works without them, "
        "and with less to hold an attacker."
    )


def _place(url: URL) -> str:
    """Where the server was looked for."""
    if socket := url.query.get("unix_socket"):
        return f"at the socket {socket}"
    return f"at {url.host}" + (f", port {url.port}" if url.port else "")


def check_hosts(hosts: list[str]) -> None:
    """Raises SetupError for what is no host of a database's user."""
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise SetupError(f"{host!r} is no host; expected a name, an address, or a pattern such as 10.0.0.%.")


def own_host() -> str:
    """The host by which the server sees whoever connects from here."""
    return str(statements.rows("SELECT USER()")[0][0]).rpartition("@")[2]


def hosts_on_server() -> dict[str, list[str]]:
    """Rollcall's users that the server has, with their hosts."""
    rows = statements.rows("SELECT user, host FROM mysql.user WHERE user LIKE %s", "rollcall\\_%")
    found: dict[str, list[str]] = {}
    for user, host in sorted((statements.text(user), statements.text(host)) for user, host in rows):
        if user in (PORTAL, RECOGNIZER, OWNER) or room_of(user) is not None:
            found.setdefault(user, []).append(host)
    return found


def listens_here_alone() -> bool:
    """Whether no other machine can reach the server."""
    (variables,) = (dict(statements.rows("SHOW VARIABLES WHERE variable_name IN ('bind_address', 'skip_networking')")),)
    return variables.get("skip_networking") == "ON" or variables.get("bind_address") in (
        "127.0.0.1",
        "::1",
        "localhost",
    )


def check_database(name: str) -> None:
    """Raises SetupError where the database has tables that are not Rollcall's: they are left alone."""
    found = statements.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", name)
    tables = {statements.text(table) for (table,) in found}
    if not tables:
        return
    ours = "django_migrations" in tables and statements.rows(
        f"SELECT 1 FROM `{name}`.django_migrations WHERE app = 'attendance'"
    )
    # A first migration that was interrupted has made tables of other apps, and not yet written down ours.
    if not ours and not tables <= set(connection.introspection.django_table_names()) | {"django_migrations"}:
        raise SetupError(
            f"the database {name} has tables that are not Rollcall's: name another one, as in …/rollcall_attendance."
        )


def create_database(name: str) -> None:
    """Leave one that is there as it is; an empty one takes every name from now on."""
    statements.run(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4")
    if not statements.rows("SELECT 1 FROM information_schema.tables WHERE table_schema = %s LIMIT 1", name):
        statements.run(f"ALTER DATABASE `{name}` CHARACTER SET utf8mb4")


def create_users(hosts: Mapping[str, list[str]], passwords: Mapping[str, str], renews: bool) -> None:
    """Make those that are missing; those that are there get a new password only where it ``renews`` them.

    Whoever signed in with the old one is signed out: a connection goes on whatever becomes of its password.
    """
    for user, password in passwords.items():
        for host in hosts[user]:
            statements.run("CREATE USER IF NOT EXISTS %s@%s IDENTIFIED BY %s", user, host, password)
            if renews:
                statements.run("ALTER USER %s@%s IDENTIFIED BY %s", user, host, password)
        if renews:
            end_connections(user)


def end_connections(user: str) -> None:
    """A user that is gone, or has another password, keeps the connections that it has."""
    for (number,) in statements.rows(
        "SELECT id FROM information_schema.processlist WHERE user = %s AND id <> CONNECTION_ID()", user
    ):
        try:
            statements.run(f"KILL {int(number)}")
        except DatabaseError as error:
            if not (error.args and error.args[0] == _GONE_ALREADY):
                raise


def prepared_transactions() -> list[str]:
    """What ends each transaction that stands prepared on the server: it outlives its connection, and its user.

    None where this administrator is not told of them: MySQL has a right of its own for it.
    """
    try:
        if "MariaDB" in statements.text(statements.rows("SELECT VERSION()")[0][0]):
            return [f"XA ROLLBACK {statements.text(xid)};" for *_, xid in statements.rows("XA RECOVER FORMAT = 'SQL'")]
        return [_rolled_back(*each) for each in statements.rows("XA RECOVER CONVERT XID")]
    except DatabaseError:
        return []


def _rolled_back(form: int, length: int, _: int, xid: str | bytes) -> str:
    digits = statements.text(xid).removeprefix("0x")
    return f"XA ROLLBACK X'{digits[: 2 * length]}', X'{digits[2 * length :]}', {form};"


def grant_ownership(database: str, hosts: list[str]) -> None:
    """The owner changes tables and renews rights in this database, and is nobody outside of it."""
    pattern = database.replace("_", r"\_")  # Elsewhere in a name of databases _ is any character.
    for host in hosts:
        statements.run(f"GRANT ALL ON `{pattern}`.* TO %s@%s WITH GRANT OPTION", OWNER, host)


def has_to_migrate() -> bool:
    """Whether the connection's database is of an earlier release."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate() -> int:
    """Bring the connection's database to this release; how many migrations that took."""
    has_any = "django_migrations" in connection.introspection.table_names()
    before = statements.rows("SELECT COUNT(*) FROM django_migrations")[0][0] if has_any else 0
    call_command("migrate", interactive=False, verbosity=0)
    return int(statements.rows("SELECT COUNT(*) FROM django_migrations")[0][0]) - int(before)
