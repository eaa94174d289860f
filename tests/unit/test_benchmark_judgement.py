"""A camera's benchmark: who is named rightly, wrongly and how soon, and where time is charged to."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.camera.account import Accountant
from benchmarks.camera.judgement import Naming, first_seen, judge
from benchmarks.camera.stages import stage_of
from benchmarks.classroom.truth import Appearance, Role, Truth
from benchmarks.reach import reached
from recognizer.domain.following.detection import Region
from recognizer.domain.following.geometry import Box

HERE, THERE, NOWHERE = Box(100, 200, 200, 100), Box(100, 600, 200, 500), Box(800, 900, 900, 800)


def seen(box: Box, frames: range, pixels: int = 100, is_away: bool = False, covered: float = 0.0) -> list[Appearance]:
    return [Appearance(frame, box, pixels, is_away, covered) for frame in frames]


def truth(*roles: Role) -> Truth:
    return Truth(Path("clip.mp4"), Path("photos"), Path("other-photos"), 1920, 1080, 25.0, 250, 1, roles)


ANN = Role("Ann", "S1", tuple(seen(HERE, range(50, 250))))
BOB = Role("Bob", "S2", tuple(seen(THERE, range(100, 250))))
STRANGER = Role("Zoe", None, tuple(seen(THERE, range(0, 50))))
CLASS = truth(ANN, BOB, STRANGER)


def test_a_student_is_marked_by_their_own_name_on_their_own_face() -> None:
    judgement = judge([Naming(75, HERE.moved(10, 5), "S1"), Naming(200, HERE, "S1")], CLASS)
    assert judgement.marked == {"S1"}
    assert judgement.marked_share == 0.5
    assert judgement.seconds_to_mark == {"S1": 1.0, "S2": 6.0}, "never named: to the end of the clip"


def test_a_name_on_a_strangers_face_is_a_stranger_named_even_while_the_student_is_there() -> None:
    judgement = judge([Naming(20, THERE, "S1")], CLASS)
    assert judgement.named_strangers == {"Zoe"}
    assert judgement.marked == frozenset()


def test_another_students_name_marks_nobody() -> None:
    judgement = judge([Naming(150, THERE, "S1")], CLASS)
    assert (judgement.misnamed, judgement.marked) == ({"S2"}, frozenset())


def test_a_name_where_nobody_is_counts_for_nothing() -> None:
    judgement = judge([Naming(150, NOWHERE, "S1")], CLASS)
    assert not judgement.marked | judgement.misnamed | judgement.named_strangers


def test_first_seen_is_the_first_large_uncovered_frame_that_looks_this_way() -> None:
    small = seen(HERE, range(0, 10), pixels=79)
    away = seen(HERE, range(10, 20), is_away=True)
    covered = seen(HERE, range(20, 30), covered=0.5)
    assert first_seen(Role("Ann", "S1", (*small, *away, *covered, *seen(HERE, range(30, 40))))) == 30
    assert first_seen(Role("Ann", "S1", tuple(small))) is None


def test_who_is_named_while_still_small_waited_for_nothing() -> None:
    growing = Role("Ann", "S1", (*seen(HERE, range(0, 50), pixels=60), *seen(HERE, range(50, 100))))
    assert judge([Naming(30, HERE, "S1")], truth(growing)).seconds_to_mark == {"S1": 0.0}


def test_the_median_and_the_slowest_are_told() -> None:
    roles = [Role(f"P{n}", f"S{n}", tuple(seen(HERE.moved(150 * n, 0), range(250)))) for n in range(5)]
    namings = [Naming(25 * n, HERE.moved(150 * n, 0), f"S{n}") for n in range(5)]
    judgement = judge(namings, truth(*roles))
    assert (judgement.seconds_percentile(50), judgement.seconds_percentile(100)) == (2.0, 4.0)


def test_what_is_to_be_reached_is_compared_on_the_right_side() -> None:
    met = reached({"camera.cpu": 0.18, "encoder.speedup": 13.9, "camera.peer_cpu": 9.0})
    assert met == {"camera.cpu": True, "encoder.speedup": False}


def test_a_share_of_marks_below_the_peers_is_not_enough() -> None:
    assert not reached({"camera.marked": 0.98, "camera.peer_marked": 1.0})["camera.marked"]
    assert reached({"camera.marked": 0.98, "camera.peer_marked": 0.9})["camera.marked"]


def stage_in(module: str, function: str, argument: str = "") -> str:
    """The stage while a function of that name in that module calls something else."""
    whole = Box(0, 1920, 1080, 0)
    namespace = {
        "__name__": module,
        "stage": lambda: stage_of(sys._getframe()),
        "image": np.zeros((1080, 1920, 3), np.uint8),
        "whole": Region(whole, 80),
        "small": Region(whole, 50, 80),
        "part": Region(HERE, 80),
    }
    exec(f"def {function}(image=None, regions=None): return stage()\nanswer = {function}({argument})", namespace)
    return str(namespace["answer"])


@pytest.mark.parametrize(
    ("module", "function", "argument", "stage"),
    [
        ("recognizer.vision.capture.camera", "read", "", "decode"),
        ("recognizer.vision.engines.cnn_detector", "detect", "image, None", "sweep"),
        ("recognizer.vision.engines.cnn_detector", "detect", "image, [whole]", "sweep"),
        ("recognizer.vision.engines.cnn_detector", "detect", "image, [part, small]", "sweep for small"),
        ("recognizer.vision.engines.cnn_detector", "detect", "image, [part]", "regions"),
        ("recognizer.vision.engines.encoder", "encode", "", "encode"),
        ("recognizer.camera.pipeline", "step", "", "pipeline"),
        ("recognizer.vision.capture.blindness", "reason", "", "blindness"),
        ("recognizer.camera.process", "_relay", "", "loop"),
        ("multiprocessing.connection", "send", "", "messages"),
        ("elsewhere", "anything", "", "other"),
    ],
)
def test_time_is_charged_to_the_innermost_part_at_work(module: str, function: str, argument: str, stage: str) -> None:
    assert stage_in(module, function, argument) == stage


def test_a_process_tells_its_own_time_and_memory() -> None:
    accountant = Accountant()
    accountant.begin()
    sum(range(300_000))
    accountant.frame_done()
    accountant.clip_done()
    account = accountant.close({})
    assert account.frames == 1
    assert account.cpu_seconds > 0
    assert 10 < account.rss_mb[0] <= account.peak_rss_mb
