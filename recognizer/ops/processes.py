"""What Linux can do for a program of several processes: name them, adopt them, and tell what they take."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

_PR_SET_NAME, _PR_SET_CHILD_SUBREAPER = 15, 36
"""Of prctl(2)."""

_NAME_BYTES = 15


def name_process(name: str) -> None:
    """Let ``ps`` and ``top`` show this name for the calling process; they show 15 bytes at the most."""
    _prctl(_PR_SET_NAME, name.encode()[:_NAME_BYTES])


def adopt_orphans() -> None:
    """Become the parent of every process that descends from this one and whose own parent ends. Raises OSError."""
    if _prctl(_PR_SET_CHILD_SUBREAPER, 1) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _prctl(option: int, argument: int | bytes) -> int:
    none = ctypes.c_ulong(0)
    value = ctypes.c_char_p(argument) if isinstance(argument, bytes) else ctypes.c_ulong(argument)
    return int(ctypes.CDLL(None, use_errno=True).prctl(option, value, none, none, none))


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has taken so far; 0 where it is gone."""
    try:
        # Behind the program's name, which may have spaces; see proc(5).
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int, kind: str = "Pss") -> float:
    """Megabytes that a process holds by the kernel's count of that kind: "Pss" has what is shared by its share,
    "Private_Dirty" is all its own; 0 where it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(f"{kind}:"):
                return int(line.split()[1]) / 1024
    return 0.0
