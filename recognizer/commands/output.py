"""How commands write for people: a console of rich, and lines beside the output."""

from __future__ import annotations

import sys

from rich.console import Console

WIDTH_ELSEWHERE = 120
"""Columns where the output is no terminal, such as a log."""


class OutputConsole(Console):
    """A console that leaves a pipe closed by its reader to the command line, as everything else that writes does."""

    def on_broken_pipe(self) -> None:
        """Called within the handling of BrokenPipeError; rich itself would end the program here."""
        raise


def make_console(*, stderr: bool = False) -> Console:
    """A console on stdout, or on stderr, that colours no numbers."""
    console = OutputConsole(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = WIDTH_ELSEWHERE
    return console


def print_beside(line: str) -> None:
    """Print a line on stderr, where it is in no program's way that reads the output."""
    sys.stderr.write(line + "\n")
