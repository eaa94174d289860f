from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.__main__ import BENCHMARKS
from benchmarks.camera.stages import DETECTORS, STAGES
from benchmarks.detector import recall
from benchmarks.portraits import crowd, portraits
from recognizer.domain.following.geometry import Box
from tests.environment import ROOT, product_environment
from tests.fixtures.patience import only_long


@only_long
def test_the_encoder_is_measured_beside_dlibs_and_gives_its_answers() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "encoder", "--runs", "1", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    figures = json.loads(done.stdout)
    assert {"encoder.speedup", "encoder.roofline", "encoder.max_difference"} <= figures.keys()
    assert figures["encoder.max_difference"] <= 1e-5


def test_its_help_lists_every_benchmark_and_the_generator() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    names = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("    ") and line.split()}
    assert {*BENCHMARKS, "all", "classroom"} <= names


def test_all_without_portraits_is_refused_before_anything_is_measured() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "all", "--json"],
        cwd=ROOT,
        env=product_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "give a folder with --portraits" in done.stderr
    assert "measuring" not in done.stderr


def test_faces_found_count_for_recall_in_their_own_picture_only() -> None:
    face, other = Box(0, 100, 100, 0), Box(0, 400, 100, 300)
    assert recall([[face], []], [[face], [face]], 0.5) == 0.5
    assert recall([[other.moved(20, 0)]], [[face, other]], 0.5) == 0.5


def test_the_crowd_is_the_same_for_the_same_seed_and_full_of_portraits() -> None:
    images = portraits([])
    one, same, other = (crowd(images, 540, 960, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert np.std(one) > 2 * np.std(np.random.default_rng(0).integers(90, 130, 1000))


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "encoder", "--portraits", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "no portrait to measure with" in done.stderr


@only_long
def test_a_made_up_gallery_is_searched_in_little_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "gallery", "--runs", "1", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    figures = json.loads(done.stdout)
    assert figures["gallery.found"] == 1
    assert figures["gallery.strangers_named"] == 0
    assert figures["gallery.memory_ratio"] <= 1.1


def test_every_module_of_a_cameras_way_has_its_stage_and_every_stage_its_module() -> None:
    """Else its time would be charged to "other", or to whoever called it."""
    modules = {"camera.process", "camera.watcher", "camera.gallery_refresh", "camera.pipeline"}
    modules |= {f"vision.capture.{name}" for name in ("blindness", "camera", "drain", "motion")}
    modules |= {f"domain.following.{name}" for name in ("attention", "changes", "revisits", "sweeps", "tracking")}
    assert modules <= STAGES.keys()
    for name in (*STAGES, *DETECTORS):
        is_ours = not name.startswith(("benchmarks.", "multiprocessing."))
        assert find_spec(f"recognizer.{name}" if is_ours else name), name
