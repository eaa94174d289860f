"""Pictures by which nobody can be seen, and their nearest relatives by which somebody can."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizer.bootstrap.camera import build_knowledge, build_watcher, open_camera
from recognizer.bootstrap.gallery import build_gallery_store
from recognizer.config.configuration import CameraConfig, Config, GalleryConfig, RecognitionConfig
from recognizer.domain.following.detection import Frame
from recognizer.domain.naming.gallery import Gallery
from recognizer.vision.capture.blindness import (
    FROZEN_INSIDE_SECONDS,
    FROZEN_SECONDS,
    STEADY_SECONDS,
    PictureBlindness,
    judge_picture,
)

HEIGHT, WIDTH = 540, 960
AT = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
Y, X = np.meshgrid(np.linspace(-1, 1, HEIGHT), np.linspace(-1, 1, WIDTH), indexing="ij")


def noisy(picture: np.ndarray, levels: float = 3.0, seed: int = 0) -> np.ndarray:
    """As a sensor gives it."""
    noise = np.random.default_rng(seed).normal(0, levels, (HEIGHT, WIDTH, 3))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def even(*colour: float) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), colour, np.float32)


def room(light: float = 1.0) -> np.ndarray:
    """A wall, a board, rows of desks, and people of a head and a body."""
    picture = even(185, 180, 170) - 25 * X[:, :, None] ** 2
    picture[60:190, 300:660] = (40, 70, 50)
    for row, top in enumerate((280, 370, 470)):
        picture[top : top + 40] = (120, 85, 60)
        for seat in range(6 - row):
            left = 60 + seat * 150 + 20 * row
            cv2.ellipse(picture, (left, top - 10), (40, 50), 0, 180, 360, (60 + 25 * seat, 50, 90), -1)
            cv2.circle(picture, (left, top - 75), 22, (205, 160, 135), -1)
    return np.asarray(picture * light, np.float32)


def with_writing(picture: np.ndarray) -> np.ndarray:
    """With the clock and the name that cameras write at the edges."""
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    for text, at in (("2026-10-05 09:00:01", (15, 35)), ("ROOM A 101 CAM 1", (640, 525))):
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 1, (255, 255, 255), 2)
    return picture


def person_at(picture: np.ndarray, x: int, y: int) -> np.ndarray:
    picture = picture.copy()
    cv2.ellipse(picture, (x, y + 70), (36, 55), 0, 0, 360, (70, 60, 110), -1)
    cv2.circle(picture, (x, y), 18, (205, 160, 135), -1)
    return picture


def torn(colour: tuple[int, int, int], share: float) -> np.ndarray:
    picture = noisy(room())
    picture[round(HEIGHT * (1 - share)) :] = colour
    return picture


def half_black(sides: np.ndarray) -> np.ndarray:
    """As where one half of the sensor, or of the lens, is dead."""
    return np.where(sides[:, :, None], 0, noisy(room()))


def smeared(share: float) -> np.ndarray:
    picture = noisy(room())
    start = round(HEIGHT * (1 - share))
    picture[start:] = picture[start]
    return picture


def lit_from_the_side() -> np.ndarray:
    """A hand before the lens, and the light that passes it."""
    return np.clip(95 - 70 * np.hypot(X - 0.9, Y - 0.9), 5, 255)[:, :, None] * np.array([1.0, 0.6, 0.5])


def projector() -> np.ndarray:
    picture = room(0.05)
    picture[60:190, 300:660] = 235
    return picture


BLIND = {
    "black": ("dark", even(0, 0, 0)),
    "black, from a sensor turned up": ("dark", noisy(even(4, 4, 4), 12)),
    "black with the clock": ("dark", with_writing(even(0, 0, 0))),
    "grey": ("grey", even(128, 128, 128)),
    "grey with noise": ("grey", noisy(even(90, 90, 90), 4)),
    "blue as without a signal": ("grey", with_writing(even(20, 30, 200))),
    "green": ("grey", even(0, 135, 0)),
    "white, overexposed": ("grey", even(255, 255, 255)),
    "half grey": ("torn", torn((128, 128, 128), 0.5)),
    "two thirds green": ("torn", torn((0, 135, 0), 0.66)),
    "smeared": ("torn", smeared(0.5)),
    "black on the left": ("dark", half_black(X < 0)),
    "black below, with the clock": ("dark", with_writing(half_black(Y > 0))),
    "black above, from a codec": ("dark", np.where(Y[:, :, None] < 0, even(3, 2, 3), noisy(room()))),
    "a hand": ("covered", noisy(lit_from_the_side())),
    "a cloth": ("covered", noisy(even(60, 55, 50) + (50 * X - 30 * Y**2 + 20 * X * Y)[:, :, None], 5)),
}
SEEING = {
    "a room": noisy(room()),
    "a rendered room without noise": room(),
    "a dark room": noisy(room(0.12)),
    "a very dark room": noisy(room(0.1), 1.5),
    "a projector in the dark": noisy(projector()),
    "a white wall and one person": noisy(person_at(even(235, 235, 230), 480, 300)),
    "a wall lit from the side and one person": noisy(person_at(even(190, 185, 180) + 30 * X[:, :, None], 700, 250)),
    "one person at the edge": noisy(person_at(even(235, 235, 230), 40, 250)),
    "infrared": noisy(np.repeat(room().mean(axis=2, keepdims=True), 3, 2) * 0.6 + 20, 4),
    "fog, or a dirty lens": noisy(room(0.2) + 100),
    "out of focus": noisy(cv2.GaussianBlur(room(), (0, 0), 20)),
    "glaring": noisy(room(1.6)),
    "a quarter lost": torn((128, 128, 128), 0.25),
    "a little smeared": smeared(0.2),
    "a grey wall over half of it": noisy(np.where(Y[:, :, None] < 0, even(128, 128, 128), room())),
    "a round picture": half_black(np.hypot(X * WIDTH / HEIGHT, Y) > 1),
    "an upright picture": half_black(np.abs(X) > 81 / 256),
    "black over a third on one side": half_black(X > 0.34),
    "a dark half of a room": noisy(np.where(X[:, :, None] < 0, room(0.08), room()), 1.5),
    "bars above and below": np.where(np.abs(Y[:, :, None]) > 0.75, 0, noisy(room())),
}


def as_frame(picture: np.ndarray, seconds: float = 0.0) -> Frame:
    return Frame(np.clip(picture, 0, 255).astype(np.uint8), AT + timedelta(seconds=seconds), seconds)


@pytest.mark.parametrize("kind", BLIND)
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_a_picture_that_shows_nobody_is_blind_at_any_size(kind: str, scale: float) -> None:
    reason, picture = BLIND[kind]
    image = cv2.resize(as_frame(picture).image, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)

    assert judge_picture(image) == reason


@pytest.mark.parametrize("kind", SEEING)
def test_a_picture_that_shows_somebody_is_not_blind(kind: str) -> None:
    assert judge_picture(as_frame(SEEING[kind]).image) == ""
    assert judge_picture(as_frame(with_writing(SEEING[kind])).image) == ""


def test_what_is_called_dark_is_darker_than_a_face_can_be_found_in(portraits: dict[str, Path]) -> None:
    from recognizer.vision.engines.hog_detector import HogDetector

    photo = cv2.cvtColor(cv2.imread(str(portraits["hopper"])), cv2.COLOR_BGR2RGB)
    detector = HogDetector(60)
    assert detector.detect(photo)
    for light in np.linspace(0.3, 0.02, 15):
        dimmed = noisy(cv2.resize(photo, (WIDTH, HEIGHT)) * light, 2)
        if judge_picture(dimmed):
            assert not detector.detect(dimmed), light


def reasons(pictures: list[np.ndarray], each_seconds: float = 0.5) -> list[str]:
    blindness = PictureBlindness()
    return [blindness.reason(as_frame(picture, index * each_seconds)) for index, picture in enumerate(pictures)]


def test_identical_pictures_are_frozen_after_ten_seconds_and_noise_is_none() -> None:
    still = noisy(room())
    frozen_from = round(FROZEN_SECONDS / 0.5)

    assert reasons([still] * 30) == [""] * frozen_from + ["frozen"] * (30 - frozen_from)
    assert set(reasons([noisy(room(), 1.0, seed) for seed in range(30)])) == {""}


@pytest.mark.parametrize("edge", ["top", "bottom"])
def test_a_still_picture_in_which_only_the_cameras_clock_goes_on_is_frozen_after_a_minute(edge: str) -> None:
    frozen_from = round(FROZEN_INSIDE_SECONDS)

    def clock(picture: np.ndarray, second: int) -> np.ndarray:
        shown, y = picture.copy(), 36 if edge == "top" else HEIGHT - 16
        cv2.putText(shown, f"2026-11-29 09:{second // 60:02}:{second % 60:02}", (10, y), 0, 1.0, (255, 255, 255), 2)
        return shown

    still = noisy(room())
    hung = [clock(still, second) for second in range(75)]
    assert reasons(hung, 1.0) == [""] * frozen_from + ["frozen"] * (75 - frozen_from)
    assert reasons([*hung, clock(noisy(room(), 1.0, 9), 75)], 1.0)[-1] == "", "it lives again"
    assert set(reasons([clock(noisy(room(), 1.0, second), second) for second in range(75)], 1.0)) == {""}


def test_a_looping_film_is_not_frozen_and_a_picture_that_lives_again_sees_at_once() -> None:
    film = [noisy(room(), 2, seed) for seed in range(3)]

    assert set(reasons(film * 12)) == {""}
    assert reasons([film[0]] * 25 + [film[1]])[-2:] == ["frozen", ""]


def test_a_camera_that_saw_is_blind_once_it_was_for_some_time() -> None:
    dark, light = noisy(even(3, 3, 3)), [noisy(room(), 2, seed) for seed in range(3)]
    steady = round(STEADY_SECONDS / 0.5)

    assert reasons([light[0], dark, light[1], dark, light[2]]) == [""] * 5
    assert reasons([light[0]] + [dark] * 6) == [""] * (1 + steady) + ["dark"] * (6 - steady)
    assert reasons([dark, dark, light[0]]) == ["dark", "dark", ""], "a camera that begins in the dark never saw"


def film(path: Path, pictures: list[np.ndarray], codec: str) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 5.0, (WIDTH, HEIGHT))
    for picture in pictures:
        writer.write(cv2.cvtColor(as_frame(picture).image, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


SECONDS = 13
FILMS = {
    "black": ("dark", [even(0, 0, 0)] * 5 * SECONDS),
    "frozen": ("frozen", [noisy(room())] * 5 * SECONDS),
    "covered": ("covered", [noisy(lit_from_the_side(), 3, seed) for seed in range(5)] * SECONDS),
    "torn": ("torn", [torn((128, 128, 128), 0.5)] * 5 * SECONDS),
    "looping": ("", [noisy(room(), 3, seed) for seed in range(5)] * SECONDS),
}


@pytest.mark.parametrize(
    ("kind", "codec"),
    # What was never read is filled in after the codec, and a still picture is not quite the same after mp4v.
    [*((kind, "MJPG") for kind in FILMS), *((kind, "mp4v") for kind in ("black", "covered", "looping"))],
)
def test_a_cameras_own_parts_say_so_of_a_film(kind: str, codec: str, tmp_path: Path) -> None:
    expected, pictures = FILMS[kind]
    path = film(tmp_path / ("film.avi" if codec == "MJPG" else "film.mp4"), pictures, codec)
    camera = CameraConfig("front", str(path), "fast")
    config = Config(
        room="A",
        state_dir=tmp_path,
        gallery=GalleryConfig(tmp_path / "gallery.pkl", "k" * 32),
        recognition=RecognitionConfig(engine="hog", smallest_face_pixels=80),
        cameras=(camera,),
    )
    build_gallery_store(config).save(Gallery.empty().with_reference("S1", "a", np.eye(1, 128, dtype=np.float32)[0]))
    watcher, source = build_watcher(config, camera, build_knowledge(config)), open_camera(config, camera)

    said = []
    with closing(source):
        while (frame := source.read()) is not None:
            said.append(watcher.blind_because(frame))

    assert said[-1] == expected
    assert set(said) <= {"", expected}
