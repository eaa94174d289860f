"""What pages and commands call the outcomes of rows."""

from __future__ import annotations

from portal.attendance.services.importing.planning import Outcome

OUTCOME_WORDS = {
    Outcome.ADD: "New",
    Outcome.CHANGE: "Changed",
    Outcome.END: "Ended",
    Outcome.SAME: "Unchanged",
    Outcome.KEEP: "Kept as it is",
    Outcome.REFUSE: "Cannot be imported",
}
