"""Which photos become references, and what an admin is told; with the real detector, gate and encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from benchmarks.covering import COVERS
from recognizer.bootstrap.enrolment import build_enrolment
from recognizer.config.configuration import Config
from recognizer.domain.following.detection import Detection, Quality
from recognizer.domain.following.detection import Image as Picture
from recognizer.domain.naming.gallery import Gallery
from recognizer.enrolment.enrolment import Enrolment
from recognizer.enrolment.face_search import UnfitPhoto
from recognizer.enrolment.photo_folder import StudentPhotos, read_photo_folder
from recognizer.enrolment.results import EnrolmentResult
from recognizer.vision.engines.hog_detector import HogDetector
from recognizer.vision.faces.alignment import Alignment
from tests.fixtures.patience import few, only_long


@pytest.fixture(scope="module")
def enrolment() -> Enrolment:
    return build_enrolment(Config())


@pytest.fixture(scope="module")
def hopper(portraits: dict[str, Path]) -> Image.Image:
    return Image.open(portraits["hopper"]).convert("RGB")


@pytest.fixture(scope="module")
def collins(portraits: dict[str, Path]) -> Image.Image:
    return Image.open(portraits["collins"]).convert("RGB")


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, Image.Image], Path]:
    """Save a photo under a path within the folder."""

    def save(path: str, photo: Image.Image) -> Path:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        photo.save(tmp_path / path)
        return tmp_path / path

    return save


def scaled(photo: Image.Image, factor: float) -> Image.Image:
    return photo.resize((round(photo.width * factor), round(photo.height * factor)))


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("RGB", (left.width + right.width, max(left.height, right.height)), "grey")
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both


def enrol(enrolment: Enrolment, folder: Path, gallery: Gallery | None = None) -> EnrolmentResult:
    return enrolment.enrol(read_photo_folder(folder), gallery or Gallery.empty(), lambda student: None)


def verdicts(result: EnrolmentResult) -> dict[str, str]:
    """By the photo's name: new, unchanged, or the reason for its refusal."""
    accepted = {p.photo.name: "new" if p.is_new else "unchanged" for s in result.students for p in s.accepted}
    return accepted | {p.photo.name: p.reason for s in result.students for p in s.refused}


Put = Callable[[str, Image.Image], Path]


@only_long
def test_each_photo_is_judged_for_itself(
    enrolment: Enrolment,
    hopper: Image.Image,
    collins: Image.Image,
    portraits: dict[str, Path],
    put: Put,
    tmp_path: Path,
) -> None:
    put("S1 Grace Hopper/good.jpg", hopper)
    put("S1 Grace Hopper/tiny.png", scaled(hopper, 0.25))
    put("S1 Grace Hopper/blurred.png", hopper.filter(ImageFilter.GaussianBlur(9)))
    put("S1 Grace Hopper/two.png", beside(scaled(hopper, 0.6), collins))
    put("S1 Grace Hopper/empty.png", Image.new("RGB", (500, 500), "grey"))
    (tmp_path / "S1 Grace Hopper" / "text.jpg").write_text("This is no photo.")
    put("S2 Eileen Collins.png", collins)
    result = enrol(enrolment, tmp_path)
    assert verdicts(result) == {
        "good.jpg": "new",
        "tiny.png": "too small",
        "blurred.png": "too blurred",
        "two.png": "several faces",
        "empty.png": "no face",
        "text.jpg": "unreadable",
        "S2 Eileen Collins.png": "new",
    }
    assert result.gallery.numbers == ("S1", "S2")
    assert result.warnings == ()
    assert result.without_good_photo == ()


def test_a_much_smaller_face_in_the_background_does_not_count(
    enrolment: Enrolment, hopper: Image.Image, collins: Image.Image, put: Put, tmp_path: Path
) -> None:
    put("S1.png", beside(scaled(hopper, 1.5), collins))
    put("S2.png", collins)
    result = enrol(enrolment, tmp_path)
    assert verdicts(result) == {"S1.png": "new", "S2.png": "new"}
    # It was the large face that was encoded: Collins is a stranger to it.
    assert result.gallery.distances(result.gallery.encodings[0])[1] > 0.6


def test_a_badge_that_resembles_a_face_is_none(
    enrolment: Enrolment, collins: Image.Image, put: Put, tmp_path: Path
) -> None:
    # Compressed so, her suit shows HOG a second face, larger than her own.
    put("S1 Eileen Collins.jpg", collins)
    put("S1 Eileen Collins.webp", collins)
    result = enrol(enrolment, tmp_path)
    assert set(verdicts(result).values()) == {"new"}
    assert result.gallery.distances(result.gallery.encodings[0])[1] < 0.2


