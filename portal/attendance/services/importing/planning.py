"""A plan: what would become of every row, before anything is written; and the writing of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from django.utils.translation import gettext

from portal.attendance.services.importing.columns import Columns, Field, check_places
from portal.attendance.services.importing.dates import DateOrder
from portal.attendance.services.importing.faults import FileFault, RowFault
from portal.attendance.services.importing.tables import Report, Row
from portal.attendance.services.importing.values import Values, as_text, read_twice

SUBJECT_LENGTH, WORDS_LENGTH = 200, 500
_COMPLETE = "# complete: "
"""How the last line of our own exports begins; it says how many rows come before."""


class Outcome(StrEnum):
    """What becomes of a row."""

    ADD = "add"
    CHANGE = "change"
    END = "end"
    SAME = "same"
    KEEP = "keep"
    """It differs and stays as it is: its register is closed."""
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one row; without a number of something that the file does not have."""

    number: int | None
    outcome: Outcome
    subject: str
    words: str = ""


@dataclass(frozen=True)
class Choices:
    """What the person says beside the file."""

    today: date
    order: DateOrder = DateOrder.UNKNOWN
    family_name_first: bool = False
    """“Hopper, Grace” is Grace Hopper."""
    ends_missing: bool = True
    """Whoever is not in the file leaves the rosters of the courses in it."""
    joins_on: date | None = None
    """The first day of new memberships that have none of their own; None: always for a course without a roster, and
    today for others."""
    is_writing: bool = False
    """Whether the plan is made to be written in this transaction: what it stands on is locked first."""


@dataclass
class Plan:
    """The fates of all rows, and the writing that follows from them."""

    fates: list[Fate] = field(default_factory=list)
    writes: list[Callable[[], None]] = field(default_factory=list)
    """In this order, within one transaction."""
    rosters: dict[int, set[int]] = field(default_factory=dict)
    """The students (primary keys) whose memberships change, by course."""

    def counts(self) -> dict[str, int]:
        """How many rows have each outcome."""
        found = Counter(fate.outcome for fate in self.fates)
        return {outcome.value: found[outcome] for outcome in Outcome}

    def digest(self) -> str:
        """Stands for what the plan would do: another one does something else."""
        hashed = hashlib.sha256()
        for fate in self.fates:
            hashed.update(f"{fate.number}\0{fate.outcome}\0{fate.subject}\0{fate.words}\n".encode())
        return hashed.hexdigest()


class Planner(Protocol):
    """What plans the rows of one kind."""

    def __call__(self, rows: Iterable[Values], choices: Choices, report: Report) -> Plan: ...


@dataclass(frozen=True)
class Kind:
    """Something that is imported."""

    name: str
    title: str
    fields: Sequence[Field]
    plan: Planner
    has_days: bool = False
    has_names: bool = False
    ends_missing: bool = False


def make_plan(
    kind: Kind, rows: Sequence[Row], columns: Columns, choices: Choices, report: Report = lambda done: None
) -> Plan:
    """What would become of the rows below the names of the columns. Raises FileFault."""
    check_places(columns.places, kind.fields, len(columns.header))
    below = data_rows(rows, columns.number)
    if not below:
        raise FileFault(gettext("There are names of columns, and no row below them."))
    plan = kind.plan((Values(row, columns.places, choices.order) for row in below), choices, report)
    # In the order of the file; what it does not have comes last.
    plan.fates.sort(key=lambda fate: (fate.number is None, fate.number or 0))
    return plan


def data_rows(rows: Sequence[Row], header: int) -> list[Row]:
    """The rows below the header, without the last line of our own exports. Raises FileFault where rows are lost."""
    below = [row for row in rows if row.number > header]
    if below and as_text(below[-1].cell(0)).startswith(_COMPLETE):
        said = as_text(below.pop().cell(0)).removeprefix(_COMPLETE).split()[0]
        if said != str(len(below)):
            raise FileFault(
                gettext("The last line says {said} rows, and there are {number}. Has something been lost?").format(
                    said=said, number=len(below)
                )
            )
    return below


@dataclass
class Repeats:
    """Finds rows about the same thing: a second one that says the same does no harm, one that says otherwise does."""

    seen: dict[object, tuple[int, object]] = field(default_factory=dict)

    def check(self, number: int, key: object, content: object) -> bool:
        """Whether an earlier row says the same already. Raises RowFault where one says otherwise."""
        before = self.seen.setdefault(key, (number, content))
        if before[0] == number:
            return False
        if before[1] != content:
            raise RowFault(gettext("Row {value} says otherwise about the same one.").format(value=before[0]))
        return True

    def row_of(self, key: object) -> int:
        """The row that spoke of it first."""
        return self.seen[key][0]


def refuse(values: Values, fault: RowFault, subject: str = "") -> Fate:
    """The fate of a row with a fault."""
    shown = subject or " · ".join(as_text(cell) for cell in values.row.cells[:3] if cell != "")
    return Fate(values.row.number, Outcome.REFUSE, shown[:SUBJECT_LENGTH], str(fault)[:WORDS_LENGTH])


def fate(number: int | None, outcome: Outcome, subject: str, words: Iterable[str] = ()) -> Fate:
    """A fate within the lengths that are kept."""
    said = "; ".join(word for word in words if word)
    return Fate(number, outcome, subject[:SUBJECT_LENGTH], said[:WORDS_LENGTH])


def changed(label: str, before: object, after: object) -> str:
    """One value before and after, in words."""
    return f"{label}: {before or '–'} → {after or '–'}"


def doubt(text: str) -> str:
    """A warning for a text that was written in one encoding and read in another; "" for others."""
    before = read_twice(text)
    return (
        gettext("“{text}” looks like “{before}” in a wrong encoding").format(text=text, before=before) if before else ""
    )
