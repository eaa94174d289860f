"""Faces that lack light are refused, faces of dark skin are not: contrast and noise decide, not brightness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from benchmarks.darkness import darken_skin, expose, to_image, to_light
from recognizer.domain.following.detection import Detection, Image
from recognizer.domain.following.geometry import Box
from recognizer.vision.engines.hog_detector import HogDetector
from recognizer.vision.faces.photos import read_photo
from recognizer.vision.faces.quality import LEAST_CONTRAST, LEAST_CONTRAST_TO_NOISE, CropQualityGate
from recognizer.vision.faces.signal import Signal, grey_crop, measure_signal

DARK_ROOM = 0.008
"""Of the light of a portrait: what a room has by the light of its screens."""

DARK_SKINS = (0.4, 0.2, 0.1)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A portrait, and the face in it."""

    image: Image
    detection: Detection

    def shown(self, share: float = 1.0, skin: float = 1.0, *, brightened: bool = False) -> Image:
        """In that share of the light, with skin that sends back that share of it."""
        light = darken_skin(to_light(self.image), self.detection, skin) if skin < 1 else to_light(self.image)
        seen = expose(light, share, np.random.default_rng(1))
        return to_image(seen / share if brightened else seen)

    def refusal(self, picture: Image) -> str | None:
        return CropQualityGate(60).assess(picture, self.detection).refusal

    def signal(self, picture: Image) -> Signal:
        return measure_signal(grey_crop(picture, self.detection.box.clipped(*picture.shape[:2])))


@pytest.fixture(scope="module")
def faces(portraits: dict[str, Path]) -> list[Face]:
    return list(find(HogDetector(80), [portraits["collins"], portraits["hopper"]]))


def find(detector: HogDetector, photos: list[Path]) -> Iterator[Face]:
    """The good faces of the photos."""
    for photo in photos:
        image = read_photo(photo, longest_side=1024)
        found = [face for face in detector.detect(image) if face.confidence > 1]
        if len(found) == 1 and CropQualityGate(60).assess(image, found[0]).is_good:
            yield Face(image, found[0])


def drawn_face(skin: float, noise: float) -> tuple[Image, Detection]:
    """A made-up face: hair, eyes, brows, a nose's shadow and a mouth, each by a share darker than the skin."""
    y, x = np.mgrid[:240, :240] / 240
    shading = np.ones((240, 240))
    for across, down, wide, high, depth in (
        (0.33, 0.42, 0.07, 0.03, 0.75),
        (0.67, 0.42, 0.07, 0.03, 0.75),
        (0.33, 0.33, 0.1, 0.02, 0.7),
        (0.67, 0.33, 0.1, 0.02, 0.7),
        (0.56, 0.58, 0.05, 0.05, 0.4),
        (0.5, 0.76, 0.13, 0.03, 0.6),
    ):
        shading -= depth * (((x - across) / wide) ** 2 + ((y - down) / high) ** 2 <= 1)
    shading[:48] -= 0.7  # The hair.
    level = skin * shading[..., None] * np.ones(3)
    seen = level + np.random.default_rng(0).normal(0, noise, level.shape)
    return to_image(seen), Detection(Box(0, 240, 240, 0), 1.0)


@pytest.mark.parametrize(("brightened", "reason"), [(False, "too dark"), (True, "too noisy")])
def test_a_face_without_light_is_refused_even_when_it_was_brightened_again(
    faces: list[Face], brightened: bool, reason: str
) -> None:
    assert len(faces) == 2
    assert [face.refusal(face.shown(DARK_ROOM, brightened=brightened)) for face in faces] == [reason] * 2


@pytest.mark.parametrize("skin", DARK_SKINS)
def test_a_face_of_dark_skin_is_accepted_however_dark(faces: list[Face], skin: float) -> None:
    for face in faces:
        assert face.refusal(face.shown(skin=skin)) is None


def test_a_drawn_face_is_judged_by_its_noise_and_not_by_how_much_its_skin_sends_back() -> None:
    gate = CropQualityGate()
    verdicts = {}
    for skin in (0.5, 0.06):
        for noise in (0.001, 0.5):
            picture, detection = drawn_face(skin, noise * skin)
            verdicts[skin, noise] = gate.assess(picture, detection).refusal
    assert verdicts == {(0.5, 0.001): None, (0.06, 0.001): None, (0.5, 0.5): "too noisy", (0.06, 0.5): "too dark"}


def test_more_light_never_makes_a_face_worse(faces: list[Face]) -> None:
    for face in faces:
        ratios = [face.signal(face.shown(share)).contrast_to_noise for share in (0.008, 0.03, 0.12, 0.5)]
        assert ratios == sorted(ratios)
        assert ratios[0] < LEAST_CONTRAST_TO_NOISE < ratios[-1]


def test_dark_skin_is_refused_no_more_often_at_the_same_contrast_and_noise(media: Path) -> None:
    """Of photos of six people, shown in less and less light until nothing can be told from noise."""
    photos = [sorted(folder.iterdir())[0] for folder in sorted((media / "faces").iterdir())[:6]]
    refusals: dict[tuple[bool, bool], list[str | None]] = defaultdict(list)
    darkest = 255.0
    for face in find(HogDetector(60), photos):
        for skin in (1.0, 0.2, 0.1):
            for share in (1.0, 0.12, 0.06, 0.03):
                picture = face.shown(share, skin)
                signal, refusal = face.signal(picture), face.refusal(picture)
                can_be_told = signal.contrast >= LEAST_CONTRAST and signal.contrast_to_noise >= LEAST_CONTRAST_TO_NOISE
                refusals[skin < 1, can_be_told].append(refusal)
                darkest = min(darkest, signal.brightness) if refusal is None else darkest
    for is_dark in (False, True):
        assert len(refusals[is_dark, True]) >= 15
        assert set(refusals[is_dark, True]) == {None}
        assert "too dark" in refusals[is_dark, False] and None not in refusals[is_dark, False]
    assert darkest < 40, "accepted for its contrast, though it is dark"
