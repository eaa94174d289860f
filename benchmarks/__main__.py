"""What Rollcall's engine costs beside its peers: in one process, turn by turn, on one core."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

from benchmarks import detector, encoder
from benchmarks.measurement import Figures, keep_to_one_core

BENCHMARKS: dict[str, Callable[[Path | None, int], Figures]] = {"encoder": encoder.run, "detector": detector.run}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "name", choices=[*BENCHMARKS, "all"], help="encoder: dlib's residual net; detector: dlib's CNN at 1080p"
    )
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each, whose median is taken (default 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument(
        "--media",
        type=Path,
        default=os.environ.get("ROLLCALL_MEDIA_DIR"),
        help="folder with portraits, at any depth; else ROLLCALL_MEDIA_DIR, else those inside the demo's packages",
    )
    arguments = parser.parse_args()
    keep_to_one_core("benchmarks")
    names = list(BENCHMARKS) if arguments.name == "all" else [arguments.name]
    figures = {
        f"{name}.{key}": value
        for name in names
        for key, value in BENCHMARKS[name](arguments.media, arguments.runs).items()
    }
    print(json.dumps(figures) if arguments.json else table(figures))


def table(figures: Figures) -> str:
    """One line a figure."""
    width = max(map(len, figures))
    return "\n".join(f"{name:<{width}}  {value:>12.6g}" for name, value in figures.items())


if __name__ == "__main__":
    main()
