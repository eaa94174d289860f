"""The file of dlib's HOG detector: it is dlib's, and a damaged one is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dlib
import pytest

from recognizer.errors import WeightsError
from recognizer.vision.engines import hog_detector
from recognizer.vision.engines.hog_detector import HogDetector
from recognizer.vision.faces.photos import read_photo
from recognizer.vision.nets import frontal_face


@pytest.fixture
def damaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file in use, which the test may damage."""
    path = tmp_path / "frontal_face.svm"
    path.write_bytes(frontal_face.PATH.read_bytes())
    monkeypatch.setattr(frontal_face, "PATH", path)
    monkeypatch.setattr(hog_detector, "_detector_of", lambda _: frontal_face.load_frontal_face_detector())
    return path


def test_the_file_holds_dlibs_own_detector_and_gives_its_answers(tmp_path: Path, portraits: dict[str, Path]) -> None:
    dlibs = dlib.get_frontal_face_detector()
    dlibs.save(str(tmp_path / "made.svm"))
    assert (tmp_path / "made.svm").read_bytes() == frontal_face.PATH.read_bytes()
    # In profile, the photographer is found by other parts of the detector than the others.
    for portrait in portraits.values():
        photo = read_photo(portrait)
        ours, theirs = (
            [list(answer) for answer in detector.run(photo, 0, -0.5)]
            for detector in (frontal_face.load_frontal_face_detector(), dlibs)
        )
        assert ours == theirs
        assert ours[0]


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content + b"x", lambda content: b""])
def test_a_damaged_file_is_named_and_not_used(damaged: Path, damage: Callable[[bytes], bytes]) -> None:
    damaged.write_bytes(damage(damaged.read_bytes()))
    with pytest.raises(WeightsError, match=r"frontal_face\.svm is damaged, or another one: install Rollcall again"):
        HogDetector(80)


def test_a_missing_file_is_named(damaged: Path) -> None:
    damaged.unlink()
    with pytest.raises(WeightsError, match=r"frontal_face\.svm is missing: install Rollcall again"):
        HogDetector(80)
