"""What a process used, told by itself."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """Of one process that went through a clip.

    cpu_seconds: user and system time of all its threads from the first frame asked for to the last; start_cpu_seconds:
    before that. frames: those given to the pipeline. rss_mb: memory at the end of each time through the clip;
    peak_rss_mb: the most it ever had. first_frame_at: when the first frame was done with, in the machine's monotonic
    seconds.
    """

    cpu_seconds: float
    start_cpu_seconds: float
    rss_mb: tuple[float, ...]
    peak_rss_mb: float
    frames: int
    first_frame_at: float
    stages: dict[str, float]


class Accountant:
    """Keeps one's own account; made when the process starts."""

    def __init__(self) -> None:
        self._begun: float | None = None
        self._first_frame_at = 0.0
        self._rss: list[float] = []
        self._frames = 0

    def begin(self) -> None:
        """The first frame is asked for."""
        if self._begun is None:
            self._begun = time.process_time()

    def frame_done(self) -> None:
        self._frames += 1
        if self._frames == 1:
            self._first_frame_at = time.monotonic()

    def clip_done(self) -> None:
        self._rss.append(_memory_mb("VmRSS"))

    def close(self, stages: dict[str, float]) -> Account:
        begun = self._begun or 0.0
        return Account(
            time.process_time() - begun,
            begun,
            tuple(self._rss),
            # Linux counts lazily: the peak may lag behind.
            max([_memory_mb("VmHWM"), *self._rss]),
            self._frames,
            self._first_frame_at,
            stages,
        )


def _memory_mb(kind: str) -> float:
    """Linux's own count. getrusage's peak would hold that of the parent, whose copy a process begins as."""
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == kind:
            return int(value.split()[0]) / 1024
    raise OSError(f"/proc/self/status has no {kind}")
