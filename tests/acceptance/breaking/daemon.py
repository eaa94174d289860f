"""A daemon of a broken room, and what lies in its outbox."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fixtures.made_up_camera import Parent
from tests.fixtures.waiting import wait_for


@dataclass(frozen=True)
class Daemon(Parent):
    """A running ``recognizer run``, in a group of processes of its own."""

    state: Path

    def wait_for_another(self, child: int, cameras: int) -> None:
        """Until that child is gone, and every camera has one: another may have been starting when it was killed."""
        wait_for(lambda: len(set(self.children()) - {child}) == cameras, "another child")

    def minds_sigterm(self) -> bool:
        """Whether it has taken the signal upon itself, as the kernel tells."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught >> (signal.SIGTERM - 1) & 1)

    def kill(self) -> None:
        """End the parent as a crash does; its children notice, and end."""
        self.process.kill()
        self.process.wait()

    def cut_power(self) -> None:
        """End all processes at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds: float) -> None:
        """Ask it to end as systemd does, and see that it ends well and in time."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"It did not end within {seconds:.0f} s:\n{self.output()}") from None
        assert code == 0, self.output()
        assert "Traceback" not in self.output(), self.output()


def waiting_in(state: Path) -> list[tuple[str, dict[str, Any]]]:
    """Kind and content of what lies in the outbox of a state folder."""
    return _read(state, "SELECT kind, content FROM waiting ORDER BY id")


def set_aside_in(state: Path) -> list[tuple[str, dict[str, Any]]]:
    """The same of what the database refused."""
    return _read(state, "SELECT kind, content FROM set_aside ORDER BY id")


def _read(state: Path, statement: str) -> list[tuple[str, dict[str, Any]]]:
    path = state / "outbox.sqlite3"
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
        try:
            rows = connection.execute(statement).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return []
    return [(kind, json.loads(content)) for kind, content in rows]
