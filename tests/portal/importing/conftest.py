"""What the tests of imports stand on: a small made-up school, and files for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from portal.attendance.services.importing.columns import find_columns
from portal.attendance.services.importing.kinds import KINDS
from portal.attendance.services.importing.planning import Choices, Plan, make_plan
from portal.attendance.services.importing.reading import read_table
from portal.attendance.services.importing.writing import write_plan
from tests.fixtures.mariadb import MigratedMariaDB
from tests.portal.school import School, found_school

TODAY = date(2026, 11, 27)
"""The Friday after the school's class session."""


@dataclass
class Office:
    """Imports files as one step after another does."""

    school: School

    def plan(self, kind: str, text: str, **choices: Any) -> Plan:
        """What would become of the rows."""
        table = read_table(text.encode())
        columns = find_columns(table.rows, KINDS[kind].fields)
        return make_plan(KINDS[kind], table.rows, columns, Choices(**{"today": TODAY} | choices))

    def write(self, kind: str, text: str, **choices: Any) -> Plan:
        """Write it, and say what was done."""
        return write_plan(lambda is_writing: self.plan(kind, text, is_writing=is_writing, **choices))

    def fates(self, kind: str, text: str, **choices: Any) -> list[tuple[int | None, str, str]]:
        """Row, outcome and words of each."""
        return [(fate.number, fate.outcome.value, fate.words) for fate in self.plan(kind, text, **choices).fates]

    def counts(self, plan: Plan) -> dict[str, int]:
        """The outcomes that occur."""
        return {name: number for name, number in plan.counts().items() if number}


@pytest.fixture
def office(portal_on_mariadb: MigratedMariaDB) -> Office:
    """On a MariaDB, as the portal's user with just its rights."""
    return Office(found_school())
