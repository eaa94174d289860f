"""The rights of the database's users, as deploy/grants.sql gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.utils import DatabaseError

from portal.web.installation import statements
from portal.web.installation.users import role_of

_NO_SUCH_GRANT = (1141, 1147)
_STATEMENT = re.compile(r"GRANT (?P<rights>.+)\s+ON (?P<table>\w+) TO '(?P<role>\w+)'@'%'", re.DOTALL)
_RIGHT = re.compile(r"(?P<name>SELECT|INSERT|UPDATE|DELETE)(?: \((?P<columns>[^)]*)\))?(?:,\s+|\s*$)")


_VIEW = re.compile(
    r"CREATE OR REPLACE VIEW (?P<name>\w+) AS\s+SELECT (?P<columns>[\w,\s]+?)\s+FROM (?P<table>\w+)", re.DOTALL
)


@dataclass(frozen=True)
class View:
    """Some columns of a table, by which recognizers come to it."""

    name: str
    table: str
    columns: tuple[str, ...]

    @property
    def definition(self) -> str:
        """What follows CREATE VIEW."""
        return f"{self.name} AS SELECT {', '.join(self.columns)} FROM {self.table}"


@dataclass(frozen=True)
class Grant:
    """What one of the two programs may do with a table.

    rights: the columns of each, in upper case; None where it is the whole table.
    """

    role: str
    table: str
    text: str
    rights: Mapping[str, tuple[str, ...] | None]

    def statement(self, user: str, host: str) -> str:
        """For one of the users that have this role."""
        return f"GRANT {self.text} ON {self.table} TO '{user}'@'{host}'"

    @property
    def revoked(self) -> list[str]:
        """Rights to a whole table that an earlier release may have given, and this one does not."""
        return [right for right in ("SELECT", "INSERT", "UPDATE", "DELETE") if self.rights.get(right, ()) is not None]


def read_grants() -> Iterator[Grant]:
    """The rights in deploy/grants.sql."""
    for statement in _statements("GRANT"):
        parts = _STATEMENT.fullmatch(statement)
        assert parts, statement
        rights = {
            each["name"]: tuple(re.split(r",\s*", each["columns"])) if each["columns"] else None
            for each in _RIGHT.finditer(parts["rights"])
        }
        yield Grant(parts["role"], parts["table"], parts["rights"], rights)


def read_views() -> Iterator[View]:
    """The views in deploy/grants.sql."""
    for statement in _statements("CREATE"):
        parts = _VIEW.fullmatch(statement)
        assert parts, statement
        yield View(parts["name"], parts["table"], tuple(re.split(r",\s*", parts["columns"])))


def grants_behind(view: View) -> Iterator[Grant]:
    """What the rights on a view come to on the table behind it."""
    return (replace(grant, table=view.table) for grant in read_grants() if grant.table == view.name)


def _statements(kind: str) -> Iterator[str]:
    lines = (settings.BASE_DIR / "deploy" / "grants.sql").read_text("utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))
    return (each for each in map(str.strip, text.split(";")) if each.startswith(kind))


def renew(hosts: Mapping[str, list[str]]) -> None:
    """Give each user, for each of its hosts, what its role has in the connection's database, and take away the rest.

    Nobody but an administrator sees what others may do, so what may be too much is taken away unseen, one table after
    the other. A statement of a program that falls between the two is refused: recognizers try again.
    """
    for grant in read_grants():
        for user, host in _all(hosts, grant.role):
            _take_away(grant, user, host)
            statements.run(grant.statement(user, host))


def narrow_earlier(hosts: Mapping[str, list[str]]) -> bool:
    """Bring what 0.1.0 gave on the tables behind the views to the views' columns; whether anybody has it.

    Recognizers of 0.1.0 know no views, and share a user: it keeps these rights until it is revoked. Nobody gets them
    anew, and users of rooms have none.
    """
    found = False
    for view in read_views():
        for grant in grants_behind(view):
            for user, host in _all(hosts, grant.role):
                if user != grant.role:
                    _run_where_granted(f"REVOKE ALL PRIVILEGES ON {view.table} FROM '{user}'@'{host}'")
                elif _has_right(user, host, view.table):
                    found = True
                    _take_away(grant, user, host)
                    statements.run(grant.statement(user, host))
    return found


def _all(hosts: Mapping[str, list[str]], role: str) -> Iterator[tuple[str, str]]:
    return ((user, host) for user, each in hosts.items() if role_of(user) == role for host in each)


def _has_right(user: str, host: str, table: str) -> bool:
    """As far as an administrator asks; to the owner it is not told."""
    tables = ("table_privileges", "column_privileges")
    query = "SELECT 1 FROM information_schema.{} WHERE grantee = %s AND table_schema = DATABASE() AND table_name = %s"
    return any(statements.rows(query.format(each), f"'{user}'@'{host}'", table) for each in tables)


def _take_away(grant: Grant, user: str, host: str) -> None:
    # One by one: MySQL takes nothing away where one of several was never given.
    for right in grant.revoked:
        _run_where_granted(f"REVOKE {right} ON {grant.table} FROM '{user}'@'{host}'")


def _run_where_granted(revoke: str) -> None:
    try:
        statements.run(revoke)
    except DatabaseError as error:
        if not (error.args and error.args[0] in _NO_SUCH_GRANT):
            raise
