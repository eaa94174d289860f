"""What a worker can be asked for, by name. Each is given the task's progress and arguments, and may be begun anew."""

from __future__ import annotations

from collections.abc import Callable

from portal.accounts import invitations
from portal.attendance.services.exporting.making import make_export
from portal.attendance.services.importing import jobs
from portal.attendance.services.warnings import evaluate_every_course

WORK: dict[str, Callable[..., None]] = {
    "import.read": jobs.read_file,
    "import.plan": jobs.plan_file,
    "import.write": jobs.write_file,
    "warnings.courses": evaluate_every_course,
    "accounts.invite": invitations.invite_all,
    "export.make": make_export,
}
