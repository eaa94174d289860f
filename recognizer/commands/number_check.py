"""Which student numbers the portal's database knows, and what is said of those that it does not."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence

from recognizer.enrolment.doubtful_numbers import find_doubtful
from recognizer.enrolment.numbering import Numbering
from recognizer.errors import PhotoError, RegisterUnavailable
from recognizer.ops.wording import enumerate_some

PATIENCE_SECONDS = 6.0
"""How long the database may take to answer; it gives up by itself only where it is reached and says nothing."""

StudentLookup = Callable[[], frozenset[str]]
"""The numbers of all students in the database. Raises RegisterUnavailable."""


def ask_database(lookup: StudentLookup) -> frozenset[str] | None:
    """The numbers of the database's students; None where it does not answer, which takes a few seconds at most."""
    answers: list[frozenset[str]] = []

    def ask() -> None:
        try:
            answers.append(lookup())
        except RegisterUnavailable:
            return  # Said by warn_of_unknown; encoding does not need the database.

    # A daemon thread: one that never gets its answer does not keep the program from ending.
    thread = threading.Thread(target=ask, name="number check", daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    return answers[0] if answers else None


def warn_of_unknown(numbers: Sequence[str], numbering: Numbering) -> list[str]:
    """One warning that names the numbers which nobody knows, or says that this was not checked; none if all are."""
    if not numbering.is_checked:
        return ["the database did not answer: whether it knows these student numbers was not checked"]
    unknown = [number for number in numbers if not numbering.knows(number)]
    if not unknown:
        return []
    them = "this student" if len(unknown) == 1 else "these students"
    return [f"the database does not know {enumerate_some(unknown)}: add {them} in the portal, or correct the names"]


def find_numbers_to_confirm(numbers: Sequence[str], numbering: Numbering) -> tuple[str, ...]:
    """Those that nobody knows and that do not look like a student's number."""
    return find_doubtful(n for n in numbers if not (numbering.knows(n) or numbering.is_enrolled(n)))


def confirm(doubtful: Sequence[str]) -> None:
    """Ask on a terminal whether these are student numbers. Raises PhotoError if not, or where nobody can be asked."""
    listed = enumerate_some(doubtful)
    if not sys.stdin.isatty():
        raise PhotoError(
            f"{explain_doubt(doubtful)}: {listed}; nothing was written. Rename the photos (a counter stands after a "
            'space: "S1001 2.jpg"), or say --accept-names if these are the students\' numbers'
        )
    sys.stderr.write(f"{explain_doubt(doubtful)}: {listed}.\nEnrol students with these numbers all the same? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise PhotoError('nothing was written; rename the photos (a counter stands after a space: "S1001 2.jpg")')


def explain_doubt(doubtful: Sequence[str]) -> str:
    """What is odd about them: the beginning of a sentence that goes on with the list."""
    what = "this looks" if len(doubtful) == 1 else "these look"
    return f"{what} like names of files or people, or like a photo's counter, not like student numbers"
