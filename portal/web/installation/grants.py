"""The rights of the database's users, as deploy/grants.sql gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.utils import DatabaseError

from portal.web.installation import statements
from portal.web.installation.users import role_of

_NO_SUCH_GRANT = (1141, 1147)
_STATEMENT = re.compile(r"GRANT (?P<rights>.+)\s+ON (?P<table>\w+) TO '(?P<role>\w+)'@'%'", re.DOTALL)
_RIGHT = re.compile(r"(?P<name>SELECT|INSERT|UPDATE|DELETE)(?: \((?P<columns>[^)]*)\))?(?:,\s+|\s*$)")


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
    """The statements of deploy/grants.sql."""
    lines = (settings.BASE_DIR / "deploy" / "grants.sql").read_text("utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))
    for statement in filter(None, map(str.strip, text.split(";"))):
        parts = _STATEMENT.fullmatch(statement)
        assert parts, statement
        rights = {
            each["name"]: tuple(re.split(r",\s*", each["columns"])) if each["columns"] else None
            for each in _RIGHT.finditer(parts["rights"])
        }
        yield Grant(parts["role"], parts["table"], parts["rights"], rights)


def renew(hosts: Mapping[str, list[str]]) -> None:
    """Give each user, for each of its hosts, what its role has in the connection's database, and take away the rest.

    Nobody but an administrator sees what others may do, so what may be too much is taken away unseen, one table after
    the other. A statement of a program that falls between the two is refused: recognizers try again.
    """
    for grant in read_grants():
        for user, each in hosts.items():
            for host in each if role_of(user) == grant.role else ():
                _take_away(grant, user, host)
                statements.run(grant.statement(user, host))


def _take_away(grant: Grant, user: str, host: str) -> None:
    # One by one: MySQL takes nothing away where one of several was never given.
    for right in grant.revoked:
        try:
            statements.run(f"REVOKE {right} ON {grant.table} FROM '{user}'@'{host}'")
        except DatabaseError as error:
            if not (error.args and error.args[0] in _NO_SUCH_GRANT):
                raise
