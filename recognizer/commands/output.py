"""How commands write for people: a console of rich, and lines beside the output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from recognizer.enrolment.photo_folder import printable

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


@contextmanager
def progress_bar(doing: str, total: int, noun: str) -> Iterator[Callable[[str], None]]:
    """A bar on stderr where that is a terminal; elsewhere nothing. To be called when done with each, with its label."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda label: None
        return
    columns = (
        TextColumn(doing),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TextColumn(noun),
        TimeRemainingColumn(),
        TextColumn("{task.fields[label]}", style="dim", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total, label="")
        yield lambda label: bar.update(task, advance=1, label=printable(label))
