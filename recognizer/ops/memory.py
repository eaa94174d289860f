"""Memory: what was needed only to start goes back to the system."""

from __future__ import annotations

import ctypes


def give_back_free_memory() -> None:
    """Ask the C library to return the memory that is free: it would keep tens of megabytes for later.

    Does nothing where the C library is not GNU's.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
