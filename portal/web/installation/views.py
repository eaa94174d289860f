"""The views of deploy/grants.sql, by which recognizers come to students and marks."""

from __future__ import annotations

from collections import defaultdict

from portal.web.installation import statements
from portal.web.installation.grants import View, grants_behind, read_views
from portal.web.installation.users import GUARD, GUARD_HOST


def make() -> None:
    """Make those that are missing in the connection's database, and make anew those of another release."""
    columns = defaultdict(list)
    found = statements.rows(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
        " ORDER BY table_name, ordinal_position"
    )
    for name, column in found:
        columns[statements.text(name)].append(statements.text(column))
    for view in read_views():
        if columns[view.name] != list(view.columns):
            statements.run(f"CREATE OR REPLACE VIEW {view.definition}")


def give_to_guard() -> None:
    """Let them stand in the guard's name, as triggers do: who made them may go. For an administrator.

    A view does for its reader what the guard may do with the table, so the guard gets those rights.
    """
    for view in read_views():
        if not _is_guards(view):
            for grant in grants_behind(view):
                statements.run(grant.statement(GUARD, GUARD_HOST))
            statements.run(f"CREATE OR REPLACE DEFINER = '{GUARD}'@'{GUARD_HOST}' VIEW {view.definition}")


def _is_guards(view: View) -> bool:
    query = "SELECT definer FROM information_schema.views WHERE table_schema = DATABASE() AND table_name = %s"
    return [statements.text(definer) for (definer,) in statements.rows(query, view.name)] == [f"{GUARD}@{GUARD_HOST}"]
