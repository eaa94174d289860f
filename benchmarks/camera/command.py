"""``python -m benchmarks camera``: CPU, memory, marks and their speed, ours and the peer's."""

from __future__ import annotations

import argparse
import statistics
import sys

from benchmarks.camera.judgement import Judgement, judge
from benchmarks.camera.material import clip_with_truth, enrolled
from benchmarks.camera.ours import CameraRun, Course, watch_clip
from benchmarks.camera.peer import watch_clip_as_the_peer
from benchmarks.classroom.truth import Truth
from benchmarks.measurement import Figures

MOST_RUNS = 3
"""Through a clip of a minute; of the peer's one."""

WARM_LOOPS = 2
"""Times through the clip after which memory is expected to grow no more."""


_WHO = {"": "ours", "peer_": "the peer", "other_photos_": "ours, with other photos enrolled"}


def run(arguments: argparse.Namespace) -> Figures:
    """Figures in the sense of README.md; those of the peer begin with ``peer_``."""
    truth = clip_with_truth(arguments)
    seconds = truth.frames / truth.frames_per_second
    others, unlike = truth.with_other_photos(), None
    if others.students:
        with enrolled(others) as config:
            unlike = watch_clip(config, truth.frames_per_second)
    with enrolled(truth) as config:
        first = watch_clip(config, truth.frames_per_second)
        peer = None if arguments.no_peer else watch_clip_as_the_peer(truth.clip, truth.photos)
        more = [watch_clip(config, truth.frames_per_second) for _ in range(1, min(arguments.runs, MOST_RUNS))]
        profiled = looped = None
        if arguments.profile:
            profiled = watch_clip(config, truth.frames_per_second, Course(is_profiled=True))
        if arguments.loops > 1:
            looped = watch_clip(config, truth.frames_per_second, Course(loops=arguments.loops))
    runs = [first, *more]
    figures: Figures = {
        "cpu": statistics.median(one.account.cpu_seconds for one in runs) / seconds,
        **_judged("", first, truth),
        "rss_mb": max(one.account.peak_rss_mb for one in [*runs, *([looped] if looped else [])]),
    }
    if looped:
        figures |= _growth(looped, seconds)
    if peer:
        figures["peer_cpu"] = peer.account.cpu_seconds / seconds
        figures["cpu_ratio"] = figures["cpu"] / figures["peer_cpu"]
        figures |= _judged("peer_", peer, truth)
        figures["peer_rss_mb"] = peer.account.peak_rss_mb
    if unlike:
        figures |= _judged("other_photos_", unlike, others)
    if profiled:
        figures |= {f"stage.{name}": spent / seconds for name, spent in _largest_first(profiled.account.stages)}
    return figures


def _judged(prefix: str, made: CameraRun, truth: Truth) -> Figures:
    judgement = judge(made.namings, truth)
    _tell(prefix, judgement, truth)
    return {
        f"{prefix}marked": judgement.marked_share,
        f"{prefix}named_strangers": len(judgement.named_strangers),
        f"{prefix}misnamed": len(judgement.misnamed),
        f"{prefix}seconds_to_mark": judgement.seconds_percentile(50),
        f"{prefix}seconds_to_mark_p95": judgement.seconds_percentile(95),
    }


def _tell(prefix: str, judgement: Judgement, truth: Truth) -> None:
    """Who was not marked, and who was named wrongly, on stderr."""
    lists = {
        "not marked": {role.number or "" for role in truth.students} - judgement.marked,
        "strangers named": judgement.named_strangers,
        "students given another's name": judgement.misnamed,
    }
    for what, names in lists.items():
        if names:
            print(f"{_WHO[prefix]}: {what}: {', '.join(sorted(names))}", file=sys.stderr)


def _growth(looped: CameraRun, seconds: float) -> Figures:
    memory = looped.account.rss_mb
    warm = memory[min(WARM_LOOPS, len(memory)) - 1]
    return {
        "hours": len(memory) * seconds / 3600,
        "rss_growth_mb": memory[-1] - warm,
        "looped_cpu": looped.account.cpu_seconds / (len(memory) * seconds),
    }


def _largest_first(stages: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(stages.items(), key=lambda stage: -stage[1])
