"""Fills an empty database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from portal.attendance.services.populating import people, registers, timetable
from portal.attendance.services.populating.plan import Plan
from portal.web.installation import statements
from portal.web.installation.backup import held_rows

Say = Callable[[int, str], None]

LARGE = ("mark", "mark_change", "evidence", "sight")
"""Their indexes are made when the rows are there: then each is sorted once, in half of the time, and however little
memory the server has."""

_INDEX = re.compile(r"^\s*((?:UNIQUE )?KEY (`\w+`) .*?),?$", re.MULTILINE)
_STATEMENT_SECONDS = 7200


def populate(plan: Plan, say: Say) -> None:
    """Write everything, or nothing; ``say`` is called with the number and the name of the rows just written.

    The database must be migrated and empty, and without triggers. Whoever connects must own it: what recognizers write
    is written too, and indexes are made anew.
    """
    with _patient():
        try:
            with _without_indexes(say):
                _write(plan, say)
        except BaseException:
            for table in held_rows():
                statements.run(f"TRUNCATE `{table}`")
            raise
        # Plans are chosen by how the rows are spread.
        statements.rows(f"ANALYZE TABLE {', '.join(LARGE)}, class_session, roster_entry, student, course, enrolled")


def _write(plan: Plan, say: Say) -> None:
    steps = {
        "accounts": people.write_accounts,
        "courses": people.write_courses,
        "students": people.write_students,
        "memberships": people.write_rosters,
        "cameras": timetable.write_cameras,
        "weekly slots": timetable.write_slots,
        "class sessions": timetable.write_sessions,
    }
    for name, write in steps.items():
        say(write(plan), name)
    for name, statement in registers.STEPS.items():
        say(registers.write_rows(plan, statement), name)


@contextmanager
def _patient() -> Iterator[None]:
    """A connection of its own, which waits for long statements and looks up no key: all rows follow from each other."""
    options = connection.settings_dict["OPTIONS"]
    connection.close()
    connection.settings_dict["OPTIONS"] = options | {
        "read_timeout": _STATEMENT_SECONDS,
        "write_timeout": _STATEMENT_SECONDS,
    }
    try:
        statements.run("SET unique_checks = 0, foreign_key_checks = 0")
        yield
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"] = options


@contextmanager
def _without_indexes(say: Say) -> Iterator[None]:
    """The large tables have no index but their key meanwhile; MySQL gives up none that a foreign key needs."""
    if "MariaDB" not in str(statements.rows("SELECT VERSION()")[0][0]):
        # Fails for whoever does not own the tables, before anything is written: they could not empty them again.
        statements.run("ALTER TABLE mark COMMENT ''")
        yield
        return
    found = {table: _INDEX.findall(str(statements.rows(f"SHOW CREATE TABLE {table}")[0][1])) for table in LARGE}
    for table, indexes in found.items():
        statements.run(f"ALTER TABLE {table} " + ", ".join(f"DROP KEY {name}" for _, name in indexes))
    try:
        yield
    finally:
        for table, indexes in found.items():
            statements.run(f"ALTER TABLE {table} " + ", ".join(f"ADD {index}" for index, _ in indexes))
            say(len(indexes), f"indexes of {table}")
