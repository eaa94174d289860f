"""What Rollcall's engine costs beside its peers, turn by turn, on one core; and the clip to measure it with."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from benchmarks import detector, encoder
from benchmarks.classroom import command as classroom
from benchmarks.measurement import Figures, keep_to_one_core

BENCHMARKS: dict[str, tuple[Callable[[argparse.Namespace], Figures], str]] = {
    "encoder": (encoder.run, "dlib's residual net, beside dlib and this core's sgemm"),
    "detector": (detector.run, "dlib's CNN detector at 1080p, smallest face 80 pixels, beside dlib's"),
}


def main() -> None:
    arguments = _parser().parse_args()
    keep_to_one_core("benchmarks")
    if arguments.name == "classroom":
        classroom.execute(arguments)
        return
    names = list(BENCHMARKS) if arguments.name == "all" else [arguments.name]
    figures = {f"{name}.{key}": value for name in names for key, value in BENCHMARKS[name][0](arguments).items()}
    print(json.dumps(figures) if arguments.json else table(figures))


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
    for name, (_, text) in [*BENCHMARKS.items(), ("all", (None, "all of these"))]:
        command = names.add_parser(name, help=text, description=text, parents=[shared])
        command.add_argument("--runs", type=int, default=5, help="counted runs of each, whose median is taken (5)")
    text = "render a classroom clip with its truth: students, strangers, and who is where in which frame"
    classroom.add_arguments(names.add_parser("classroom", help=text, description=text, parents=[shared]))
    return parser


def table(figures: Figures) -> str:
    """One line a figure."""
    width = max(map(len, figures))
    return "\n".join(f"{name:<{width}}  {value:>12.6g}" for name, value in figures.items())


if __name__ == "__main__":
    main()
