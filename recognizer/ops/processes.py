"""What Linux can do for a program of several processes: name them, and let one adopt the others' children."""

from __future__ import annotations

import ctypes
import os

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
