"""What ``recognizer evaluate --groups`` says of groups of people: tables for people, a document for programs."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recognizer.enrolment.photo_folder import printable
from recognizer.evaluation.differential_words import explain_differentials
from recognizer.evaluation.differentials import LEAST_PEOPLE, Differentials, GroupRate, Groups
from recognizer.evaluation.groupings import Grouping
from recognizer.evaluation.page import percent


def print_groups(console: Console, groups: Groups) -> None:
    """A table for each column of the file, and what is more than chance in words."""
    for grouping in groups.found.groupings:
        console.print(_table(groups.found, grouping))
    for line in explain_differentials(groups.found):
        console.print(Text(printable(line)), soft_wrap=True)


def groups_as_json(groups: Groups) -> dict[str, Any]:
    """Shares from 0 to 1, each with its 95 % interval and the corrected p-value; null where people are too few."""
    found = groups.found
    return {
        "kinds": {one.kind: one.title for one in found.errors},
        "overall": found.overall,
        "comparisons": found.comparisons,
        "correction": "Holm",
        "least_people": LEAST_PEOPLE,
        "groupings": [_grouping_as_json(groups, grouping) for grouping in found.groupings],
        "in_words": [printable(line) for line in explain_differentials(found)],
    }


def _table(found: Differentials, grouping: Grouping) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(Text(printable(grouping.name)), overflow="fold")
    table.add_column("People", justify="right")
    for one in found.errors:
        table.add_column(one.title, justify="right")
    for group, people in found.sizes(grouping).items():
        rates = [found.rate(one.kind, grouping, group) for one in found.errors]
        cells = [Text(_format(rate), style="bold" if rate.is_more_than_chance else "") for rate in rates]
        table.add_row(Text(printable(group)), str(people), *cells)
    return table


def _format(rate: GroupRate) -> str:
    if rate.share is None:
        return "too few"
    return f"{percent(rate.share.value)} ({100 * rate.share.low:.1f}–{100 * rate.share.high:.1f})"


def _grouping_as_json(groups: Groups, grouping: Grouping) -> dict[str, Any]:
    found = groups.found
    return {
        "name": grouping.name,
        "groups": [
            {
                "group": group,
                "people": people,
                "rates": {one.kind: _rate_as_json(found.rate(one.kind, grouping, group)) for one in found.errors},
                "photos_refused_because": groups.reasons(grouping, group),
            }
            for group, people in found.sizes(grouping).items()
        ],
    }


def _rate_as_json(rate: GroupRate) -> dict[str, Any]:
    share = rate.share
    return {
        "people": rate.people,
        "value": share.value if share else None,
        "low": share.low if share else None,
        "high": share.high if share else None,
        "others": rate.others,
        "p_corrected": rate.p_value,
        "is_more_than_chance": rate.is_more_than_chance,
    }
