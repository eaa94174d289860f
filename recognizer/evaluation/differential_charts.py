"""The charts of the report's part on groups of people."""

from __future__ import annotations

from collections.abc import Sequence

from recognizer.evaluation.differentials import Differentials, GroupRate
from recognizer.evaluation.drawing import (
    GENUINE,
    IMPOSTOR,
    Chart,
    chart_style,
    legend_above,
    make_axes,
    show_percent,
    to_svg,
)
from recognizer.evaluation.page import percent

_LONGEST_LABEL = 18
"""Characters of a group's name: more would leave the chart no room on a phone."""


LEGEND = (
    "A dot is the share of one group, whose people stand in brackets, and its line the 95 % interval, which may run "
    "off the chart. The dashed line is everybody's share. Diamonds are more than chance."
)


def draw_differentials(found: Differentials) -> list[Chart]:
    """For each kind of error its share in each group, beside everybody's."""
    with chart_style():
        return [
            Chart(
                f"groups-{one.kind}",
                one.title,
                f"{percent(found.overall[one.kind])} of all.",
                _differentials(found, one.kind, f"groups-{one.kind}"),
            )
            for one in found.errors
        ]


def _differentials(found: Differentials, kind: str, name: str) -> str:
    """A line for each group, those whose difference is more than chance brought out."""
    rows: list[GroupRate | str] = []
    for grouping in found.groupings:
        rows += [grouping.name, *(found.rate(kind, grouping, group) for group in grouping.groups)]
    figure, axes = make_axes(height=0.9 + 0.3 * len(rows))
    axes.axvline(found.overall[kind], color="#808080", linestyle="--", linewidth=1, zorder=1)
    for line, row in enumerate(rows):
        if isinstance(row, str) or row.share is None:
            continue
        colour, label, marker = _look(row)
        axes.plot([row.share.low, row.share.high], [line, line], color=colour, linewidth=2, zorder=2)
        axes.plot(row.share.value, line, marker, color=colour, label=label, zorder=3)
    labels = [_label(row) if isinstance(row, str) else f"{_label(row.group)} ({row.people})" for row in rows]
    axes.set_yticks(range(len(rows)), labels)
    for row, tick in zip(rows, axes.get_yticklabels(), strict=True):
        tick.set_fontweight("bold" if isinstance(row, str) else "normal")
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.set(xlim=(0, _end_of_shares(rows, found.overall[kind])), ylim=(len(rows) - 0.5, -0.5))
    show_percent(axes.xaxis)
    legend_above(axes)
    return to_svg(figure, name)


def _look(rate: GroupRate) -> tuple[str, str, str]:
    """Colour, word and marker."""
    if rate.p_value is None:
        return "#808080", "not compared", "o"
    return (IMPOSTOR, "more than chance", "D") if rate.is_more_than_chance else (GENUINE, "within chance", "o")


def _end_of_shares(rows: Sequence[GroupRate | str], overall: float) -> float:
    """Far enough for every share. Where nothing was seen the interval may reach far, and is let run off the chart."""
    shares = [row.share for row in rows if not isinstance(row, str) and row.share is not None]
    return 1.1 * max([share.high for share in shares if share.value] + [3 * overall, 0.001])


def _label(text: str) -> str:
    """Short enough to stand beside a chart, and with no sign that matplotlib takes for mathematics."""
    return (text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…").replace("$", r"\$")
