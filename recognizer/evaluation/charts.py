"""The charts of the report, as SVG. Only this module needs matplotlib, and only when it draws.

Words and axes are drawn in ``currentColor``, so that a page in dark shows them too.
"""

from __future__ import annotations

import io
import logging
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.evaluation.metrics import trade_off
from recognizer.evaluation.results import FPIRS, FRAMES, Cell, Results, long_enough, scores

GENUINE, IMPOSTOR, LIMIT = "#2a7fba", "#d1662a", "#8a5fbf"
_SHADES = {1: "#7fb4d9", 3: "#2a7fba", 5: "#0b8f6f", 9: "#8c6d1f"}

_INK = "#010203"
"""Stands for the colour of the page's text until the SVG is written."""

_STYLE: dict[Any, Any] = {
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), _INK),
    # Words stay words: in the page's font, for eyes and for screen readers.
    "svg.fonttype": "none",
    "svg.hashsalt": "rollcall",
    "font.family": "sans-serif",
    "font.size": 11,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "savefig.transparent": True,
}

_LEAST_SHARE = 1e-3
"""Where the axis of missed students ends: below it lie fewer searches than can be told apart."""


_BETTER = "{} and further left is better."


@dataclass(frozen=True, slots=True)
class Chart:
    """An SVG element, labelled by the element of this name, and the words for that."""

    name: str
    title: str
    caption: str
    svg: str


def draw_charts(results: Results) -> list[Chart]:
    """DET and ROC curves, and the histograms of searches and of pairs."""
    matplotlib = _load_matplotlib()
    photos = f"{results.main.photos} reference {'photo' if results.main.photos == 1 else 'photos'}"
    frames = f"the mean of {results.main.frames} {'frame' if results.main.frames == 1 else 'frames'}"
    # Its backend and style are left to whoever else draws in this process.
    with matplotlib.rc_context(_STYLE):
        return [
            Chart(
                "det", "DET: missed against misnamed", f"{photos} a student. {_BETTER.format('Lower')}", _det(results)
            ),
            Chart("searches", "Distances of searches", f"{photos} a student, {frames}.", _searched(results)),
            Chart("roc", "ROC: pairs of photos", f"One photo against one. {_BETTER.format('Higher')}", _roc(results)),
            Chart(
                "pairs", "Distances of pairs", "One photo against one: genuine and impostor pairs.", _paired(results)
            ),
        ]


