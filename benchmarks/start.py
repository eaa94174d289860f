"""From the start of a camera's process, or of an installed program, to the first frame done with; beside the peer's."""

from __future__ import annotations

import argparse
import statistics

from benchmarks.camera.material import clip_with_truth, enrolled
from benchmarks.camera.ours import CameraRun, Course, watch_clip
from benchmarks.camera.peer import watch_clip_as_the_peer
from benchmarks.installed import Start, start_installed
from benchmarks.measurement import Figures

_FIRST_FRAME = Course(most_frames=1)


def run(arguments: argparse.Namespace) -> Figures:
    """seconds by the clock; cpu_seconds, which a busy machine does not lengthen; the peer's, which enrols nobody."""
    truth = clip_with_truth(arguments)
    ours: list[CameraRun] = []
    theirs: list[CameraRun] = []
    programs: list[Start] = []
    with enrolled(truth) as config:
        for _ in range(arguments.runs):
            ours.append(watch_clip(config, truth.frames_per_second, _FIRST_FRAME))
            theirs.append(watch_clip_as_the_peer(truth.clip, None, most_frames=1))
            if arguments.program is not None:
                programs.append(start_installed(arguments.program, config))
    return {
        "seconds": _median_seconds(ours),
        "peer_seconds": _median_seconds(theirs),
        "cpu_seconds": _median_cpu_seconds(ours),
        "peer_cpu_seconds": _median_cpu_seconds(theirs),
        **_medians_of_program(programs),
    }


def _medians_of_program(programs: list[Start]) -> Figures:
    if not programs:
        return {}
    return {
        "program_seconds": statistics.median(one.seconds for one in programs),
        "program_cpu_seconds": statistics.median(one.cpu_seconds for one in programs),
    }


def _median_seconds(runs: list[CameraRun]) -> float:
    return statistics.median(one.start_seconds for one in runs)


def _median_cpu_seconds(runs: list[CameraRun]) -> float:
    return statistics.median(one.account.start_cpu_seconds + one.account.cpu_seconds for one in runs)
