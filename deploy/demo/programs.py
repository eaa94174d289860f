"""Starts and stops the real programs of the demo, each with its words in a log file."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from deploy.demo.folder import REPOSITORY, DemoFolder

STOP_SECONDS = 10.0


class ProgramFailed(Exception):
    """A program of the demo ended as it should not; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program, apart from the terminal's Ctrl-C: the demo stops it itself."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raise ProgramFailed if it has ended."""
        if self.process.poll() is not None:
            raise ProgramFailed(f"The {self.name} ended. Its last words:\n{self.last_words()}")

    def last_words(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])

    def stop(self) -> None:
        """Ask it to stop, and end it if it does not within ten seconds."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(name: str, folder: DemoFolder, arguments: list[str], **extra: str) -> Program:
    """Start ``python ARGUMENTS`` from the repository; what it writes goes to ``NAME.log`` in the demo's folder."""
    log = folder.path / f"{name}.log"
    with log.open("wb") as output:
        return Program(name, _open(folder, arguments, output, extra), log)


def run(name: str, folder: DemoFolder, arguments: list[str]) -> str:
    """Run a program to its end; returns what it wrote to stdout, which is kept in no log. Raises ProgramFailed."""
    log = folder.path / f"{name}.log"
    with log.open("wb") as errors:
        program = Program(name, _open(folder, arguments, subprocess.PIPE, {}, errors), log)
    try:
        output, _ = program.process.communicate()
    except BaseException:
        program.stop()
        raise
    if program.process.returncode:
        words = program.last_words() or output.decode("utf-8", "replace")
        raise ProgramFailed(f"python {' '.join(arguments)} ended with {program.process.returncode}:\n{words}")
    return output.decode("utf-8")


def _open(
    folder: DemoFolder,
    arguments: list[str],
    output: IO[bytes] | int,
    extra: dict[str, str],
    errors: IO[bytes] | int = subprocess.STDOUT,
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env=folder.environment() | extra,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,
    )
