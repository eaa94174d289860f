"""Measuring so that a busy machine does as little harm as can be: one core, turn by turn, medians, ratios."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence

Figures = dict[str, float]

_BLAS_THREADS = "OPENBLAS_NUM_THREADS"


def keep_to_one_core(module: str) -> None:
    """Keep this process, and every library's threads in it, to the last of its cores.

    numpy's BLAS makes its threads when it is loaded, and they wait busily: the module is therefore started anew, once,
    with an environment that allows a single one.
    """
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if os.environ.get(_BLAS_THREADS) != "1":
        os.environ[_BLAS_THREADS] = "1"
        os.execv(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]])
    import cv2  # A camera's process, started by this one, must not have it before it asks for it.

    cv2.setNumThreads(1)


SHORTEST_TURN_SECONDS = 0.5
"""What takes less is done again and again in its turn: the speed of a core is another in each tenth of a second."""


def medians(works: Sequence[Callable[[], object]], runs: int) -> list[float]:
    """CPU seconds of each piece of work: the median of that many runs, one of each in turn, after one that warms up."""
    for work in works:
        work()
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for taken, work in zip(seconds, works, strict=True):
            taken.append(_seconds_of(work))
    return [statistics.median(taken) for taken in seconds]


def _seconds_of(work: Callable[[], object]) -> float:
    """CPU seconds of it once, the mean of as many times as fill a turn."""
    start, times = time.process_time(), 0
    while not times or time.process_time() - start < SHORTEST_TURN_SECONDS:
        work()
        times += 1
    return (time.process_time() - start) / times
