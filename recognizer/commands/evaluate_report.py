"""What ``recognizer evaluate`` says at its end: a table for people, a document for programs."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from recognizer.commands.evaluate_groups import groups_as_json, print_groups
from recognizer.commands.output import make_console
from recognizer.domain.naming.calibration import Calibration
from recognizer.enrolment.photo_folder import printable
from recognizer.evaluation.differentials import Groups
from recognizer.evaluation.faces import Collection
from recognizer.evaluation.metrics import Interval
from recognizer.evaluation.page import percent
from recognizer.evaluation.report import describe_galleries
from recognizer.evaluation.results import FPIRS, Cell, Figure, Results
from recognizer.ops.wording import count_of


@dataclass(frozen=True, slots=True)
class Kept:
    """What --calibrate kept, what it gives on the people it was learned from, and the gallery it is kept with."""

    calibration: Calibration
    cell: Cell
    gallery: Path


def results_as_json(
    results: Results, people: Collection, seeds: int, report: Path, kept: Kept | None, groups: Groups | None
) -> dict[str, Any]:
    """The results in plain values: shares from 0 to 1, each with its 95 % interval; null where there is none."""
    return {
        "people": len(people.everybody),
        "faces": len(people.faces),
        "seeds": seeds,
        "detection_misses": {
            "images": len(people.images),
            **_interval_as_json(people.detection_misses()),
            "files": [printable(label) for label in people.missed],
        },
        "unreadable": [printable(label) for label in people.unreadable],
        "repeated": [printable(label) for label in people.repeated],
        "verification": {"tar_at_far": {f"{rate:g}": _as_json(figure) for rate, figure in results.tar.items()}},
        "identification": [_cell_as_json(cell) for cell in results.cells],
        "galleries": [_cell_as_json(cell) for cell in results.galleries],
        "groups": groups_as_json(groups) if groups else None,
        "report": printable(str(report)),
        "calibration": _kept_as_json(kept) if kept else None,
    }


def print_results(results: Results, people: Collection, report: Path, kept: Kept | None, groups: Groups | None) -> None:
    """The table and the summary to stdout, files that could not be used to stderr."""
    for label in people.unreadable:
        sys.stderr.write(f"Unreadable  {printable(label)}\n")
    for label in people.repeated:
        sys.stderr.write(f"Repeated    {printable(label)}\n")
    for label in people.missed:
        sys.stderr.write(f"No face     {printable(label)}\n")
    console = make_console()
    console.print(_table(results))
    if results.galleries:
        console.print(_gallery_table(results.galleries))
        console.print(Text(describe_galleries(results.galleries)), soft_wrap=True)
    if groups:
        print_groups(console, groups)
    for line in (*_remarks(results, people), *([_describe_kept(kept)] if kept else [])):
        console.print(Text(printable(line)), soft_wrap=True)
    told = f"{report} shows faces: only you may read it; delete it once read. No face is kept elsewhere."
    console.print(Text(printable(told), style="bold"), soft_wrap=True)


def _remarks(results: Results, people: Collection) -> Iterator[str]:
    yield "In brackets the 95 % interval of the people drawn anew. FNIR is had with the mean of the frames alone."
    missing = ((rate, figure) for rate, figure in results.main.fnir.items() if figure.interval is None)
    yield from (f"FNIR at FPIR {100 * rate:g} %: {figure.caveat}." for rate, figure in missing)
    for rate, figure in results.tar.items():
        yield f"TAR at FAR {rate:g}: {figure.caveat if figure.interval is None else _format_figure(figure)}."
    misses = f"no face found in {_share(people.detection_misses())} of {count_of(len(people.images), 'image')}"
    yield f"{len(people.everybody)} people, {count_of(len(people.faces), 'face')}; {misses}."


def _describe_kept(kept: Kept) -> str:
    named, missed = (_format_figure(figure) for figure in (kept.cell.strangers_named, kept.cell.students_missed))
    tolerance = f"tolerance {kept.cell.tolerance:.2f}, {count_of(kept.cell.enrolled, 'student')} searched"
    return f"Calibrated {kept.gallery}: on these people, with {tolerance}, named {named}, missed {missed}."


def _kept_as_json(kept: Kept) -> dict[str, Any]:
    return {
        **kept.calibration.as_plain(),
        "gallery": printable(str(kept.gallery)),
        "measured": _cell_as_json(kept.cell),
    }


def _table(results: Results) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in ("Photos", "Frames"):
        table.add_column(name, justify="right", no_wrap=True)
    heads = (*(f"FNIR at FPIR {100 * rate:g} %" for rate in FPIRS), "Tolerance", "Strangers named", "Students missed")
    for name in heads:
        table.add_column(name, justify="right")
    for cell in results.cells:
        figures = [_format_figure(cell.fnir[rate]) for rate in FPIRS]
        limit, named, missed = (
            f"{cell.tolerance:.2f}",
            _format_figure(cell.strangers_named),
            _format_figure(cell.students_missed),
        )
        style = "bold" if cell is results.main else ""
        table.add_row(str(cell.photos), str(cell.frames), *figures, limit, named, missed, style=style)
    return table


def _gallery_table(cells: Sequence[Cell]) -> Table:
    """By the number of students enrolled, the one photo first."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in ("Students", "Photos", "Frames"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("Strangers named", "Students missed", f"Missed in hindsight at {100 * FPIRS[-1]:g} %"):
        table.add_column(name, justify="right")
    for cell in cells:
        counts = (str(cell.enrolled), str(cell.photos), str(cell.frames))
        figures = (cell.strangers_named, cell.students_missed, cell.fnir[FPIRS[-1]])
        table.add_row(*counts, *map(_format_figure, figures))
    return table


def _format_figure(figure: Figure) -> str:
    """The figure as text, "–" where there is none."""
    return "–" if figure.interval is None else _share(figure.interval)


def _share(found: Interval) -> str:
    return f"{percent(found.value)} ({100 * found.low:.1f}–{100 * found.high:.1f})"


def _cell_as_json(cell: Cell) -> dict[str, Any]:
    return {
        "photos": cell.photos,
        "frames": cell.frames,
        "enrolled": cell.enrolled,
        "searches": {"students": cell.students, "strangers": cell.strangers},
        "fnir_at_fpir": {f"{rate:g}": _as_json(figure) for rate, figure in cell.fnir.items()},
        "tolerance": cell.tolerance,
        "strangers_named": _as_json(cell.strangers_named),
        "students_missed": _as_json(cell.students_missed),
        "students_misnamed": _as_json(cell.students_misnamed),
    }


def _as_json(figure: Figure) -> dict[str, Any]:
    found = figure.interval or Interval(math.nan, math.nan, math.nan)
    return _interval_as_json(found) | ({"caveat": figure.caveat} if figure.caveat else {})


def _interval_as_json(found: Interval) -> dict[str, float | None]:
    named = {"value": found.value, "low": found.low, "high": found.high}
    return {name: value if math.isfinite(value) else None for name, value in named.items()}
