"""What the figures are to reach, on one core."""

from __future__ import annotations

from benchmarks.measurement import Figures

AT_LEAST: Figures = {
    "encoder.speedup": 14,
    "encoder.roofline": 0.9,
    "detector.speedup": 40,
    "detector.recall": 1,
    "camera.marked": 0.97,
    "room.marked": 0.97,
    "lesson.marked_1": 0.97,
    "lesson.marked_3": 0.995,
}
AT_MOST: Figures = {
    "encoder.max_difference": 1e-5,
    "camera.cpu_ratio": 0.1,
    "camera.cpu": 0.18,
    "camera.named_strangers": 0,
    "camera.seconds_to_mark": 2,
    "camera.seconds_to_mark_p95": 6,
    "camera.rss_mb": 350,
    "camera.rss_growth_mb": 10,
    "room.cpu_per_camera": 0.18,
    "room.pss_mb": 1200,
    "room.lag_seconds": 2,
    "lesson.strangers_named": 0.005,
    "lesson.learned_missed": 1.5,
    "lesson.poisoned_named": 0,
    "gallery.ms": 60,
    "gallery.memory_ratio": 1.1,
    "start.seconds": 2.5,
    "start.program_seconds": 4,
    "portal.max_queries": 12,
    "portal.p95_ms": 200,
    "portal.growth": 3,
    "portal.export_mb": 150,
    "portal.export_first_byte_seconds": 1,
}


def reached(figures: Figures) -> dict[str, bool]:
    """Whether each of the figures that has something to reach does."""
    met = {name: figures[name] >= least for name, least in AT_LEAST.items() if name in figures}
    met |= {name: figures[name] <= most for name, most in AT_MOST.items() if name in figures}
    if {"camera.marked", "camera.peer_marked"} <= figures.keys():
        met["camera.marked"] = met["camera.marked"] and figures["camera.marked"] >= figures["camera.peer_marked"]
    if {"room.marked", "room.alone_marked"} <= figures.keys():
        met["room.marked"] = figures["room.marked"] >= figures["room.alone_marked"]
    return met


def wanted(name: str) -> str:
    """What a figure is to reach, in words; empty where nothing is asked of it."""
    if name in AT_LEAST:
        return f"at least {AT_LEAST[name]:g}"
    return f"at most {AT_MOST[name]:g}" if name in AT_MOST else ""
