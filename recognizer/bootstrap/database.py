"""Questions to the portal's database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from recognizer.config.reading import Config
from recognizer.domain.ports.inspection import Inspection


def build_student_lookup(config: Config) -> Callable[[Iterable[str]], frozenset[str]] | None:
    """Asks the database which student numbers it knows; None where the database is an SQLite file not there yet."""
    from recognizer.storage.database.connection import make_engine
    from recognizer.storage.database.students import known_numbers

    engine = make_engine(config.database_url)
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return None
    return partial(known_numbers, engine)


def build_inspection(config: Config) -> Inspection:
    """Questions to the database of the configuration."""
    from recognizer.storage.database.connection import make_engine
    from recognizer.storage.database.inspection import DatabaseInspection

    return DatabaseInspection(make_engine(config.database_url))
