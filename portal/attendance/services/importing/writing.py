"""Writes a plan: all of it or nothing, and nothing that was not shown."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DataError, IntegrityError
from django.utils.translation import gettext

from portal.attendance.models import Course, Student
from portal.attendance.services.importing.faults import FileFault
from portal.attendance.services.importing.planning import Outcome, Plan
from portal.attendance.services.rosters import decide_open_registers
from portal.attendance.services.transactions import repeat_transaction


def write_plan(
    make: Callable[[bool], Plan], shown: str | None = None, also: Callable[[Plan], None] = lambda plan: None
) -> Plan:
    """Plan anew with what is there now, and write it in one transaction; the plan that was written.

    ``make`` plans; True tells it to lock what it stands on. ``shown`` is the digest of the plan that a person has
    agreed to: another one is not written. ``also`` runs in the same transaction, last. Raises FileFault.
    """

    def work() -> Plan:
        plan = make(True)
        if shown is not None and plan.digest() != shown:
            raise FileFault(
                gettext("What is in Rollcall has changed since this was shown, and nothing was written. Look again.")
            )
        if refused := plan.counts()[Outcome.REFUSE]:
            raise FileFault(
                gettext("Rows that cannot be imported: {refused}. Nothing was written.").format(refused=refused)
            )
        for write in plan.writes:
            write()
        also(plan)
        return plan

    try:
        return repeat_transaction(work)
    except (IntegrityError, DataError) as error:
        # Such as two course codes that differ in an accent alone, which the database takes for one.
        raise FileFault(
            gettext("The database refuses it, and nothing was written: {value}.").format(value=error.args[-1])
        ) from error


def decide_rosters(rosters: dict[int, set[int]]) -> None:
    """After the transaction: open registers count by the new rosters. It may be repeated."""
    courses = Course.objects.in_bulk(rosters)
    students = Student.objects.in_bulk({pk for keys in rosters.values() for pk in keys})
    decide_open_registers(
        {course: [students[key] for key in rosters[pk] if key in students] for pk, course in courses.items()}
    )
