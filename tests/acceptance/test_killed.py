"""kill -9 at random points between a sighting and its delivery: nothing that was taken is lost, and nothing is doubled.

ROLLCALL_KILLS says how often; the seed is printed, and ROLLCALL_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
import signal
import time

from tests.acceptance.breaking.daemon import Daemon
from tests.acceptance.breaking.oracle import assert_true
from tests.acceptance.breaking.room import BrokenRoom
from tests.environment import KILLS
from tests.fixtures.patience import IS_PROGRAM

TIMES = int(os.environ.get(KILLS) or 2)
"""Of the parent, and of a child, each."""

SIGHTING_SECONDS = 5.0 if IS_PROGRAM else 0.5
"""From the moment that a student comes into the picture until what follows is in the database, and some."""


def test_a_parent_or_the_whole_machine_ends_between_sighting_and_delivery(
    room: BrokenRoom, luck: random.Random
) -> None:
    for _ in range(TIMES):
        (student,) = room.newcomers(1)
        room.show(student)
        time.sleep(luck.uniform(0, SIGHTING_SECONDS))
        room.kill(luck.choice([Daemon.kill, Daemon.cut_power]))
        room.start_watching()
        room.wait_for_marks(student)
    assert_true(room)


def test_a_cameras_process_ends_between_sighting_and_delivery(room: BrokenRoom, luck: random.Random) -> None:
    for _ in range(TIMES):
        camera = luck.choice(room.cameras)
        (student,) = room.newcomers(1)
        room.show(student, camera=camera)
        time.sleep(luck.uniform(0, SIGHTING_SECONDS))
        victim = luck.choice(room.daemon.children())
        os.kill(victim, luck.choice([signal.SIGKILL, signal.SIGSEGV]))
        room.daemon.wait_for_another(victim, len(room.cameras))
        room.wait_for_marks(student)
    assert_true(room)
