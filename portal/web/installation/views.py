"""The views of deploy/grants.sql, by which recognizers come to students and marks."""

from __future__ import annotations

from django.db.utils import DatabaseError

from portal.web.installation import statements
from portal.web.installation.grants import View, grants_behind, read_views
from portal.web.installation.triggers import NOT_ALLOWED
from portal.web.installation.users import GUARD, GUARD_HOST


def make() -> None:
    """Make those that are missing in the connection's database, and make anew those that are not as they should be."""
    for view in read_views():
        if not _stands(view):
            statements.run(f"CREATE OR REPLACE VIEW {view.definition}")


def give_to_guard() -> None:
    """Let them stand in the guard's name, as triggers do: who made them may go. For an administrator.

    A view does for its reader what the guard may do with the table, so the guard gets those rights, each time: a guard
    that was lost, as where a database came to another server, is made anew without them. A view stays in the name of
    who made it where the server lets this administrator make nothing in another's.
    """
    for view in read_views():
        for grant in grants_behind(view):
            statements.run(grant.statement(GUARD, GUARD_HOST))
        if not _is_guards(view):
            try:
                statements.run(f"CREATE OR REPLACE DEFINER = '{GUARD}'@'{GUARD_HOST}' VIEW {view.definition}")
            except DatabaseError as error:
                if not (error.args and error.args[0] in NOT_ALLOWED):
                    raise


def _stands(view: View) -> bool:
    """As this release has it, and in the name of somebody who is there and may read what it reads."""
    found = statements.rows(
        "SELECT view_definition, security_type FROM information_schema.views"
        " WHERE table_schema = DATABASE() AND table_name = %s",
        view.name,
    )
    there = [(statements.text(definition), statements.text(security)) for definition, security in found]
    return there == [(_as_the_server_says_it(view), "DEFINER")] and _answers(view)


def _as_the_server_says_it(view: View) -> str:
    table = f"`{statements.text(statements.rows('SELECT DATABASE()')[0][0])}`.`{view.table}`"
    columns = ",".join(f"{table}.`{column}` AS `{column}`" for column in view.columns)
    return f"select {columns} from {table}"


def _answers(view: View) -> bool:
    try:
        statements.rows(f"SELECT 1 FROM {view.name} LIMIT 0")
    except DatabaseError:
        return False
    return True


def _is_guards(view: View) -> bool:
    query = "SELECT definer FROM information_schema.views WHERE table_schema = DATABASE() AND table_name = %s"
    return [statements.text(definer) for (definer,) in statements.rows(query, view.name)] == [f"{GUARD}@{GUARD_HOST}"]
