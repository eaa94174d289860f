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
