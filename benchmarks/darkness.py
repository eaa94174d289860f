"""Measure which dark faces `recognizer encode` refuses: those that lack light, and those whose skin is dark.

    python -m benchmarks.darkness FOLDER

FOLDER has a sub-folder for each person. Every good photo is shown with less light, as the sensor of a cheap camera
sees it, as it is or brightened again; and with darker skin, in full light and in less. Prints for each how many are
refused, and how far the encoding moves from that of the same face in full light.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.portraits import enrollable_faces
from recognizer.bootstrap.enrolment import build_enrolment
from recognizer.config.configuration import Config
from recognizer.domain.following.detection import Detection, Image
from recognizer.enrolment.enrolment import Enrolment
from recognizer.vision.faces.signal import grey_crop, measure_signal

Light = NDArray[np.float64]
"""(h, w, 3), from 0 to 1: what falls on the sensor, in proportion to the lamp."""

FULL_WELL, READ_NOISE = 4000, 6
"""Electrons of a white pixel, and of the noise that a sensor adds: a small one of a few micrometres."""

SHARES = (0.25, 0.12, 0.06, 0.03, 0.015)
"""Of the light that the photo was taken in."""

ALBEDOS = (0.4, 0.2, 0.1)
"""What of the light a darker skin sends back, in that of the photo's. The lightest skins send back ten times as much as
the darkest."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A face as it was shown. moved: its encoding's distance to that of the same face in full light."""

    kind: str
    is_refused: bool
    brightness: float
    contrast_to_noise: float
    moved: float


def to_light(image: Image) -> Light:
    """By the sRGB curve."""
    level = image / 255.0
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


def to_image(light: Light) -> Image:
    """(h, w, 3) uint8 by the sRGB curve."""
    light = np.clip(light, 0, 1)
    level = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(level * 255), np.uint8)


def expose(light: Light, share: float, random: np.random.Generator) -> Light:
    """What the sensor makes of that share of the light: with shot noise and its own."""
    electrons = random.poisson(np.clip(light * share, 0, 1) * FULL_WELL) + random.normal(0, READ_NOISE, light.shape)
    return np.asarray(electrons / FULL_WELL, np.float64)


def darken_skin(light: Light, detection: Detection, albedo: float) -> Light:
    """The same photo with a face that sends back that share of the light, down to its neck and up to its hair."""
    box = detection.box
    mask = np.zeros(light.shape[:2], np.float32)
    centre = (round((box.left + box.right) / 2), round(box.top + 0.5 * box.height))
    cv2.ellipse(mask, centre, (round(0.55 * box.width), round(0.7 * box.height)), 0, 0, 360, 1.0, -1)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.05 * box.width), np.float32)
    return light * (1 - (1 - albedo) * mask[..., None])


def main(folder: Path) -> None:
    """Print the shares and the medians."""
    kinds: dict[str, list[Shown]] = defaultdict(list)
    for one in _show(folder):
        kinds[one.kind].append(one)
    print(f"{'shown':36}{'faces':>6}{'refused':>9}{'brightness':>12}{'to noise':>10}{'moved':>7}")
    for kind, those in kinds.items():
        refused = sum(one.is_refused for one in those) / len(those)
        brightness, ratio, moved = np.median([(one.brightness, one.contrast_to_noise, one.moved) for one in those], 0)
        print(f"{kind:36}{len(those):6}{refused:9.0%}{brightness:12.0f}{ratio:10.1f}{moved:7.2f}")


def _show(folder: Path) -> Iterator[Shown]:
    enrolment, random = build_enrolment(Config()), np.random.default_rng(0)
    for _, image, face in enrollable_faces(enrolment, folder):
        yield from _show_face(enrolment, image, face, random)


def _show_face(enrolment: Enrolment, image: Image, face: Detection, random: np.random.Generator) -> Iterator[Shown]:
    light = to_light(image)
    skins = {"": light} | {f"skin {albedo:g} as light, ": darken_skin(light, face, albedo) for albedo in ALBEDOS}
    for skin, whole in skins.items():
        reference = enrolment.encoder.encode(to_image(whole), [face])[0]
        for share in SHARES if not skin else (1.0, *SHARES[:2]):
            seen = expose(whole, share, random)
            pictures = {f"{skin}{share:g} of the light": to_image(seen)}
            if not skin:
                pictures[f"{share:g} of the light, brightened"] = to_image(seen / share)
            for kind, picture in pictures.items():
                signal = measure_signal(grey_crop(picture, face.box.clipped(*picture.shape[:2])))
                moved = float(np.linalg.norm(enrolment.encoder.encode(picture, [face])[0] - reference))
                is_refused = not enrolment.gate.assess(picture, face).is_good
                yield Shown(kind, is_refused, signal.brightness, signal.contrast_to_noise, moved)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
