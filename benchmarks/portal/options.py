"""What can be asked of the portal's benchmark."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    size = "of the large university"
    parser.add_argument("--students", type=int, default=20_000, help=f"students {size} (20000)")
    parser.add_argument("--courses", type=int, default=800, help=f"courses {size} (800)")
    parser.add_argument("--weeks", type=int, default=30, help=f"weeks {size} (30)")
    parser.add_argument("--people", type=int, default=16, help="who open a page every two seconds (16)")
    parser.add_argument("--seconds", type=int, default=60, help="for how long they do, in each university (60)")
    text = "keep the database server's folder here, and use what an earlier run has kept; else a temporary folder"
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help=text)
