"""The PyInstaller bundle on a machine without Python: it enrols, checks itself and marks a class."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.environment import ROOT, product_environment
from tests.fixtures.classroom import ROOM, Classroom

CONFIGURATION = """\
room = "{room}"
database_url = "{database_url}"
state_dir = "{folder}/state"

[gallery]
path = "{folder}/gallery.pkl"
key_file = "{folder}/gallery.key"

[[cameras]]
name = "front"
source = "{clip}"
play = "fast"
"""


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make bundle` makes."""
    folder = tmp_path_factory.mktemp("bundle")
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    built = subprocess.run(
        [*command, "--distpath", str(folder), "--workpath", str(folder / "build"), "deploy/recognizer.spec"],
        cwd=ROOT,
        env=product_environment(),
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "recognizer"


def run_without_python(bundle: Path, folder: Path, *arguments: str) -> str:
    """Run the bundle in an environment with nothing in it; returns all it said."""
    done = subprocess.run(
        [str(bundle / "recognizer"), *arguments],
        cwd=folder,
        env={"PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_bundle_enrols_checks_and_marks_the_class_without_python(
    bundle: Path,
    portraits: dict[str, Path],
    demo_clip: Path,
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    tmp_path: Path,
) -> None:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    for student, portrait in {"S1001": portraits["hopper"], "S1002": portraits["collins"]}.items():
        (tmp_path / "photos" / student).mkdir(parents=True)
        shutil.copy(portrait, tmp_path / "photos" / student)
    (tmp_path / "recognizer.toml").write_text(
        CONFIGURATION.format(room=ROOM, database_url=classroom.database_url, folder=tmp_path, clip=demo_clip)
    )

    assert "2 students" in run_without_python(bundle, tmp_path, "encode", "photos")
    assert "1920" in run_without_python(bundle, tmp_path, "check")
    run_without_python(bundle, tmp_path, "run")

    marks = classroom.marks()
    assert {number: (mark.status, mark.source) for number, mark in marks.items()} == {
        "S1001": ("present", "camera"),
        "S1002": ("present", "camera"),
    }


def test_the_bundle_evaluates_and_draws_its_report(bundle: Path, people: Path, tmp_path: Path) -> None:
    assert "4 people" in run_without_python(bundle, tmp_path, "evaluate", str(people), "--seeds", "1")
    assert (tmp_path / "report.html").read_text("utf-8").count("<svg") == 4


def test_the_bundle_holds_the_models_in_use_and_nobodys_face(bundle: Path) -> None:
    names = {path.name for path in bundle.rglob("*") if path.is_file()}

    assert {name for name in names if name.endswith(".dat")} == {
        "shape_predictor_5_face_landmarks.dat",
        "dlib_face_recognition_resnet_model_v1.dat",
        "mmod_human_face_detector.dat",
    }
    assert not {name for name in names if name.startswith("gallery.")} - {"gallery.pyc"}
    assert not {path.name for path in bundle.rglob("*")} & {"django", "portal", "skimage", "sample_data"}
