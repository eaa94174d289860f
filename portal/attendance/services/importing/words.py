"""What pages and commands call the outcomes of rows."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.attendance.services.importing.planning import Outcome

OUTCOME_WORDS = {
    Outcome.ADD: _("New"),
    Outcome.CHANGE: _("Changed"),
    Outcome.END: _("Ended"),
    Outcome.SAME: _("Unchanged"),
    Outcome.KEEP: _("Kept as it is"),
    Outcome.REFUSE: _("Cannot be imported"),
}
