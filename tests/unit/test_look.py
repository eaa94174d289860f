"""What `recognizer check` says of a camera after looking at it for some seconds."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizer.bootstrap import probe
from recognizer.bootstrap.engine import build_engine
from recognizer.bootstrap.probe import probe_camera
from recognizer.camera.look import CameraReport, Look, find_faces, take_look
from recognizer.commands.camera_check import describe_look, explain_darkness, explain_look, explain_stillness
from recognizer.config.configuration import CameraConfig, Config, GalleryConfig, RecognitionConfig, Rotation
from recognizer.domain.following.detection import Detection, Frame, Image, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.ports.camera import Detector
from recognizer.errors import CameraError
from recognizer.ops.confinement import landlock_version
from recognizer.vision.capture.light import judge_light
from recognizer.vision.faces.photos import read_photo
from tests.fixtures.hostile_decoding import answer, die, hang, take_over_look

AT = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
RATE = 12.0


@pytest.fixture(scope="module")
def portrait(portraits: dict[str, Path]) -> Image:
    """Wider than it is high, as a camera's picture is."""
    return read_photo(portraits["collins"])[:300, 60:440]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return build_engine(RecognitionConfig())[0]


def turned(picture: Image, clockwise: int) -> Image:
    return np.ascontiguousarray(np.rot90(picture, -clockwise // 90))


def lit(picture: Image, light: float) -> Image:
    return np.asarray(np.clip(picture * light, 0, 255), np.uint8)


def clip_of(picture: Image, path: Path, frames: int = 15) -> Path:
    """A video of the still picture with a sensor's noise."""
    height, width = picture.shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, (width, height))
    random = np.random.default_rng(3)
    for _ in range(frames):
        noisy = picture + random.normal(0, 2, picture.shape)
        writer.write(np.asarray(np.clip(noisy, 0, 255), np.uint8)[:, :, ::-1])
    writer.release()
    return path


def look_at(picture: Image, folder: Path, detector: Detector | None, rotate: Rotation = 0) -> tuple[str, str]:
    """What is said of a camera with this picture, and what is wrong with it."""
    camera = CameraConfig("front", str(clip_of(picture, folder / "clip.avi")), "fast", rotate)
    report = probe_camera(Config(room="A 101", cameras=(camera,)), camera, detector)
    return describe_look(report, camera), explain_look(report, camera)


def test_an_upright_camera_is_told_with_size_rate_light_and_faces(
    portrait: Image, detector: Detector, tmp_path: Path
) -> None:
    said, fault = look_at(portrait, tmp_path, detector)

    assert fault == ""
    assert said == f"380 × 300, 12 frames per second, good light, 1 face found, from {tmp_path / 'clip.avi'}"


@pytest.mark.parametrize("hung", [90, 180, 270])
def test_a_turned_camera_is_told_with_the_rotate_to_write(
    portrait: Image, detector: Detector, tmp_path: Path, hung: int
) -> None:
    _, fault = look_at(turned(portrait, hung), tmp_path, detector)

    assert f"only when the picture is turned by {360 - hung}°" in fault
    assert f"write rotate = {360 - hung} for this camera" in fault


def test_the_rotate_that_it_names_is_the_right_one_also_where_a_wrong_one_is_written(
    portrait: Image, detector: Detector, tmp_path: Path
) -> None:
    _, fault = look_at(turned(portrait, 90), tmp_path, detector, rotate=90)
    assert "write rotate = 270" in fault

    said, fault = look_at(turned(portrait, 90), tmp_path, detector, rotate=270)
    assert fault == ""
    assert "380 × 300" in said

    _, fault = look_at(portrait, tmp_path, detector, rotate=180)
    assert "take this camera's rotate out" in fault


def test_a_dim_room_is_told_and_of_a_dark_one_that_it_is_dark_now(
    portrait: Image, detector: Detector, tmp_path: Path
) -> None:
    said, fault = look_at(lit(portrait, 0.25), tmp_path, detector)
    assert fault == ""
    assert "dim light" in said
    assert "1 face found" in said

    camera = CameraConfig("front", str(clip_of(lit(portrait, 0.03), tmp_path / "dark.avi")), "fast")
    report = probe_camera(Config(room="A 101", cameras=(camera,)), camera, detector)
    assert "dark now, and nothing more can be told by it; check again with the light on" in explain_darkness(
        report, camera
    )
    assert explain_look(report, camera) == "", "a room at night is no fault of the camera's"


def test_an_empty_room_is_no_fault(detector: Detector, tmp_path: Path) -> None:
    room = np.full((240, 320, 3), 150, np.uint8)
    room[100:140, 40:280] = (120, 85, 60)

    said, fault = look_at(room, tmp_path, detector)

    assert fault == ""
    assert "no faces found" in said


def test_without_models_the_camera_is_looked_at_all_the_same(portrait: Image, tmp_path: Path) -> None:
    said, fault = look_at(portrait, tmp_path, None)

    assert fault == ""
    assert "380 × 300" in said
    assert "faces not looked for" in said


def test_a_source_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    camera = CameraConfig("front", str(tmp_path / "none.mp4"))

    with pytest.raises(CameraError, match="does not exist"):
        probe_camera(Config(room="A 101", cameras=(camera,)), camera, None)


HOSTILE = {
    "died": (die, "signal SIGSEGV"),
    "hangs": (hang, "hangs; see that it is on"),
    "a pickle": (answer(b"cos\nsystem\n(S'false'\ntR."), "looking at it ended"),
    "no rate": (answer(b'{"fault": null, "sizes": [[1, 1]], "frames_per_second": "x"}', b"abc"), "looking at it ended"),
    "too many": (
        answer(b'{"fault": null, "sizes": [[1, 1], [1, 1], [1, 1], [1, 1]]}', *[b"abc"] * 4),
        "looking at it ended",
    ),
    "a cursor": (answer(b'{"fault": "\\u001b[2Jfine"}'), r"^ \[2Jfine$"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_a_process_says_that_a_camera_took_over_nothing_of_it_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(probe, "_look", HOSTILE[what][0])
    monkeypatch.setattr(probe, "PROBE_SECONDS", 1.0 if what == "hangs" else 60.0)
    camera = CameraConfig("front", str(tmp_path / "clip.mp4"), "fast")
    with pytest.raises(CameraError, match=HOSTILE[what][1]):
        probe_camera(Config(room="A 101", cameras=(camera,)), camera, None)


@pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")
def test_hostile_code_in_a_look_reads_no_file_knows_no_secret_and_prints_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gallery.key").touch()
    monkeypatch.setenv("ROLLCALL_GALLERY_KEY", "secret")
    monkeypatch.setattr(probe, "_look", take_over_look)
    cameras = (CameraConfig("front", str(tmp_path / "clip.mp4"), "fast"), CameraConfig("back", "rtsp://u:pw@h/1"))
    config = Config(
        room="A 101", cameras=cameras, database_url="mysql://secret@h/d", gallery=GalleryConfig(tmp_path, key="k" * 40)
    )
    with pytest.raises(CameraError, match=r"reached: \[\]"):
        probe_camera(config, cameras[0], None)
    shown = capfd.readouterr()
    assert "said by a" not in shown.out + shown.err


class Source:
    """Frames at the given seconds; each picture is the number of its frame."""

    def __init__(self, *positions: float) -> None:
        self._frames = [
            Frame(np.full((2, 2, 3), index, np.uint8), AT + timedelta(seconds=position), position)
            for index, position in enumerate(positions)
        ]

    def read(self) -> Frame | None:
        return self._frames.pop(0) if self._frames else None

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("positions", "rate"),
    [
        ([index / 25 for index in range(200)], 25.0),
        # A stream's first frames waited while it was opened.
        ([index / 1000 for index in range(60)] + [0.1 + index / 10 for index in range(60)], 10.0),
        ([0.0, 3.0, 6.0], 1 / 3),
        ([0.0, 5.0], 0.2),
        ([7.0], None),
    ],
)
def test_the_frame_rate_is_the_one_at_which_the_frames_come(positions: list[float], rate: float | None) -> None:
    look = take_look(Source(*positions))

    assert look is not None
    assert look.frames_per_second == (rate and pytest.approx(rate))


def test_a_look_takes_some_seconds_and_keeps_pictures_from_all_of_it() -> None:
    source = Source(*(index / 10 for index in range(100)))

    look = take_look(source, seconds=4.0)

    assert look is not None
    assert [int(picture[0, 0, 0]) for picture in look.pictures] == [0, 14, 27]
    left = source.read()
    assert left is not None
    assert left.position_seconds == pytest.approx(4.1)


def test_a_source_without_a_frame_gives_no_look() -> None:
    assert take_look(Source()) is None


class SeesFaces:
    """Finds a face where the picture's first pixel says so."""

    def __init__(self) -> None:
        self.looks = 0

    def detect(self, image: Image, regions: list[Region] | None = None) -> list[Detection]:
        self.looks += 1
        return [Detection(Box(0, 1, 1, 0), float(image[0, 0, 1]))] * int(image[0, 0, 0])


def found_in(*pictures: Image) -> tuple[int, int]:
    """How many faces are found, and by how many degrees the pictures are turned for them."""
    best = max(find_faces(SeesFaces(), pictures, 50))
    return best.faces, best.turn


def picture(*, upper_left: int = 0, lower_left: int = 0, upper_sure: int = 1, lower_sure: int = 1) -> Image:
    """So many faces where it is upright, and where it is turned by 90 degrees, and how sure the detector is of each."""
    image = np.zeros((4, 4, 3), np.uint8)
    image[0, 0, :2], image[-1, 0, :2] = (upper_left, upper_sure), (lower_left, lower_sure)
    return image


def test_a_camera_is_turned_only_where_that_shows_more_faces() -> None:
    upright = picture(upper_left=2, lower_left=1)
    assert found_in(picture(), upright, upright) == (2, 0)
    assert found_in(picture(), picture(), picture()) == (0, 0)


def test_what_always_looks_like_a_face_upright_hides_no_turned_camera() -> None:
    lasting = [picture(upper_left=1, lower_left=3)] * 3
    assert found_in(*lasting) == (3, 90)
    alone = [picture(upper_left=1, lower_left=1, lower_sure=3)] * 3
    assert found_in(*alone) == (1, 90)
    real = [picture(upper_left=1, lower_left=1, upper_sure=3)] * 3
    assert found_in(*real) == (1, 0)


def test_a_pattern_that_looks_like_a_face_in_one_picture_is_none() -> None:
    assert found_in(picture(lower_left=1), picture(), picture()) == (0, 0)
    assert found_in(picture(upper_left=1), picture(lower_left=2), picture(lower_left=2)) == (2, 90)
    assert found_in(picture(lower_left=1)) == (1, 90)


def test_of_a_camera_that_shows_something_like_a_face_the_advice_counts_both_ways() -> None:
    report = CameraReport(640, 480, 25.0, "good", "", faces=1, turn=90, faces_turned=4)
    fault = explain_look(report, CameraConfig("front", 0))
    assert "4 faces instead of 1 are found when the picture is turned by 90°; write rotate = 90" in fault


def test_as_many_faces_that_are_surer_when_turned_are_not_told_as_more() -> None:
    fault = explain_look(CameraReport(640, 480, 25.0, "good", "", 1, 90, 1), CameraConfig("front", 0))
    assert "faces are found much more surely when the picture is turned by 90°; write rotate = 90" in fault


def test_of_a_live_camera_whose_picture_stands_still_it_is_told() -> None:
    still, changed = np.zeros((2, 2, 3), np.uint8), np.eye(2, dtype=np.uint8)[:, :, None].repeat(3, axis=2)
    assert Look((still, still, still), 25.0).is_still
    assert not Look((still, still, changed), 25.0).is_still
    assert not Look((still,), None).is_still

    report = CameraReport(640, 480, 25.0, "good", "", faces=1, is_still=True)
    assert "the picture stood still while it was looked at; wave" in explain_stillness(report, CameraConfig("front", 0))
    assert explain_stillness(report, CameraConfig("front", "lecture.mp4", "loop")) == ""


def test_each_word_for_light_stands_where_the_detector_agrees(portrait: Image, detector: Detector) -> None:
    found = {light: bool(detector.detect(lit(portrait, light))) for light in (0.05, 0.25, 0.5, 1.0, 3.0)}
    words = {light: judge_light(lit(portrait, light)) for light in found}

    assert words == {0.05: "dark", 0.25: "dim", 0.5: "good", 1.0: "good", 3.0: "glaring"}
    assert found == {0.05: False, 0.25: True, 0.5: True, 1.0: True, 3.0: False}


@pytest.mark.parametrize("reason", ["grey", "torn", "covered"])
def test_every_way_to_be_blind_is_told_in_words(reason: str) -> None:
    fault = explain_look(CameraReport(640, 480, 25.0, "good", reason, None), CameraConfig("front", 0))

    assert "640 × 480" in fault
    assert "; " in fault
