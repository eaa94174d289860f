"""Capacity: how many cameras such as those measured a machine carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

USABLE_SHARE = 0.85
"""Of the processors. Looks come in bursts, and the daemon and the system need some."""

RESERVED_MB = 300.0
"""Of the free memory, for the daemon, the models and the system."""


@dataclass(frozen=True, slots=True)
class CameraLoad:
    """What one camera's process took. cores: CPU-seconds a second. megabytes: all its own. faces: the most in sight."""

    name: str
    cores: float
    megabytes: float
    faces: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """cameras: how many such cameras the machine carries, by what is scarcest. faces: of all cameras on average."""

    cameras: int
    cores_per_camera: float
    megabytes_per_camera: float
    cores: int
    free_mb: float
    faces: float


def estimate_capacity(loads: Sequence[CameraLoad], cores: int, free_mb: float) -> Capacity:
    """For at least one measured camera, on a machine of so many cores. free_mb: with none of them running."""
    each_cores, each_mb = mean(load.cores for load in loads), mean(load.megabytes for load in loads)
    by_time = USABLE_SHARE * cores / max(each_cores, 1e-3)
    by_memory = max(0.0, free_mb - RESERVED_MB) / max(each_mb, 1.0)
    faces = mean(load.faces for load in loads)
    return Capacity(int(min(by_time, by_memory)), each_cores, each_mb, cores, free_mb, faces)
