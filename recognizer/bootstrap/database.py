"""Questions to the portal's database."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from recognizer.config.configuration import Config
from recognizer.domain.ports.inspection import Inspection
from recognizer.errors import RegisterUnavailable


def build_student_lookup(config: Config) -> Callable[[], frozenset[str]]:
    """Asks the database for the numbers of its students. Raises RegisterUnavailable when called, not before.

    An SQLite file that is not there is not made.
    """
    from recognizer.storage.database.connection import make_engine
    from recognizer.storage.database.students import known_numbers

    engine = make_engine(config.database_url)
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return _find_no_file
    return partial(known_numbers, engine)


def _find_no_file() -> frozenset[str]:
    raise RegisterUnavailable("the database's file is not there")


def build_inspection(config: Config) -> Inspection:
    """Questions to the database of the configuration."""
    from recognizer.storage.database.connection import make_engine
    from recognizer.storage.database.inspection import DatabaseInspection

    return DatabaseInspection(make_engine(config.database_url))