def test_photos_enrolled_before_are_not_encoded_again(
    enrolment: Enrolment, hopper: Image.Image, collins: Image.Image, put: Put, tmp_path: Path
) -> None:
    first = put("S1/a.png", hopper)
    before = enrol(enrolment, tmp_path).gallery
    put("S1/copy.png", hopper)
    put("S2/b.png", collins)
    result = enrol(enrolment, tmp_path, before)
    assert verdicts(result) == {"a.png": "unchanged", "copy.png": "repeated", "b.png": "new"}
    assert result.gallery.numbers == ("S1", "S2")
    # A reference stays when its photo leaves the folder.
    first.unlink()
    (tmp_path / "S1" / "copy.png").unlink()
    later = enrol(enrolment, tmp_path, result.gallery)
    assert later.gallery.numbers == ("S1", "S2")
    assert later.without_good_photo == ("S1",)
    assert later.students[0].references == 1


def test_one_photo_for_two_students_is_given_to_neither(
    enrolment: Enrolment, hopper: Image.Image, put: Put, tmp_path: Path
) -> None:
    put("S1/a.png", hopper)
    put("S2/b.png", hopper)
    result = enrol(enrolment, tmp_path)
    assert verdicts(result) == {"a.png": "given for two students", "b.png": "given for two students"}
    assert result.gallery.students == ()
    assert len(result.warnings) == 1
    assert "S1 and S2: neither was given it" in result.warnings[0]


def test_a_photo_enrolled_for_one_student_is_not_given_to_another(
    enrolment: Enrolment, hopper: Image.Image, put: Put, tmp_path: Path
) -> None:
    put("S1/a.png", hopper)
    before = enrol(enrolment, tmp_path).gallery
    (tmp_path / "S1").rename(tmp_path / "S2")
    result = enrol(enrolment, tmp_path, before)
    assert result.gallery.students == ("S1",)
    assert len(result.warnings) == 1
    assert "recognizer gallery remove S1" in result.warnings[0]


def test_students_who_look_alike_are_named_once(
    enrolment: Enrolment, hopper: Image.Image, collins: Image.Image, put: Put, tmp_path: Path
) -> None:
    put("S1.png", hopper)
    put("S2.png", collins)
    put("S3.png", scaled(hopper, 0.8))
    warnings = enrol(enrolment, tmp_path).warnings
    assert len(warnings) == 1
    assert warnings[0].startswith("S1 and S3 look alike")


def test_one_face_under_many_numbers_is_one_line(
    enrolment: Enrolment, hopper: Image.Image, put: Put, tmp_path: Path
) -> None:
    for number in range(1, 8):
        put(f"S{number}.png", scaled(hopper, 1 - number / 50))
    (warning,) = enrol(enrolment, tmp_path).warnings
    assert warning.startswith("S1, S2, S3, S4, S5, S6, S7 look alike (distances 0.")


def test_a_photo_of_an_earlier_release_is_encoded_anew_once_and_only_while_it_is_at_hand(
    enrolment: Enrolment, hopper: Image.Image, collins: Image.Image, put: Put, tmp_path: Path
) -> None:
    put("S1/a.png", hopper)
    put("S2/a.png", collins)
    now = enrol(enrolment, tmp_path).gallery
    before = replace(now, encodings=now.encodings + np.float32(0.01), plain=frozenset(now.photo_hashes))
    (tmp_path / "S2" / "a.png").unlink()
    result = enrol(enrolment, tmp_path, before)
    assert (result.new_references, result.renewed_references) == (0, 1)
    assert result.gallery.numbers == now.numbers
    assert np.allclose(result.gallery.encodings, [now.encodings[0], before.encodings[1]])
    assert result.gallery.plain == {now.photo_hashes[1]}
    assert enrol(enrolment, tmp_path, result.gallery).renewed_references == 0