def draw_galleries(cells: Sequence[Cell]) -> list[Chart]:
    """For each number of students enrolled, who is missed in force and in hindsight."""
    sizes = sorted({cell.enrolled for cell in cells})
    matplotlib = _load_matplotlib()
    with matplotlib.rc_context(_STYLE):
        return [
            Chart(
                f"missed-{students}",
                f"Students missed, {students} enrolled",
                "In force and in hindsight. Further left is better.",
                _missed([cell for cell in cells if cell.enrolled == students], f"missed-{students}"),
            )
            for students in sizes
        ]


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """A variable of the environment, for the time of the block."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before


def _load_matplotlib() -> Any:
    """The library, which would leave two folders in the user's home: its settings and its list of fonts.

    Each run makes that list anew, and its log entry about it says nothing to the user.
    """
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, _environment("MPLCONFIGDIR", folder):
        import matplotlib
        import matplotlib.figure  # Makes the list of fonts.

    return matplotlib


def _axes() -> tuple[Any, Any]:
    # Not pyplot, which would look for a display and keep every figure.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6, 3.8), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(color="#808080", alpha=0.25, linewidth=0.6)
    return figure, axes


def _det(results: Results) -> str:
    """Students missed against strangers named, a line for each number of frames."""
    figure, axes = _axes()
    searches = results.searches[results.main.photos]
    least = 1.0
    for frames in FRAMES:
        fit = long_enough(searches, frames)
        stranger = fit & ~searches.is_student
        student = fit & searches.is_student
        if not stranger.any() or not student.any():
            continue
        fpir, fnir = trade_off(scores(searches, frames)[student], searches.nearest[stranger, frames - 1])
        least = min(least, 1 / int(stranger.sum()))
        label = f"{frames} {'frame' if frames == 1 else 'frames'}"
        # What is never missed lies on the axis.
        axes.step(fpir, np.maximum(fnir, _LEAST_SHARE), where="post", color=_SHADES[frames], linewidth=2, label=label)
    axes.set(xscale="log", yscale="log", xlim=(least, 1), ylim=(_LEAST_SHARE * 0.93, 1))
    axes.set(xlabel="FPIR: strangers given a name", ylabel="FNIR: students missed")
    _percent(axes.xaxis, axes.yaxis)
    axes.legend(loc="upper right")
    return _svg(figure, "det")


def _missed(cells: Sequence[Cell], name: str) -> str:
    """A line for each number of photos and frames, from what hindsight misses to what is missed."""
    figure, axes = _axes()
    for line, cell in enumerate(cells):
        missed, best = cell.students_missed.interval, cell.fnir[FPIRS[-1]].interval
        if missed is not None and best is not None:
            axes.plot([best.value, missed.value], [line, line], color="#808080", linewidth=1, zorder=1)
            axes.plot(best.value, line, "o", color=GENUINE, fillstyle="none", label="in hindsight", zorder=2)
        if missed is not None:
            axes.plot(missed.value, line, "o", color=IMPOSTOR, label="in force", zorder=2)
    axes.set_yticks(range(len(cells)), [f"{cell.photos}, {cell.frames}" for cell in cells])
    axes.invert_yaxis()
    axes.set(xlim=(0, None), xlabel="students missed", ylabel="photos, frames")
    _percent(axes.xaxis)
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    axes.legend(once.values(), once.keys(), loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0)
    return _svg(figure, name)


def _roc(results: Results) -> str:
    figure, axes = _axes()
    pairs = results.pairs
    far, misses = trade_off(pairs.distances[pairs.is_genuine], pairs.distances[~pairs.is_genuine])
    seen = far > 0
    tar = 1 - misses
    axes.step(far[seen], tar[seen], where="post", color=GENUINE, linewidth=2)
    axes.set(xscale="log", xlim=(1 / max(2, int((~pairs.is_genuine).sum())), 1))
    axes.set(ylim=(float(np.floor(10 * tar[seen].min()) / 10) if seen.any() else 0, 1.005))
    axes.set(xlabel="FAR: pairs of two people accepted", ylabel="TAR: pairs of one person accepted")
    _percent(axes.xaxis, axes.yaxis)
    return _svg(figure, "roc")


def _searched(results: Results) -> str:
    searches, frames = results.searches[results.main.photos], results.main.frames
    fit = long_enough(searches, frames)
    own = searches.own[fit & searches.is_student, frames - 1]
    nearest = searches.nearest[fit & ~searches.is_student, frames - 1]
    samples = {"student to own references": own, "stranger to the nearest student": nearest}
    return _histogram(samples, results.main.tolerance, "searches", "searches")


def _paired(results: Results) -> str:
    pairs = results.pairs
    samples = {
        "genuine: one person": pairs.distances[pairs.is_genuine],
        "impostor: two people": pairs.distances[~pairs.is_genuine],
    }
    first = results.searches[min(results.searches)]
    return _histogram(samples, float(np.median(first.tolerance[:, 0])), "pairs", "pairs")


def _histogram(samples: dict[str, NDArray[np.float64]], tolerance: float, noun: str, name: str) -> str:
    """Each sample as shares of itself, with the tolerance drawn in."""
    figure, axes = _axes()
    end = max(1.0, *(float(sample.max()) for sample in samples.values() if len(sample)))
    steps = np.linspace(0, end, 61)
    for (label, sample), colour in zip(samples.items(), (GENUINE, IMPOSTOR), strict=True):
        weights = np.full(len(sample), 1 / max(1, len(sample)))
        axes.hist(sample, steps, weights=weights, color=colour, alpha=0.65, label=label)
    axes.axvline(tolerance, color=LIMIT, linewidth=2, label=f"tolerance {tolerance:.2f}")
    axes.set(xlabel="distance", ylabel=f"share of {noun}", xlim=(0, end))
    _percent(axes.yaxis)
    # Above the axes: nothing is covered, however the distances lie.
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0)
    return _svg(figure, name)


def _percent(*axes: Any) -> None:
    from matplotlib.ticker import FuncFormatter

    for axis in axes:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:g} %"))


def _svg(figure: Any, name: str) -> str:
    """The element alone, its size left to the page; its parts' names begin with the chart's, as a page has several."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    svg = re.sub(r'( id="| xlink:href="#|url\(#)', rf"\g<1>{name}-", svg)
    opening, rest = svg.split(">", 1)
    opening = re.sub(r' (?:width|height)="[^"]*"', "", opening)
    return f'{opening} role="img" aria-labelledby="{name}">{rest}'
