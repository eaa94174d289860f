"""What can be asked of the benchmarks that need a classroom clip."""

from __future__ import annotations

import argparse
from pathlib import Path

KEPT_IN = Path("var/benchmarks")


def add_clip_argument(parser: argparse.ArgumentParser) -> None:
    """For whatever needs a classroom clip."""
    parser.add_argument(
        "--clip",
        type=Path,
        metavar="FILE.mp4",
        help=f"made by `python -m benchmarks classroom`; without it one is rendered, and kept in {KEPT_IN}",
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--loops", type=int, default=1, help="play the clip so often in one process; 60 of a minute are an hour (1)"
    )
    parser.add_argument("--no-peer", action="store_true", help="leave the peer out, which takes several minutes")
    parser.add_argument("--profile", action="store_true", help="also tell where the CPU time goes, by stage")
