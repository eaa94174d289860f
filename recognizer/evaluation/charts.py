"""The charts of the report, as SVG."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recognizer.evaluation.drawing import (
    GENUINE,
    IMPOSTOR,
    LIMIT,
    Chart,
    chart_style,
    legend_above,
    make_axes,
    show_percent,
    to_svg,
)
from recognizer.evaluation.metrics import trade_off
from recognizer.evaluation.results import FPIRS, FRAMES, Cell, Results, long_enough, scores

_SHADES = {1: "#7fb4d9", 3: "#2a7fba", 5: "#0b8f6f", 9: "#8c6d1f"}

_LEAST_SHARE = 1e-3
"""Where the axis of missed students ends: below it lie fewer searches than can be told apart."""

_BETTER = "{} and further left is better."


def draw_charts(results: Results) -> list[Chart]:
    """DET and ROC curves, and the histograms of searches and of pairs."""
    photos = f"{results.main.photos} reference {'photo' if results.main.photos == 1 else 'photos'}"
    frames = f"the mean of {results.main.frames} {'frame' if results.main.frames == 1 else 'frames'}"
    with chart_style():
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
    with chart_style():
        return [
            Chart(
                f"missed-{students}",
                f"Students missed, {students} enrolled",
                "In force and in hindsight. Further left is better.",
                _missed([cell for cell in cells if cell.enrolled == students], f"missed-{students}"),
            )
            for students in sizes
        ]


def _det(results: Results) -> str:
    """Students missed against strangers named, a line for each number of frames."""
    figure, axes = make_axes()
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
    show_percent(axes.xaxis, axes.yaxis)
    axes.legend(loc="upper right")
    return to_svg(figure, "det")


def _missed(cells: Sequence[Cell], name: str) -> str:
    """A line for each number of photos and frames, from what hindsight misses to what is missed."""
    figure, axes = make_axes()
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
    show_percent(axes.xaxis)
    legend_above(axes)
    return to_svg(figure, name)


def _roc(results: Results) -> str:
    figure, axes = make_axes()
    pairs = results.pairs
    far, misses = trade_off(pairs.distances[pairs.is_genuine], pairs.distances[~pairs.is_genuine])
    seen = far > 0
    tar = 1 - misses
    axes.step(far[seen], tar[seen], where="post", color=GENUINE, linewidth=2)
    axes.set(xscale="log", xlim=(1 / max(2, int((~pairs.is_genuine).sum())), 1))
    axes.set(ylim=(float(np.floor(10 * tar[seen].min()) / 10) if seen.any() else 0, 1.005))
    axes.set(xlabel="FAR: pairs of two people accepted", ylabel="TAR: pairs of one person accepted")
    show_percent(axes.xaxis, axes.yaxis)
    return to_svg(figure, "roc")


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
    figure, axes = make_axes()
    end = max(1.0, *(float(sample.max()) for sample in samples.values() if len(sample)))
    steps = np.linspace(0, end, 61)
    for (label, sample), colour in zip(samples.items(), (GENUINE, IMPOSTOR), strict=True):
        weights = np.full(len(sample), 1 / max(1, len(sample)))
        axes.hist(sample, steps, weights=weights, color=colour, alpha=0.65, label=label)
    axes.axvline(tolerance, color=LIMIT, linewidth=2, label=f"tolerance {tolerance:.2f}")
    axes.set(xlabel="distance", ylabel=f"share of {noun}", xlim=(0, end))
    show_percent(axes.yaxis)
    legend_above(axes)
    return to_svg(figure, name)
