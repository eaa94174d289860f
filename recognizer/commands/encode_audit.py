"""What ``recognizer encode --audit`` says: a list that an office can work through."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from recognizer.commands.output import make_console
from recognizer.enrolment.audit import FINDINGS, StudentAudit
from recognizer.enrolment.photo_folder import printable
from recognizer.ops.wording import count_of


def print_audit_as_json(audits: Sequence[StudentAudit]) -> None:
    """A list, the students who are missed most first."""
    listed = [
        {
            "number": one.number,
            "name": one.name,
            "photos": one.photos,
            "missed": one.missed,
            "findings": list(one.findings),
            "advice": [FINDINGS[finding][1] for finding in one.findings if FINDINGS[finding][1]],
        }
        for one in audits
    ]
    sys.stdout.write(json.dumps(listed, indent=2) + "\n")


def print_audit(audits: Sequence[StudentAudit]) -> None:
    """A table of everybody of whom better photos are wanted, and how many there are of each kind."""
    console = make_console()
    wanted = [one for one in audits if one.findings != ("good",)]
    if wanted:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for heading in ("Student", "Name", "Missed", "Photos", "What to do"):
            table.add_column(heading, overflow="fold")
        for one in wanted:
            advice = "; ".join(FINDINGS[finding][1] for finding in one.findings)
            table.add_row(
                Text(one.number), Text(printable(one.name)), one.missed, ", ".join(one.findings), Text(advice)
            )
        console.print(table)
    counts = Counter(one.findings[0] for one in audits)
    parts = [f"{finding}: {counts[finding]:,}" for finding in FINDINGS if counts[finding]]
    console.print(Text("; ".join([count_of(len(audits), "student"), *parts]), style="bold"), soft_wrap=True)
