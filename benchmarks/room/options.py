"""What can be asked of the room's benchmark."""

from __future__ import annotations

import argparse

CAMERAS, CORES = 8, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cameras", type=int, default=CAMERAS, help=f"how many cameras the room has ({CAMERAS})")
    parser.add_argument("--cores", type=int, default=CORES, help=f"how many cores they share ({CORES})")
