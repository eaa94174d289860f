"""The students that the portal's database knows."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import Engine, select

from recognizer.storage.database.connection import transaction
from recognizer.storage.database.tables import student

_AT_ONCE = 500


def known_numbers(engine: Engine, numbers: Iterable[str]) -> frozenset[str]:
    """Those of the student numbers that the database has, letter by letter. Raises RegisterUnavailable."""
    wanted = iter(numbers)
    known: set[str] = set()
    with transaction(engine) as connection:
        while some := list(islice(wanted, _AT_ONCE)):
            known.update(connection.scalars(select(student.c.number).where(student.c.number.in_(some))))
    return frozenset(known)
