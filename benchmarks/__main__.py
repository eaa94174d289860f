"""What Rollcall's engine costs beside its peers, turn by turn, on one core; and the clip to measure it with."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

from benchmarks.camera import options as camera_options
from benchmarks.classroom import options as classroom_options
from benchmarks.classroom.people import portrait_folders
from benchmarks.lesson import options as lesson_options
from benchmarks.measurement import Figures, keep_to_one_core
from benchmarks.portal import options as portal_options
from benchmarks.reach import reached, wanted
from benchmarks.room import options as room_options

BENCHMARKS = {
    "encoder": ("benchmarks.encoder", "dlib's residual net, beside dlib's own and this core's sgemm"),
    "detector": ("benchmarks.detector", "dlib's CNN detector at 1080p, smallest face 80 pixels, beside dlib's own"),
    "camera": ("benchmarks.camera.command", "a whole camera process on a classroom clip, beside face_recognition"),
    "room": ("benchmarks.room.command", "the daemon with eight such cameras on two cores, over RTSP"),
    "lesson": (
        "benchmarks.lesson.command",
        "lessons of 90 minutes, composed of real encodings: who is named and marked",
    ),
    "learning": (
        "benchmarks.lesson_learned",
        "what lessons teach: beside five photos, and where a wrong one is planted",
    ),
    "gallery": ("benchmarks.gallery", "30 faces among 100 000 students of 3 references, beside face_recognition"),
    "portal": ("benchmarks.portal.command", "the portal with ten million marks, 16 people and two cores"),
    "start": ("benchmarks.start", "a camera's process from its start to its first frame, beside face_recognition"),
}
"""Loaded when asked for: a camera's process, started by this one, loads this module too."""

BY_ITSELF = "portal"
"""No part of ``all``: it takes two cores, and 10 GB of the disk."""

FIGURES_OF = {"learning": "lesson"}
"""Whose figures are named otherwise than the benchmark."""

CLASSROOM = "render a classroom clip with its truth: students, strangers, and who is where in which frame"


def main() -> None:
    arguments = _parser().parse_args()
    keep_to_one_core("benchmarks")
    if arguments.name == "classroom":
        importlib.import_module("benchmarks.classroom.command").execute(arguments)
        return
    names = [name for name in BENCHMARKS if name != BY_ITSELF] if arguments.name == "all" else [arguments.name]
    needs_people = "learning" in names or ("lesson" in names and arguments.compared_clip is None)
    if needs_people or ({"camera", "room", "start"} & {*names} and arguments.clip is None):
        # Now, not after the minutes that the others take.
        portrait_folders(arguments.portraits, os.environ)
    figures: Figures = {}
    for name in names:
        print(f"measuring: {name}", file=sys.stderr)
        measured: Figures = importlib.import_module(BENCHMARKS[name][0]).run(arguments)
        figures |= {f"{FIGURES_OF.get(name, name)}.{key}": value for key, value in measured.items()}
    print(json.dumps({**figures, "reached": reached(figures)}) if arguments.json else table(figures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    shared.add_argument(
        "--portraits",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="a sub-folder for each person, or a picture for each; may be given again. Else ROLLCALL_MEDIA_DIR's faces",
    )
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, text in [*((name, text) for name, (_, text) in BENCHMARKS.items()), ("all", "all of these")]:
        command = names.add_parser(name, help=text, description=text, parents=[shared])
        command.add_argument("--runs", type=int, default=5, help="counted runs of each, whose median is taken (5)")
        _add_own_arguments(command, name)
    command = names.add_parser("classroom", help=CLASSROOM, description=CLASSROOM, parents=[shared])
    classroom_options.add_arguments(command)
    return parser


def _add_own_arguments(command: argparse.ArgumentParser, name: str) -> None:
    """What can be asked of this benchmark alone."""
    if name in ("encoder", "detector", "all"):
        text = "an interpreter that has a dlib built from source: measured too, as source_speedup"
        command.add_argument("--dlib", type=Path, metavar="PYTHON", help=text)
    if name in ("camera", "room", "start", "all"):
        camera_options.add_clip_argument(command)
    if name in ("room", "all"):
        room_options.add_arguments(command)
    if name in ("learning", "all"):
        command.add_argument("--draws", type=int, default=40, help="of students and strangers, of learning (40)")
        text = "leave the photos of learning in no order, instead of as if over time"
        command.add_argument("--in-no-order", action="store_true", help=text)
        command.add_argument("--learning-seed", type=int, default=1, metavar="SEED", help="of these draws (1)")
    if name in ("start", "all"):
        text = "an installed recognizer, or dist/recognizer/recognizer: measured too, as program_seconds"
        command.add_argument("--program", type=Path, metavar="FILE", help=text)
    if name == BY_ITSELF:
        portal_options.add_arguments(command)
    if name in ("camera", "all"):
        camera_options.add_arguments(command)
    if name in ("lesson", "all"):
        lesson_options.add_arguments(command)
    if name == "lesson":
        lesson_options.add_clip_argument(command)


def table(figures: Figures) -> str:
    """One line a figure, with what it is to reach and whether it does."""
    width = max(map(len, figures))
    met = reached(figures)
    lines = []
    for name, value in figures.items():
        verdict = f"   {wanted(name)}: {'reached' if met[name] else 'NOT REACHED'}" if name in met else ""
        lines.append(f"{name:<{width}}  {value:>12.6g}{verdict}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
