"""``recognizer outbox``: what the database refused, and trying it again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from recognizer.bootstrap.outbox import open_outbox
from recognizer.commands.output import make_console
from recognizer.config.configuration import Config
from recognizer.domain.ports.delivery import Fact, Outbox
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.near_miss import NearMiss
from recognizer.domain.register.outbox_fault import OutboxFault
from recognizer.ops.wording import count_of

MOST_NAMED = 50
"""Entries that are named to somebody who is about to delete them; the rest are counted."""

SUMMARY = "list what the database refused, or let it be tried again"

_DESCRIPTION = """\
Show how much waits for the database, and list what the database refused, with the reason. What was refused is kept. It
is tried again by itself once an hour and at every change of the schedule: a student who was renumbered may have the
old number again, and one who was deleted may be back."""

_EPILOG = """\
examples:
  recognizer outbox            list it
  recognizer outbox --names    name whom the database has not taken yet, waiting and refused, a line each, and no more
  recognizer outbox --retry    let all of it wait again: the recognizer that runs tries it, or the next run

exit codes:
  0    done
  74   the outbox cannot be read or written
  78   the configuration is wrong"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--names", action="store_true", help="name whom the database has not taken yet, a line each")
    parser.add_argument("--retry", action="store_true", help="let what was refused be tried again")


def execute(arguments: argparse.Namespace, config: Config) -> int:
    """List or retry, and return the exit code. Raises OutboxUnavailable."""
    with open_outbox(config) as outbox:
        if arguments.names:
            sys.stdout.writelines(f"{line}\n" for line in (_names(outbox) if outbox else ()))
        elif outbox is None:
            sys.stdout.write(f"There is no outbox in {config.state_dir}: nothing was seen yet.\n")
        elif arguments.retry:
            sys.stdout.write(f"{count_of(outbox.retry(), 'entry', 'entries')} will be tried again.\n")
        else:
            _list(outbox)
    return 0


def _names(outbox: Outbox) -> Iterator[str]:
    """Who was seen, and when, where the database has not taken it; what marks nobody is counted."""
    seen = [fact for _, fact in outbox.pending(Evidence, MOST_NAMED)]
    refused = [each.fact for each in outbox.refusals() if isinstance(each.fact, Evidence)]
    named = [*seen, *refused][:MOST_NAMED]
    for number, session, moments in map(_cells, named):
        yield f"{number} in class session {session}, seen {moments} UTC"
    if rest := outbox.depth() + outbox.refused() - len(named):
        more = "more " if named else ""
        yield count_of(rest, f"{more}entry", f"{more}entries")


def _list(outbox: Outbox) -> None:
    refusals = outbox.refusals()
    sys.stdout.write(f"{count_of(outbox.depth(), 'entry', 'entries')} waiting for the database.\n")
    if not refusals:
        sys.stdout.write("Nothing was refused.\n")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for heading in ("Student or camera", "Class session", "Seen (UTC)", "Refused because"):
        table.add_column(heading)
    for refusal in refusals:
        table.add_row(*map(Text, (*_cells(refusal.fact), refusal.reason)))
    console = make_console()
    console.print(table)
    console.print(Text(f"{count_of(len(refusals), 'entry', 'entries')} refused.", style="bold"))


def _cells(fact: Fact) -> tuple[str, str, str]:
    if isinstance(fact, Evidence | NearMiss):
        return (
            fact.student_number,
            str(fact.session_id),
            f"{fact.first_seen_at:%Y-%m-%d %H:%M} to {fact.last_seen_at:%H:%M}",
        )
    if isinstance(fact, OutboxFault):
        return "outbox", "", f"{fact.happened_at:%Y-%m-%d %H:%M}"
    return fact.camera_name, "", f"{fact.starts_at:%Y-%m-%d %H:%M} to {fact.ends_at:%H:%M}"
