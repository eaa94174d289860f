"""``recognizer evaluate`` from end to end, with made-up encodings in the place of faces."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from recognizer.cli import main
from recognizer.commands import evaluate
from recognizer.config.configuration import GalleryConfig
from recognizer.domain.following.detection import Detection, Encodings, Image
from recognizer.domain.following.geometry import Box
from recognizer.domain.naming.gallery import Gallery
from recognizer.enrolment.face_search import UnfitPhoto
from recognizer.errors import PhotoError
from recognizer.evaluation.faces import FaceReader
from recognizer.storage.files.gallery_file import SignedGalleryFile

PEOPLE, PHOTOS = 12, 7


class FakeFaces:
    """Photos that are told apart by two of their pixels' values, the person and the photo."""

    def __init__(self) -> None:
        random = np.random.default_rng(4)
        centres = random.normal(0, 0.06, (PEOPLE, 1, 128))
        self.encodings = (centres + random.normal(0, 0.015, (PEOPLE, PHOTOS, 128))).astype(np.float32)
        self.read: list[Path] = []

    def read_photo(self, path: Path) -> Image:
        self.read.append(path)
        return np.full((40, 40, 3), (int(path.parent.name), int(path.stem), 0), np.uint8)

    def detect(self, image: Image, regions: object = None) -> list[Detection]:
        return [Detection(Box(5, 35, 35, 5), 1.0)]

    def encode(self, image: Image, detections: object) -> Encodings:
        person, photo, _ = image[0, 0]
        return self.encodings[[person], [photo]]


@pytest.fixture
def faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeFaces:
    for person in range(PEOPLE):
        (tmp_path / "people" / f"{person:02}").mkdir(parents=True)
        for photo in range(PHOTOS):
            (tmp_path / "people" / f"{person:02}" / f"{photo}.jpg").touch()
    fake = FakeFaces()
    reader = FaceReader(
        fake.read_photo, lambda path, most: [], lambda image, factor: image, lambda image: b"\xff\xd8", fake, fake, 0.0
    )
    monkeypatch.setattr(evaluate, "build_face_reader", lambda config: reader)
    monkeypatch.chdir(tmp_path)
    return fake


def store() -> SignedGalleryFile:
    return SignedGalleryFile(GalleryConfig())


def test_a_calibration_is_kept_and_the_students_stay(faces: FakeFaces, capsys: pytest.CaptureFixture[str]) -> None:
    enrolled = Gallery(faces.encodings[:2].reshape(-1, 128)[::3].copy(), ("S1",) * 3 + ("S2",) * 2, tuple("abcde"))
    store().save(enrolled)
    assert main(["evaluate", "people", "--seeds", "3", "--calibrate"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "Calibrated encodings/gallery.pkl: on these people, with tolerance" in told.out
    assert "FNIR at FPIR 0.1 %: " in told.out and "searches needed: add people." in told.out
    kept = store().load()
    assert kept.numbers == enrolled.numbers
    assert kept.calibration is not None
    assert kept.calibration.law.people == PEOPLE
    assert main(["gallery"]) == 0
    day = kept.calibration.calibrated_at[:10]
    assert capsys.readouterr().out.endswith(f"\nCalibrated on {PEOPLE} people on {day}\n")


def write_groups(folder: Path, *, odd: str = "m") -> None:
    rows = [f"{person:02},{'f' if person % 2 else odd}" for person in range(PEOPLE)]
    (folder / "groups.csv").write_text("\n".join(["folder,sex", *rows]) + "\n")


def test_groups_are_compared_in_words_on_the_page_and_as_json(
    faces: FakeFaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class FakeEnrolment:
        """Refuses all photos of every second person but their first, and cannot read one of another's."""

        def encode(self, photo: Path) -> object:
            if photo.parent.name == "00" and photo.stem == "3":
                raise PhotoError("damaged")
            if int(photo.parent.name) % 2 and photo.stem != "0":
                raise UnfitPhoto("too dark")
            return None

    monkeypatch.setattr(evaluate, "build_enrolment", lambda config: FakeEnrolment())
    write_groups(tmp_path)
    assert main(["evaluate", "people", "--seeds", "1", "--groups", "groups.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["groups"]
    (sex,) = found["groupings"]
    women, men = sex["groups"]
    assert (women["group"], women["people"], men["people"]) == ("f", PEOPLE // 2, PEOPLE // 2)
    assert set(found["kinds"]) >= {"fnir_1", "fnir_3", "fpir", "no_face_found", "photos_refused"}
    refused = women["rates"]["photos_refused"]
    assert refused["value"] == pytest.approx((PHOTOS - 1) / PHOTOS)
    assert refused["is_more_than_chance"] and refused["p_corrected"] < 0.05
    assert men["rates"]["photos_refused"]["value"] == 0.0
    assert women["photos_refused_because"] == {"too dark": (PHOTOS - 1) * PEOPLE // 2}
    page = (tmp_path / "report.html").read_text()
    assert "Groups of people" in page and "NISTIR 8280" in page and "demographic differential is more than" in page
    assert main(["evaluate", "people", "--seeds", "1", "--groups", "groups.csv"]) == 0
    told = capsys.readouterr().out
    assert "Photos refused by encode: 85.7% of sex f" in told and "0.0% of m. This demographic differential" in told


def test_a_list_of_groups_that_is_not_right_is_told_before_any_work(
    faces: FakeFaces, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_groups(tmp_path, odd="")
    assert main(["evaluate", "people", "--groups", "groups.csv"]) == 65
    assert "gives no sex" in capsys.readouterr().err
    assert main(["evaluate", "people", "--groups", "away.csv"]) == 65
    assert "the list of groups away.csv cannot be read" in capsys.readouterr().err
    assert faces.read == []


def test_nothing_is_kept_unless_asked_for(faces: FakeFaces, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "people", "--seeds", "2", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["calibration"] is None
    assert told.err == ""
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["people", "report.html"]


def test_a_calibration_that_is_not_gone_by_is_warned_of(
    faces: FakeFaces, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store().save(Gallery(faces.encodings[:1].reshape(-1, 128), ("S1",) * PHOTOS, tuple("abcdefg")))
    monkeypatch.setenv("ROLLCALL_RECOGNITION_TOLERANCE", "0.45")
    assert main(["evaluate", "people", "--seeds", "2", "--calibrate"]) == 0
    told = capsys.readouterr().err
    assert 'recognition.tolerance is 0.45; only "auto" goes by the calibration' in told
    assert main(["gallery", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["calibration"]["people"] == PEOPLE


def test_a_gallery_that_cannot_be_used_is_told_before_any_work(
    faces: FakeFaces, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store().save(Gallery.empty())
    (tmp_path / "encodings" / "gallery.pkl").write_bytes(b"damaged")
    assert main(["evaluate", "people", "--calibrate"]) == 65
    assert "is not a gallery of Rollcall" in capsys.readouterr().err
    assert faces.read == []
    assert not (tmp_path / "report.html").exists()
