"""Whether the portal's database knows the students that are being enrolled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from recognizer.errors import RegisterUnavailable

PATIENCE_SECONDS = 3.0
"""How much longer than the encoding the database may take to answer."""

StudentLookup = Callable[[Iterable[str]], frozenset[str]]
"""Those of the numbers that the database knows. Raises RegisterUnavailable."""


class NumberCheck:
    """Asks while the photos are being encoded, so that a database that hangs costs a few seconds at most."""

    def __init__(self, lookup: StudentLookup | None, numbers: Sequence[str]) -> None:
        """Without a lookup there is no database to ask, and nothing to warn of."""
        self._lookup = lookup
        self._numbers = numbers
        self._known: frozenset[str] | None = None
        # A daemon thread: one that never gets its answer does not keep the program from ending.
        self._thread = threading.Thread(target=self._ask, name="number check", daemon=True)
        self._thread.start()

    def warnings(self) -> list[str]:
        """The numbers that the database does not know, or that it could not be asked."""
        if self._lookup is None:
            return []
        self._thread.join(PATIENCE_SECONDS)
        if self._known is None:
            return ["the database did not answer: whether it knows these student numbers was not checked"]
        unknown = [number for number in self._numbers if number not in self._known]
        if not unknown:
            return []
        listed, them = ", ".join(unknown), "this student" if len(unknown) == 1 else "these students"
        return [f"the database does not know {listed}: add {them} in the portal, or correct the name of the photos"]

    def _ask(self) -> None:
        if self._lookup is not None:
            try:
                self._known = self._lookup(self._numbers)
            except RegisterUnavailable:
                return  # Said by warnings(); the command does not need the database.
