"""``recognizer evaluate`` as an admin types it: the real program, engine and files."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from recognizer.config.configuration import GalleryConfig
from recognizer.domain.naming.impostors import measure_impostors
from recognizer.storage.files.gallery_file import SignedGalleryFile
from tests.environment import ROOT, product_environment
from tests.fixtures.patience import only_long
from tests.fixtures.people import film

GALLERY, KEY_FILE = "encodings/gallery.pkl", "encodings/gallery.key"

Evaluate = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    """Runs it in a folder of its own."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = product_environment() | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "recognizer", "evaluate", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280)

    return run


def test_photos_are_measured_and_reported(evaluate: Evaluate, people: Path, tmp_path: Path) -> None:
    (people / "collins" / "torn.jpg").write_bytes(b"no photo")
    film(people / "hopper" / "1.0.png", people / "hopper" / "walk.mp4", frames=5)
    done = evaluate("people", "--seeds", "3", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["people"], found["faces"], found["seeds"]) == (4, 12 + 5, 3)
    assert found["detection_misses"]["images"] == 12 + 5
    assert found["detection_misses"]["value"] == 0
    assert found["unreadable"] == ["collins/torn.jpg: not a photo that can be read here: save it as JPEG or PNG"]
    # Only of the clip there is a track so long; whoever is in it is sometimes a stranger and sometimes a student.
    cells = {(cell["photos"], cell["frames"]): cell for cell in found["identification"]}
    assert {(1, 1), (2, 1)} <= set(cells)
    for cell in found["identification"]:
        assert cell["searches"]["strangers"] > 0
        assert cell["strangers_named"]["value"] is not None
        # Twelve photos cannot tell what happens to one stranger in a thousand.
        assert cell["fnir_at_fpir"]["0.001"]["value"] is None
        assert "add people" in cell["fnir_at_fpir"]["0.001"]["caveat"]
    report = tmp_path / "report.html"
    assert found["report"] == "report.html"
    assert report.stat().st_mode & 0o777 == 0o600
    assert report.read_text("utf-8").count("<svg") == 4
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["people", "report.html"]


@only_long
def test_a_terminal_shows_a_bar_and_ctrl_c_ends_it_with_nothing_written(people: Path, tmp_path: Path) -> None:
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-m", "recognizer", "evaluate", "people"]
    environment = product_environment() | {"PYTHONPATH": str(ROOT), "TERM": "xterm"}
    program = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=theirs)
    try:
        os.close(theirs)
        shown = b""
        while b"Reading" not in shown:
            shown += os.read(terminal, 4096)
        program.send_signal(signal.SIGINT)
        with suppress(OSError):  # How a terminal says that nobody writes any more.
            while os.read(terminal, 4096):
                pass
        assert program.wait(60) == 130
        assert program.communicate()[0] == b""
    finally:
        program.kill()
        program.wait()
        if program.stdout:
            program.stdout.close()
        os.close(terminal)
    assert [entry.name for entry in tmp_path.iterdir()] == ["people"]


@only_long
def test_an_admin_is_told_the_figures_and_that_the_report_shows_faces(evaluate: Evaluate, people: Path) -> None:
    done = evaluate("people", "--seeds", "2", "--output", "people/seen.html")
    assert done.returncode == 0, done.stderr
    assert "Strangers named" in done.stdout
    assert (
        "people/seen.html shows faces: only you may read it; delete it once read. No face is kept elsewhere."
        in done.stdout
    )
    assert (people / "seen.html").exists()


@only_long
def test_three_people_are_too_few_and_nothing_is_written(evaluate: Evaluate, people: Path, tmp_path: Path) -> None:
    for photo in (people / "narrow").iterdir():
        # Readable, and without a face.
        Image.new("RGB", (300, 300), "grey").save(photo)
    done = evaluate("people")
    assert done.returncode == 65
    assert "3 of the 4 people needed" in done.stderr
    assert "add 1 more person, or photos of narrow" in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "report.html").exists()


def test_another_file_is_not_written_over_and_that_is_said_before_any_work(evaluate: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "thesis.html").write_text("mine")
    done = evaluate("people", "--output", "thesis.html")
    assert done.returncode == 65
    assert "thesis.html is there and is no report" in done.stderr
    assert (tmp_path / "thesis.html").read_text() == "mine"


@only_long
def test_too_few_people_for_a_calibration_are_told_and_nothing_is_kept(
    evaluate: Evaluate, people: Path, tmp_path: Path
) -> None:
    done = evaluate("people", "--calibrate")
    assert done.returncode == 65
    assert "0 of the 10 people needed for --calibrate" in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["people"]


@only_long
def test_press_photos_of_a_dozen_people(evaluate: Evaluate, media: Path, tmp_path: Path) -> None:
    done = evaluate(str(media / "faces"), "--seeds", "10", "--json", "--calibrate")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["people"] >= 10
    assert found["detection_misses"]["value"] <= 0.05
    cells = {(cell["photos"], cell["frames"]): cell for cell in found["identification"]}
    one, usual = cells[1, 1], cells[3, 5]
    # More photos and frames are what helps.
    assert usual["fnir_at_fpir"]["0.01"]["value"] <= one["fnir_at_fpir"]["0.01"]["value"]
    assert usual["strangers_named"]["value"] <= 0.01
    assert usual["students_missed"]["value"] <= 0.1
    assert found["verification"]["tar_at_far"]["0.01"]["value"] >= 0.95
    gallery = SignedGalleryFile(GalleryConfig(tmp_path / GALLERY, key_file=tmp_path / KEY_FILE)).load()
    assert gallery.calibration is not None
    assert found["calibration"]["people"] == gallery.calibration.law.people >= 10
    assert found["calibration"]["measured"]["strangers_named"]["value"] <= 0.01
    # What is kept is what the tolerances start from.
    assert measure_impostors(gallery).mean == pytest.approx(gallery.calibration.law.mean)
