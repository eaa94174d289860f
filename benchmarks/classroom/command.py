"""``python -m benchmarks classroom``: renders a clip with its truth."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from benchmarks.classroom.casting import cast
from benchmarks.classroom.clip import Format, render_clip
from benchmarks.classroom.people import find_people, portrait_folders
from benchmarks.classroom.truth import Truth, truth_path
from benchmarks.progress import progress

USUAL = Format(1920, 1080, 25.0, 60.0)
STUDENTS, STRANGERS, SEED = 30, 10, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, default=Path("var/benchmarks/classroom.mp4"), metavar="FILE.mp4")
    parser.add_argument("--seconds", type=float, default=USUAL.seconds)
    parser.add_argument("--size", type=_size, default=(USUAL.width, USUAL.height), metavar="WIDTHxHEIGHT")
    parser.add_argument("--fps", type=float, default=USUAL.frames_per_second)
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--strangers", type=int, default=STRANGERS)
    parser.add_argument("--seed", type=int, default=SEED)


def execute(arguments: argparse.Namespace) -> None:
    """Render, and tell where everything lies. Raises SystemExit with the reason when it cannot be done."""
    form = Format(arguments.size[0], arguments.size[1], arguments.fps, arguments.seconds)
    truth = make_clip(
        arguments.output, arguments.portraits, form, arguments.students, arguments.strangers, arguments.seed
    )
    told = {
        "clip": str(truth.clip),
        "truth": str(truth_path(truth.clip)),
        "photos": str(truth.photos),
        "frames": truth.frames,
        "students": len(truth.students),
        "strangers": len(truth.strangers),
    }
    print(json.dumps(told) if arguments.json else "\n".join(f"{name:<10} {value}" for name, value in told.items()))


def make_clip(path: Path, portraits: list[Path], form: Format, students: int, strangers: int, seed: int) -> Truth:
    """Cast and render, with progress on stderr."""
    people = find_people(portrait_folders(portraits, os.environ))
    with progress("casting", students + strangers) as advance:
        actors = cast(people, students, strangers, seed, advance)
    with progress("rendering", form.frames) as advance:
        try:
            return render_clip(path, actors, form, seed, advance)
        except OSError as error:
            raise SystemExit(str(error)) from None


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    # Video comes in pairs of pixels; below, there is no room for one row of faces.
    if not (cross and width.isdigit() and height.isdigit()) or int(width) < 480 or int(height) < 270:
        raise argparse.ArgumentTypeError(f"{text} is no size: expected one such as 1920x1080, 480x270 at the least")
    return int(width) // 2 * 2, int(height) // 2 * 2
