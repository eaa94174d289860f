"""Questions to the portal's database."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from recognizer.config.configuration import Config
from recognizer.domain.ports.inspection import Inspection
from recognizer.errors import RegisterUnavailable
from recognizer.ops.clock import utc_now


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


def build_roster_lookup(config: Config) -> Callable[[], frozenset[str]]:
    """Asks the database who is on the rosters of this week's class sessions in the room. Raises RegisterUnavailable."""
    from recognizer.storage.database.connection import make_engine
    from recognizer.storage.database.schedule import SqlSchedule

    schedule = SqlSchedule(make_engine(config.database_url), config.room)
    return lambda: frozenset().union(*(session.roster for session in schedule.sessions(utc_now())))


def _find_no_file() -> frozenset[str]:
    raise RegisterUnavailable("the database's file is not there")


def build_inspection(config: Config) -> Inspection:
    """Questions to the database of the configuration."""
    from recognizer.storage.database.connection import make_engine
    from recognizer.storage.database.inspection import DatabaseInspection

    return DatabaseInspection(make_engine(config.database_url))
