"""Memory: how much this process holds, and giving back what was needed only to start."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

LARGE_BYTES = 8 * 2**20
"""More than a picture of 1080p, which comes anew with each look. A camera's process holds 45 MB less than without the
limit, in the same time; with a limit of 1 MB it takes a tenth longer: `python -m benchmarks room`, ``room.pss_mb``."""

_M_MMAP_THRESHOLD = -3
"""Of mallopt(3)."""


def resident_mb() -> float:
    """Megabytes of this process that are in memory now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def available_mb() -> float:
    """Megabytes that programs may still take without the system having to swap; 0 where it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("MemAvailable:")), 0.0)


def keep_no_large_blocks() -> None:
    """Have the C library get large blocks from the system and return them as soon as they are free.

    Left to itself it keeps blocks of up to 32 MB for later, in a heap with holes. Does nothing where it is not GNU's.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_MMAP_THRESHOLD, LARGE_BYTES)


def give_back_free_memory() -> None:
    """Ask the C library to return the memory that is free: it would keep tens of megabytes for later.

    Does nothing where the C library is not GNU's.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
