"""``python -m benchmarks room``: many cameras with full rooms on few cores, over RTSP, by the real daemon."""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.camera.judgement import judge
from benchmarks.camera.material import clip_with_truth, enrolled
from benchmarks.camera.ours import watch_clip
from benchmarks.measurement import Figures
from benchmarks.room.lesson import Lesson, Watched, keep_schedule, watch_lesson
from benchmarks.room.machine import cpu_seconds, family_of, pss_mb
from recognizer.config.configuration import CameraConfig, Config

MEASURED_EVERY_SECONDS = 2.0
WATCHED_WITHIN_SECONDS = 120.0

NO_DATABASE = "mysql+pymysql://nobody@127.0.0.1:1/none"
"""Nobody listens there: a database is no part of the machine that is measured."""


def run(arguments: argparse.Namespace) -> Figures:
    """Figures in the sense of README.md."""
    truth = clip_with_truth(arguments)
    roster = frozenset(role.number or "" for role in truth.students)
    with enrolled(truth) as config:
        alone = judge(watch_clip(config, truth.frames_per_second).namings, truth)
        cores = _keep_to_cores(arguments.cores)
        with _served(truth.clip) as (address, server_pid):
            cameras = tuple(CameraConfig(f"camera {n + 1}", address) for n in range(arguments.cameras))
            room = replace(config, cameras=cameras, database_url=NO_DATABASE)
            keep_schedule(room, roster)
            figures, lesson = _measure(room, truth.frames / truth.frames_per_second, server_pid)
    shares = [len(numbers & roster) / len(roster) for numbers in lesson.seen.values()]
    for name, numbers in lesson.seen.items():
        if missing := roster - numbers:
            print(f"{name}: not marked: {', '.join(sorted(missing))}", file=sys.stderr)
    return {
        "cameras": arguments.cameras,
        "cores": cores,
        "marked": statistics.mean(shares),
        "least_marked": min(shares),
        "alone_marked": alone.marked_share,
        **figures,
        "lag_seconds": lesson.lag_seconds,
        "looks_per_second": lesson.looks_per_second,
        "failures": lesson.failures,
    }


def _measure(config: Config, seconds: float, server_pid: int) -> tuple[Figures, Lesson]:
    context = multiprocessing.get_context("spawn")
    connection, theirs = context.Pipe()
    daemon = context.Process(target=watch_lesson, args=(theirs, config, seconds))
    daemon.start()
    theirs.close()
    try:
        if not connection.poll(WATCHED_WITHIN_SECONDS) or connection.recv() != Watched():
            raise SystemExit("not every camera is watched; see the log above")
        family = family_of(daemon.pid or 0)
        begun_at, before, server_before = time.monotonic(), cpu_seconds(family), cpu_seconds([server_pid])
        most_mb = 0.0
        while not connection.poll(MEASURED_EVERY_SECONDS):
            most_mb = max(most_mb, pss_mb(family_of(daemon.pid or 0)))
        took = time.monotonic() - begun_at
        cpu, server_cpu = cpu_seconds(family) - before, cpu_seconds([server_pid]) - server_before
        lesson: Lesson = connection.recv()
        connection.send("end")
        daemon.join(10)
    except EOFError:
        raise SystemExit("the daemon's process ended; see the log above") from None
    finally:
        daemon.kill()
        daemon.join()
    figures = {"cpu_per_camera": cpu / took / len(config.cameras), "pss_mb": most_mb, "server_cpu": server_cpu / took}
    return figures, lesson


def _keep_to_cores(count: int) -> int:
    """Keep this process, and what it starts, to so many cores; how many there are."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    cores = sorted(os.sched_getaffinity(0))[-count:]
    os.sched_setaffinity(0, cores)
    return len(cores)


@contextmanager
def _served(clip: Path) -> Iterator[tuple[str, int]]:
    """The address of a camera that plays the clip to each viewer from its beginning, and the server's process."""
    # The tests put every other ROLLCALL_* of the environment aside.
    importlib.import_module("tests.environment")
    rtsp: Any = importlib.import_module("tests.fixtures.rtsp")
    camera = rtsp.RtspCamera(clip)
    camera.plug_in()
    try:
        yield str(camera), camera.server.pid
    finally:
        camera.unplug()
