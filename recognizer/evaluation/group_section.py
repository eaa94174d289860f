"""The report's part on groups of people."""

from __future__ import annotations

from html import escape

from recognizer.evaluation.differential_charts import LEGEND, draw_differentials
from recognizer.evaluation.differential_words import explain_differentials
from recognizer.evaluation.differentials import GroupRate, Groups
from recognizer.evaluation.groupings import Grouping
from recognizer.evaluation.page import cell, show_chart, table
from recognizer.evaluation.results import Figure

_METHOD = (
    "Demographic differentials, in the terms of NISTIR 8280: whether what goes wrong goes wrong more often with one "
    "group than with the others. A stranger counts for their own group. Whom strangers are named as depends on who is "
    "enrolled: a group with few students has few to be taken for."
)


def render_groups(groups: Groups) -> str:
    """Its heading, what is more than chance in words, the charts, and a table for each column of the file."""
    words = "".join(f"<li>{escape(line)}</li>" for line in explain_differentials(groups.found))
    charts = "".join(map(show_chart, draw_differentials(groups.found)))
    tables = "".join(_table(groups, grouping) for grouping in groups.found.groupings)
    return (
        f"<h2>Groups of people</h2><p>{_METHOD}</p><ul>{words}</ul>"
        f'<p class="soft">{LEGEND}</p><div class="charts">{charts}</div>{tables}'
    )


def _table(groups: Groups, grouping: Grouping) -> str:
    found = groups.found
    head = [grouping.name, "people", *(one.title for one in found.errors), "photos refused because"]
    rows = []
    for group, people in found.sizes(grouping).items():
        reasons = ", ".join(f"{reason} {count}" for reason, count in groups.reasons(grouping, group).items())
        rates = [_cell(found.rate(one.kind, grouping, group)) for one in found.errors]
        why = f'<small class="why">{escape(reasons)}</small>' if reasons else "–"
        rows.append((False, [escape(group), str(people), *rates, why]))
    return f"<h3>{escape(grouping.name)}</h3>{table(head, rows)}"


def _cell(rate: GroupRate) -> str:
    shown = cell(Figure(rate.share, "too few people"))
    return f'<span class="made"><b>{shown}</b></span>' if rate.is_more_than_chance else shown
