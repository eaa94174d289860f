"""man_pages.py FOLDER: a manual page for the recognizer and for each of its commands, made from their own help."""

from __future__ import annotations

import sys
from pathlib import Path

from roff import Pages, subparsers

from recognizer import __version__
from recognizer.cli import COMMANDS, build_parser

FILES = "/etc/rollcall/recognizer.toml, unless --config names another"


def write_pages(folder: Path) -> None:
    """recognizer.1.gz, recognizer-run.1.gz and so on."""
    parser = build_parser()
    pages = Pages(folder, 1, __version__, FILES)
    summary = "take class attendance from classroom cameras"
    pages.write("recognizer", summary, parser, [f"recognizer-{name}" for name in COMMANDS])
    for name, command in COMMANDS.items():
        pages.write(f"recognizer-{name}", command.SUMMARY, subparsers(parser)[name], ["recognizer"])


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
