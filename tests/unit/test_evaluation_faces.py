"""The folder of an evaluation, and how its faces are found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from recognizer.domain.following.detection import Detection, Encodings, Image
from recognizer.domain.following.geometry import Box
from recognizer.errors import PhotoError
from recognizer.evaluation.faces import Collection, FaceReader
from recognizer.evaluation.people import PersonFiles, read_people, require_enough


class FakeReading:
    """Photos by name: "face" has one, "close" only with a border, "none" has none, "broken" cannot be read."""

    def read_photo(self, path: Path) -> Image:
        if path.stem.startswith("broken"):
            raise PhotoError("damaged or cut short")
        levels = {"face": 200, "close": 100, "none": 0, "unsure": 50}
        return np.full((40, 40, 3), levels[path.stem.rstrip("0123456789")], np.uint8)

    def read_clip(self, path: Path, most: int) -> list[Image]:
        return [np.full((40, 40, 3), level, np.uint8) for level in (200, 0, 200)]

    def detect(self, image: Image) -> list[Detection]:
        level, is_roomy = int(image[0, 0, 0]), image.shape[0] > 40
        if level == 200 or (level == 100 and is_roomy):
            return [Detection(Box(0, 10, 10, 0), 1.0), Detection(Box(5, 35, 35, 5), 1.0)]
        return [Detection(Box(0, 10, 10, 0), 0.1)] if level == 50 else []

    def encode(self, image: Image, detections: Sequence[Detection]) -> Encodings:
        return np.array([np.full(128, detection.box.width) for detection in detections], np.float32)

    def enlarge(self, image: Image, factor: int) -> Image:
        return image.repeat(factor, 0).repeat(factor, 1)


def collect(*people: PersonFiles) -> tuple[Collection, list[str]]:
    fake = FakeReading()
    reader = FaceReader(
        fake.read_photo, fake.read_clip, fake.enlarge, lambda image: image.tobytes(), fake, fake, least_confidence=0.3
    )
    told: list[str] = []
    return reader.collect(people, told.append), told


def person(name: str, *files: str) -> PersonFiles:
    photos = tuple(Path(file) for file in files if not file.endswith(".mp4"))
    return PersonFiles(name, photos, tuple(Path(file) for file in files if file.endswith(".mp4")))


def test_the_largest_face_is_the_persons() -> None:
    found, _ = collect(person("a", "face1.jpg"))
    assert found.faces[0].encoding[0] == 30
    assert len(found.faces[0].picture) == 128 * 128 * 3


def test_a_photo_cut_close_around_the_face_is_tried_with_a_border() -> None:
    found, _ = collect(person("a", "close1.png"))
    assert [face.label for face in found.faces] == ["a/close1.png"]
    assert found.missed == []


def test_files_without_a_face_are_counted_and_named() -> None:
    found, told = collect(person("a", "face1.jpg", "none1.jpg", "unsure1.jpg"), person("b", "none1.jpg"))
    assert found.missed == ["a/none1.jpg", "a/unsure1.jpg", "b/none1.jpg"]
    assert found.detection_misses().value == 0.75
    assert found.files_with_a_face() == {"a": 1, "b": 0}
    assert told == ["a", "a", "a", "b"]


def test_a_file_that_cannot_be_read_is_told_and_is_no_miss() -> None:
    found, _ = collect(person("a", "face1.jpg", "broken1.jpg"))
    assert found.unreadable == ["a/broken1.jpg: damaged or cut short"]
    assert found.detection_misses().value == 0.0


def test_a_photo_that_a_person_has_under_several_names_counts_once() -> None:
    found, told = collect(person("a", "face1.jpg", *[f"face{n}.jpg" for n in range(2, 30)], "close1.jpg"))
    assert found.files_with_a_face() == {"a": 2}
    assert [face.label for face in found.faces] == ["a/face1.jpg", "a/close1.jpg"]
    assert found.repeated == [f"a/face{n}.jpg" for n in range(2, 30)]
    assert len(told) == 30, "the progress goes on"
    others, _ = collect(person("a", "face1.jpg"), person("b", "face1.jpg"))
    assert (others.files_with_a_face(), others.repeated) == ({"a": 1, "b": 1}, [])


def test_frames_of_a_clip_are_of_one_file_and_each_may_be_missed() -> None:
    found, _ = collect(person("a", "face1.jpg", "walk.mp4"), person("b", "face1.jpg"))
    population = found.population()
    assert population.person.tolist() == [0, 0, 0, 1]
    assert population.source.tolist() == [0, 1, 1, 2]
    assert found.detection_misses().value == pytest.approx(1 / 5)
    assert found.missed == []


def test_people_without_any_face_are_nobody_of_the_experiment() -> None:
    found, _ = collect(person("a", "none1.jpg"), person("b", "face1.jpg"))
    assert found.names == ["b"]
    assert found.population().person.tolist() == [0]


def test_a_folder_is_read_by_person_and_kind(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / name).mkdir()
        for file in ("1.JPG", "2.png", "walk.mp4", "notes.txt", ".hidden.jpg"):
            (tmp_path / name / file).touch()
    (tmp_path / "stray.jpg").touch()
    people = read_people(tmp_path)
    assert [one.name for one in people] == ["a", "b", "c", "d"]
    assert [path.name for path in people[0].photos] == ["1.JPG", "2.png"]
    assert [path.name for path in people[0].clips] == ["walk.mp4"]


def test_too_few_people_are_told_what_to_add() -> None:
    with pytest.raises(PhotoError, match=r"people has 2 of the 4 people needed.*: add 2 more people, or photos of c"):
        require_enough(Path("people"), {"a": 9, "b": 2, "c": 1})
    require_enough(Path("people"), {"a": 2, "b": 2, "c": 2, "d": 2, "e": 0})


@pytest.mark.parametrize("kind", ["missing", "file", "empty"])
def test_what_is_no_folder_of_people_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "people"
    if kind == "file":
        folder.touch()
    elif kind == "empty":
        folder.mkdir()
    words = {"missing": "there is no folder", "file": "is a file", "empty": "holds nobody"}[kind]
    with pytest.raises(PhotoError, match=words):
        read_people(folder)
