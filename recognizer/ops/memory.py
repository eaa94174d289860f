"""Memory: how much this process holds, and giving back what was needed only to start."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path


def resident_mb() -> float:
    """Megabytes of this process that are in memory now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def give_back_free_memory() -> None:
    """Ask the C library to return the memory that is free: it would keep tens of megabytes for later.

    Does nothing where the C library is not GNU's.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
