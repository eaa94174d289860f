"""What can be asked of the composed lessons."""

from __future__ import annotations

import argparse
from pathlib import Path

LESSONS, SEED = 20, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For whatever composes lessons."""
    text = f"compose so many lessons for each number of references ({LESSONS})"
    parser.add_argument("--lessons", type=int, default=LESSONS, help=text)
    parser.add_argument("--lesson-seed", type=int, default=SEED, metavar="SEED", help=f"of the lessons ({SEED})")
    text = "the share of the students who do not come, whose names nobody else's face has (0)"
    parser.add_argument("--absent", type=float, default=0.0, metavar="SHARE", help=text)
    parser.set_defaults(compared_clip=None)


def add_clip_argument(parser: argparse.ArgumentParser) -> None:
    """For the benchmark alone: ``all`` means the camera's clip by that name."""
    text = "made by `python -m benchmarks classroom`: compare lessons composed of its people with it, instead"
    parser.add_argument("--clip", type=Path, metavar="FILE.mp4", dest="compared_clip", help=text)
