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
from recognizer.enrolment.photo_folder import PhotoFolder, printable
from recognizer.ops.wording import count_of


def print_audit_as_json(audits: Sequence[StudentAudit], folder: PhotoFolder) -> None:
    """A list, the students who are missed most first."""
    listed = [
        {
            "number": one.number,
            "name": one.name,
            "photos": one.photos,
            "missed": one.missed,
            "findings": list(one.findings),
            "advice": [FINDINGS[finding][1] for finding in one.findings if FINDINGS[finding][1]],
            "refused": [
                {"photo": folder.shown(photo.photo), "reason": photo.reason, "detail": photo.detail}
                for photo in one.refused
            ],
        }
        for one in audits
    ]
    sys.stdout.write(json.dumps(listed, indent=2) + "\n")


def print_audit(audits: Sequence[StudentAudit], folder: PhotoFolder) -> None:
    """A table of everybody of whom better photos are wanted, and how many there are of each kind."""
    console = make_console()
    wanted = [one for one in audits if one.findings != ("good",)]
    if wanted:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for heading in ("Student", "Name", "Missed", "Photos", "What to do", "Refused"):
            table.add_column(heading, overflow="fold")
        for one in wanted:
            advice = "; ".join(FINDINGS[finding][1] for finding in one.findings)
            refused = "; ".join(f"{folder.shown(photo.photo)}: {photo.reason}" for photo in one.refused)
            who = Text(one.number), Text(printable(one.name)), one.missed
            table.add_row(*who, ", ".join(one.findings), Text(advice), Text(refused))
        console.print(table)
    counts = Counter(one.findings[0] for one in audits)
    parts = [f"{finding}: {counts[finding]:,}" for finding in FINDINGS if counts[finding]]
    console.print(Text("; ".join([count_of(len(audits), "student"), *parts]), style="bold"), soft_wrap=True)
