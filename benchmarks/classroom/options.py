"""What can be asked of the generator."""

from __future__ import annotations

import argparse
from pathlib import Path

USUAL_SIZE, USUAL_FPS, USUAL_SECONDS = (1920, 1080), 25.0, 60.0
STUDENTS, STRANGERS, SEED = 30, 10, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, default=Path("var/benchmarks/classroom.mp4"), metavar="FILE.mp4")
    parser.add_argument("--seconds", type=float, default=USUAL_SECONDS)
    parser.add_argument("--size", type=_size, default=USUAL_SIZE, metavar="WIDTHxHEIGHT")
    parser.add_argument("--fps", type=float, default=USUAL_FPS)
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--strangers", type=int, default=STRANGERS)
    parser.add_argument("--seed", type=int, default=SEED)


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    # Video comes in pairs of pixels; below, there is no room for one row of faces.
    if not (cross and width.isdigit() and height.isdigit()) or int(width) < 480 or int(height) < 320:
        raise argparse.ArgumentTypeError(f"{text} is no size: expected one such as 1920x1080, 480x320 at the least")
    return int(width) // 2 * 2, int(height) // 2 * 2
