"""Whether the portal can serve: it is set up, and its database has every migration of this release."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error

from portal.web.configuration import NO_DATABASE

NOT_SET_UP = "not set up: run rollcall-manage setup"
LACKS_MIGRATIONS = "the database is not of this release: run rollcall-manage setup"
NO_ANSWER = "the database does not answer"

_ASK_AGAIN_SECONDS = 2.0


class Readiness:
    """Looks until all is well, and never again: a program's release does not change while it runs.

    So a portal that waits for a migration serves by itself once the migration is done.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._is_ready = False
        self._complaint = ""
        self._ask_at = 0.0

    def complaint(self) -> str:
        """Why the portal cannot serve, and what to do; empty where it can. Asks the database now and then only."""
        if self._is_ready:
            return ""
        if self._monotonic() >= self._ask_at:
            self._complaint = find_complaint()
            self._is_ready = not self._complaint
            self._ask_at = self._monotonic() + _ASK_AGAIN_SECONDS
        return self._complaint


def is_set_up() -> bool:
    """Whether the portal was told of a database."""
    return bool(settings.DATABASES["default"]["ENGINE"] != NO_DATABASE)


def find_complaint() -> str:
    """Why the portal cannot serve; empty where it can."""
    if not is_set_up():
        return NOT_SET_UP
    try:
        executor = MigrationExecutor(connection)
    except Error:
        return NO_ANSWER
    # A database that is ahead of this release is no fault: a release works on the schema of the next one.
    return LACKS_MIGRATIONS if executor.migration_plan(executor.loader.graph.leaf_nodes()) else ""
