"""The students that the portal's database knows."""

from __future__ import annotations

from sqlalchemy import Engine, select

from recognizer.storage.database.connection import transaction
from recognizer.storage.database.tables import student


def known_numbers(engine: Engine) -> frozenset[str]:
    """The numbers of all students, letter by letter as they are stored. Raises RegisterUnavailable."""
    with transaction(engine) as connection:
        return frozenset(connection.scalars(select(student.c.number)))
