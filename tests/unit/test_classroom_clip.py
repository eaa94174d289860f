"""The classroom clip shows what its truth says: on two portraits that come inside wheels."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.camera.judgement import judge
from benchmarks.camera.material import enrolled
from benchmarks.camera.ours import Course, watch_clip
from benchmarks.classroom.casting import Actor, cast
from benchmarks.classroom.clip import Format, Scene, render_clip
from benchmarks.classroom.people import Person, find_people, portrait_folders
from benchmarks.classroom.story import empty_seconds
from benchmarks.classroom.truth import Truth, load_truth
from recognizer.domain.following.detection import Image
from recognizer.vision.engines.hog_detector import HogDetector

FORM = Format(960, 540, 10.0, 8.0)


@pytest.fixture(scope="module")
def folder(portraits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Collins with a sub-folder, Hopper as a picture of her own."""
    folder = tmp_path_factory.mktemp("portraits")
    (folder / "Eileen Collins").mkdir()
    shutil.copy(portraits["collins"], folder / "Eileen Collins" / "portrait.png")
    shutil.copy(portraits["hopper"], folder / "Grace Hopper.jpg")
    return folder


@pytest.fixture(scope="module")
def actors(folder: Path) -> list[Actor]:
    return cast(find_people([folder]), students=2, strangers=0, seed=3)


@pytest.fixture(scope="module")
def truth(actors: list[Actor], tmp_path_factory: pytest.TempPathFactory) -> Truth:
    clip = tmp_path_factory.mktemp("clip") / "classroom.mp4"
    render_clip(clip, actors, FORM, seed=3)
    return load_truth(clip)


def frames(clip: Path) -> Iterator[Image]:
    capture = cv2.VideoCapture(str(clip))
    while (answer := capture.read())[0]:
        yield np.asarray(cv2.cvtColor(answer[1], cv2.COLOR_BGR2RGB), np.uint8)
    capture.release()


def test_where_the_truth_says_that_a_large_face_looks_at_the_camera_a_detector_finds_it(truth: Truth) -> None:
    images = list(frames(truth.clip))
    detector = HogDetector(80)
    expected = found = 0
    for index in range(0, truth.frames, 4):
        boxes = [detection.box for detection in detector.detect(images[index])]
        for role in truth.students:
            for face in role.appearances:
                if face.frame == index and face.face_pixels >= 90 and not face.is_away and face.covered < 0.1:
                    expected += 1
                    found += any(face.box.iou(box) > 0.5 for box in boxes)
    assert expected >= 10
    assert found >= 0.9 * expected


def test_nobody_is_there_at_first_and_everybody_later(truth: Truth) -> None:
    empty = empty_seconds(FORM.seconds) * FORM.frames_per_second
    first = [min(face.frame for face in role.appearances) for role in truth.students]
    opening = next(frames(truth.clip))

    assert min(first) >= empty > 0
    assert HogDetector(80).detect(opening) == []
    assert all(any(not face.is_away for face in role.appearances) for role in truth.students)


def test_the_clip_is_as_long_and_large_as_asked_for(truth: Truth) -> None:
    images = list(frames(truth.clip))
    assert (len(images), images[0].shape) == (80, (540, 960, 3))
    assert (truth.frames, truth.width, truth.height, truth.frames_per_second) == (80, 960, 540, 10.0)


def test_every_student_has_photos_to_enrol(truth: Truth) -> None:
    numbers = {path.name.split()[0]: list(path.iterdir()) for path in truth.photos.iterdir()}
    assert numbers.keys() == {"S001", "S002"} == {role.number for role in truth.students}
    assert all(numbers.values())


def test_the_same_seed_gives_the_same_clip_and_another_one_another(actors: list[Actor]) -> None:
    form = Format(640, 360, 5.0, 4.0)
    one, same, other = (list(Scene(actors[:1], form, seed).frames()) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_who_has_several_photos_is_shown_in_some_and_can_be_enrolled_with_those_or_with_others(
    portraits: dict[str, Path], tmp_path: Path
) -> None:
    picture = cv2.imread(str(portraits["collins"]))[:330, 60:440]
    for number, light in enumerate((0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), cv2.convertScaleAbs(picture, alpha=light))
    person = Person("Collins", tuple(sorted(tmp_path.iterdir())))
    (student,) = cast([person], students=1, strangers=0, seed=1)
    (stranger,) = cast([person], students=0, strangers=1, seed=1)

    assert (len(student.references), len(student.other_references), len(student.shown)) == (5, 3, 5)
    assert all(any(np.array_equal(one, other.picture) for other in student.shown) for one in student.references)
    assert not any(np.array_equal(one, other.picture) for one in student.other_references for other in student.shown)
    assert (len(stranger.references), len(stranger.other_references), len(stranger.shown)) == (0, 0, 5)


def test_too_few_people_are_told_with_how_many_there_are(folder: Path) -> None:
    people = find_people([folder])
    with pytest.raises(SystemExit, match="3 students and 10 strangers are 13 people, but the folders hold 2"):
        cast(people, students=3, strangers=10, seed=1)


def test_without_any_portraits_it_is_told_what_to_give() -> None:
    with pytest.raises(SystemExit, match="give a folder with --portraits"):
        portrait_folders([], {})


def test_of_the_media_folder_those_with_faces_are_taken(tmp_path: Path) -> None:
    (tmp_path / "faces").mkdir()
    (tmp_path / "groups").mkdir()
    assert portrait_folders([], {"ROLLCALL_MEDIA_DIR": str(tmp_path)}) == [tmp_path / "faces"]


def test_a_camera_process_on_the_clip_names_the_students_where_the_truth_has_them(truth: Truth) -> None:
    with enrolled(truth) as config:
        run = watch_clip(config, truth.frames_per_second, Course(loops=2))
    judgement = judge(run.namings, truth)
    assert judgement.marked == {"S001", "S002"}
    assert not judgement.misnamed
    assert 2 * 2 * FORM.seconds <= run.account.frames <= 2 * truth.frames, "two looks a second, two times through"
    assert run.account.cpu_seconds > 0
    assert len(run.account.rss_mb) == 2
    assert max(run.account.rss_mb) <= run.account.peak_rss_mb


def test_the_truth_names_who_is_a_student_and_who_a_stranger(truth: Truth) -> None:
    document = json.loads(truth.clip.with_suffix(".json").read_text())
    assert {person["role"] for person in document["people"]} == {"student"}
    assert document["columns"][0] == "frame"