def test_a_photo_of_an_earlier_release_that_would_be_refused_now_stays_and_is_told_with_what_helps(
    enrolment: Enrolment, hopper: Image.Image, put: Put, tmp_path: Path
) -> None:
    photo = put("S1/a.png", Image.new("RGB", hopper.size))
    photo_hash = hashlib.sha256(photo.read_bytes()).hexdigest()
    before = Gallery.empty().with_reference("S1", photo_hash, np.ones(128, np.float32))
    before = replace(before, plain=frozenset({photo_hash}))
    result = enrol(enrolment, tmp_path, before)
    assert (result.gallery, result.without_good_photo) == (before, ())
    assert result.warnings == (
        "a.png of S1, enrolled by an earlier release, would be refused now (no face): put a better photo in its place, "
        "run `recognizer gallery remove S1` and encode again",
    )


def test_another_persons_photo_is_refused_and_named_with_its_distance(
    enrolment: Enrolment, hopper: Image.Image, collins: Image.Image, put: Put, tmp_path: Path
) -> None:
    put("S1/a.png", hopper)
    put("S1/b.png", scaled(hopper, 0.8))
    put("S1/wrong.png", collins)
    put("S2/a.png", hopper.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    put("S2/b.png", scaled(collins, 0.9))
    result = enrol(enrolment, tmp_path)
    assert verdicts(result)["wrong.png"] == "unlike the others"
    assert result.gallery.numbers == ("S1", "S1")
    refused = {photo.photo.name: photo.detail for student in result.students for photo in student.refused}
    assert refused["wrong.png"].startswith("distance 0.6")
    # Of two nobody knows which is wrong.
    assert result.without_good_photo == ("S2",)
    assert "take out who is another person" in refused["a.png"]


def test_a_photo_unlike_what_was_enrolled_before_is_refused(
    enrolment: Enrolment, hopper: Image.Image, collins: Image.Image, put: Put, tmp_path: Path
) -> None:
    put("S1/a.png", hopper)
    before = enrol(enrolment, tmp_path).gallery
    put("S1/b.png", collins)
    result = enrol(enrolment, tmp_path, before)
    assert verdicts(result) == {"a.png": "unchanged", "b.png": "unlike the others"}
    assert "recognizer gallery remove S1" in result.students[0].refused[0].detail


def covered(photo: Image.Image, cover: str) -> Image.Image:
    """The portrait with a mask or dark glasses drawn where its landmarks say."""
    image = np.array(photo)
    (face, *_) = HogDetector(80).detect(image)
    return Image.fromarray(COVERS[cover](image, Alignment().landmarks(image, face)))


@pytest.mark.parametrize("cover", few(each for each in COVERS if each.startswith(("mask", "glasses, black"))))
def test_a_covered_face_is_not_enrolled(
    enrolment: Enrolment, collins: Image.Image, hopper: Image.Image, put: Put, tmp_path: Path, cover: str
) -> None:
    put("S1.png", covered(hopper, cover))
    put("S2.png", covered(collins, cover))
    result = enrol(enrolment, tmp_path)
    # A detector may not find a face in it at all.
    assert set(verdicts(result).values()) <= {"face covered", "no face"}
    assert result.gallery.students == ()


class TakesAllForTurned:
    """A gate that is misled by landmarks which nobody can see."""

    def assess(self, image: Picture, detection: Detection) -> Quality:
        return Quality(0.0, "turned away")


@pytest.mark.parametrize("cover", few(each for each in COVERS if each.startswith(("mask", "glasses, black"))))
def test_a_covered_face_is_called_covered_also_where_it_seems_to_be_turned_away(
    enrolment: Enrolment, collins: Image.Image, put: Put, cover: str
) -> None:
    sure = replace(enrolment.search, least_confidence=-1.0)
    misled = replace(enrolment, gate=TakesAllForTurned(), search=sure)
    with pytest.raises(UnfitPhoto, match="turned away"):
        misled.encode(put("bare.png", collins))
    with pytest.raises(UnfitPhoto, match="face covered"):
        misled.encode(put("S1.png", covered(collins, cover)))


def test_ctrl_c_keeps_what_was_encoded(
    enrolment: Enrolment, hopper: Image.Image, collins: Image.Image, put: Put, tmp_path: Path
) -> None:
    put("S1.png", hopper)
    put("S2.png", collins)

    def interrupt(student: StudentPhotos) -> None:
        raise KeyboardInterrupt

    result = enrolment.enrol(read_photo_folder(tmp_path), Gallery.empty(), interrupt)
    assert result.is_interrupted
    assert result.gallery.students == ("S1",)
    assert [student.number for student in result.students] == ["S1"]
    rest = enrol(enrolment, tmp_path, result.gallery)
    assert verdicts(rest) == {"S1.png": "unchanged", "S2.png": "new"}
