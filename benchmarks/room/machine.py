"""A program and all the processes that it has started."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from recognizer.ops import processes


def family_of(pid: int) -> list[int]:
    """The process and all that descend from it."""
    family = [pid]
    for member in family:
        with suppress(OSError):
            family += map(int, Path(f"/proc/{member}/task/{member}/children").read_text().split())
    return family


def pss_mb(pids: list[int]) -> float:
    """Megabytes that the processes hold in all: each page by its share, so that what they share counts once."""
    return sum(map(processes.memory_mb, pids))


def cpu_seconds(pids: list[int]) -> float:
    """User and system time that the processes have taken so far."""
    return sum(map(processes.cpu_seconds, pids))
