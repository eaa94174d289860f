from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recognizer.errors import WeightsError
from recognizer.vision.nets.dlib_format import read_net
from recognizer.vision.nets.weights import load_net, weights_path


def test_the_weights_are_found_without_importing_their_package() -> None:
    # In a process of its own: in this one another test may have imported it.
    program = (
        "import sys; from recognizer.vision.nets.weights import weights_path; "
        'assert weights_path("shape_predictor_5_face_landmarks.dat").stat().st_size > 1_000_000; '
        'assert "face_recognition_models" not in sys.modules'
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_bundle_carries_its_own_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    carried = tmp_path / "face_recognition_models/models/mmod_human_face_detector.dat"
    carried.parent.mkdir(parents=True)
    shutil.copyfile(weights_path("mmod_human_face_detector.dat"), carried)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert weights_path("mmod_human_face_detector.dat") == carried


def test_a_missing_or_empty_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    with pytest.raises(WeightsError, match=r"mmod_human_face_detector\.dat is missing"):
        weights_path("mmod_human_face_detector.dat")
    (tmp_path / "face_recognition_models/models").mkdir(parents=True)
    (tmp_path / "face_recognition_models/models/mmod_human_face_detector.dat").touch()
    with pytest.raises(WeightsError, match="install"):
        weights_path("mmod_human_face_detector.dat")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(WeightsError, match=r"requirements/recognizer\.txt"):
        weights_path("shape_predictor_5_face_landmarks.dat")


def test_damaged_weights_are_named_and_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    damaged = tmp_path / "face_recognition_models/models/mmod_human_face_detector.dat"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(weights_path("mmod_human_face_detector.dat").read_bytes()[:-1])
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    with pytest.raises(WeightsError, match=r"mmod_human_face_detector\.dat is damaged, or another one: install"):
        load_net("mmod_human_face_detector.dat")


def test_bytes_that_are_no_net_are_refused() -> None:
    with pytest.raises(ValueError, match="no convolution"):
        read_net(b"not a net")
