"""A recognizer as it is installed: its program is started as a service manager starts it, and says when it watches."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.room.command import NO_DATABASE
from benchmarks.room.lesson import keep_schedule
from benchmarks.room.machine import cpu_seconds, family_of
from recognizer.config.configuration import Config

WATCHES_WITHIN_SECONDS = 60.0

_CONFIGURATION = """\
room = "{config.room}"
database_url = "{database_url}"
state_dir = "{config.state_dir}"

[gallery]
path = "{config.gallery.path}"
key_file = "{config.gallery.key_file}"

[[cameras]]
name = "front"
source = "{clip}"
play = "loop"
"""


@dataclass(frozen=True, slots=True)
class Start:
    """From the start of a program to the first frame done with: by the clock, and what all its processes worked."""

    seconds: float
    cpu_seconds: float


def start_installed(program: Path, config: Config) -> Start:
    """Start the program on the first camera's clip, and end it after the first frame.

    It has a class session in its copy of the schedule, and no database. Raises SystemExit where it does not get so far.
    """
    keep_schedule(config, frozenset())
    with tempfile.TemporaryDirectory(prefix="rollcall-benchmark-") as folder:
        home = Path(folder)
        (home / "recognizer.toml").write_text(
            _CONFIGURATION.format(
                config=config,
                clip=Path(str(config.cameras[0].source)).resolve(),
                database_url=NO_DATABASE,
            ),
            "utf-8",
        )
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(str(home / "notify"))
            told.settimeout(WATCHES_WITHIN_SECONDS)
            started_at = time.monotonic()
            daemon = subprocess.Popen(
                [str(program.resolve()), "run"],
                cwd=home,
                env={"PATH": "/nonexistent", "NOTIFY_SOCKET": str(home / "notify")},
                stderr=subprocess.DEVNULL,
            )
            try:
                with suppress(TimeoutError):
                    while time.monotonic() < started_at + WATCHES_WITHIN_SECONDS:
                        if told.recv(1000).startswith(b"STATUS=front watching"):
                            return Start(time.monotonic() - started_at, cpu_seconds(family_of(daemon.pid)))
                raise SystemExit(f"{program} watches no camera within {WATCHES_WITHIN_SECONDS:.0f} s")
            finally:
                daemon.terminate()
                daemon.wait()
