"""The errand that compares the database's tables with what this release needs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from recognizer.domain.ports.inspection import Inspection

LOOK_EVERY_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 10.0
"""While something is missing."""

log = logging.getLogger(__name__)


class SchemaErrand:
    """Says which columns are missing, and when they are back. The other errands keep trying, and nothing is lost.

    Columns and tables that this release does not know are no fault: the portal is upgraded first.
    """

    name = "comparing the database's tables"

    def __init__(self, inspection: Inspection, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._inspection = inspection
        self._monotonic = monotonic
        self._missing: list[str] = []
        self._look_at = float("-inf")

    def once(self) -> int:
        """See ``Errand.once``."""
        now = self._monotonic()
        if now < self._look_at:
            return 0
        missing = self._inspection.missing_columns()
        self._look_at = now + (LOOK_AGAIN_SECONDS if missing else LOOK_EVERY_SECONDS)
        if missing and missing != self._missing:
            log.error(
                "the database lacks what this release needs (%s): what is seen waits in the outbox until it is there; "
                "upgrade the portal, and run `rollcall-manage setup` on its server",
                ", ".join(missing),
                extra={"event": "schema lacks"},
            )
        elif self._missing and not missing:
            log.info("the database has all that this release needs again", extra={"event": "schema complete"})
        self._missing = missing
        return 0
