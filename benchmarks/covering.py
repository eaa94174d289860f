"""Measure which covered faces `recognizer encode` finds, and which photos of one person it takes for another's.

    python -m benchmarks.covering FOLDER

FOLDER has a sub-folder for each person. On every photo of an uncovered face, masks and dark glasses are drawn; faces
are then found and aligned anew, as an admin's photos are. Prints shares for each kind of cover.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks.portraits import enrollable_faces
from recognizer.bootstrap.enrolment import build_enrolment
from recognizer.config.configuration import Config
from recognizer.domain.following.detection import Encodings, Image
from recognizer.enrolment.enrolment import Enrolment
from recognizer.enrolment.face_search import UnfitPhoto
from recognizer.enrolment.likeness import UNLIKE
from recognizer.vision.faces.alignment import Alignment, Landmarks

Draw = Callable[[Image, Landmarks], Image]

_MASK = ((-0.95, 0.35), (0.0, 0.15), (0.95, 0.35), (0.85, 1.25), (0.4, 1.75), (0.0, 1.9), (-0.4, 1.75), (-0.85, 1.25))
_MASK_BELOW_THE_NOSE = ((-0.9, 0.75), (0.0, 0.65), (0.9, 0.75), *_MASK[3:])
_SQUARE = ((-0.42, -0.28), (0.42, -0.28), (0.42, 0.25), (-0.42, 0.25))
_AVIATOR = ((-0.42, -0.28), (0.42, -0.28), (0.36, 0.15), (0.1, 0.42), (-0.18, 0.42), (-0.38, 0.15))
_OVAL = tuple((0.44 * float(np.cos(a)), 0.3 * float(np.sin(a))) for a in np.linspace(0, 2 * np.pi, 24, endpoint=False))


def main(folder: Path) -> None:
    """Print the shares."""
    enrolment, alignment = build_enrolment(Config()), Alignment()
    people, encodings = [], []
    found: dict[str, list[str]] = {name: [] for name in ("uncovered", *COVERS)}
    for path, image, face in enrollable_faces(enrolment, folder):
        found["uncovered"].append(enrolment.covering.find_cover(image, face))
        people.append(path.parent.name)
        encodings.append(enrolment.encoder.encode(image, [face])[0])
        landmarks = alignment.landmarks(image, face)
        for name, draw in COVERS.items():
            if (answer := _ask(enrolment, draw(image.copy(), landmarks))) is not None:
                found[name].append(answer)
    for name, answers in found.items():
        mouth, eyes = (answers.count(cover) / max(1, len(answers)) for cover in ("mouth", "eyes"))
        print(f"{name:24} {len(answers):4} faces: mouth covered {mouth:.1%}, eyes covered {eyes:.1%}")
    _compare(np.array(people), np.array(encodings))


def _ask(enrolment: Enrolment, image: Image) -> str | None:
    """None where the covered face is not found, or refused for another reason."""
    try:
        image, face, is_sure = enrolment.search.find(image)
    except UnfitPhoto:
        return None
    is_good = is_sure and enrolment.gate.assess(image, face).is_good
    return enrolment.covering.find_cover(image, face) if is_good else None


def _compare(people: np.ndarray, encodings: Encodings) -> None:
    distances = np.linalg.norm(encodings[:, None] - encodings[None], axis=2)
    one, other = np.triu_indices(len(people), 1)
    same = people[one] == people[other]
    far = distances[one, other] > UNLIKE
    print(f"farther apart than {UNLIKE}: {far[same].mean():.1%} of {same.sum()} pairs of one person,", end=" ")
    print(f"{far[~same].mean():.1%} of {(~same).sum()} pairs of two")


def _draw_mask(shape: tuple[tuple[float, float], ...], colour: tuple[int, int, int]) -> Draw:
    def draw(image: Image, landmarks: Landmarks) -> Image:
        middle, across, down = _axes(landmarks)
        points = np.array([middle + x * across + y * down for x, y in shape])
        cv2.fillPoly(image, [points.astype(np.int32)], colour, cv2.LINE_AA)
        return image

    return draw


def _draw_glasses(shape: tuple[tuple[float, float], ...], colour: tuple[int, int, int], alpha: float = 1.0) -> Draw:
    def draw(image: Image, landmarks: Landmarks) -> Image:
        middle, across, down = _axes(landmarks)
        painted = image.copy()
        for side in (-1, 1):
            eye = middle + 0.5 * side * across
            points = np.array([eye + side * x * across + y * down for x, y in shape])
            cv2.fillPoly(painted, [points.astype(np.int32)], colour, cv2.LINE_AA)
        bridge = (middle + np.outer([-0.1, 0.1], across) - 0.1 * down).astype(int)
        cv2.line(painted, bridge[0].tolist(), bridge[1].tolist(), colour, max(2, int(np.hypot(*across) / 15)))
        return np.asarray(cv2.addWeighted(painted, alpha, image, 1 - alpha, 0), np.uint8)

    return draw


def _axes(landmarks: Landmarks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The middle between the eyes, the way from one to the other, and the same turned down."""
    right, left = landmarks[:2].mean(axis=0), landmarks[2:4].mean(axis=0)
    across = right - left
    return (left + right) / 2, across, np.array([-across[1], across[0]])


COVERS: dict[str, Draw] = {
    "mask, blue": _draw_mask(_MASK, (150, 190, 215)),
    "mask, white": _draw_mask(_MASK, (235, 235, 235)),
    "mask, black": _draw_mask(_MASK, (30, 30, 35)),
    "mask below the nose": _draw_mask(_MASK_BELOW_THE_NOSE, (150, 190, 215)),
    "glasses, black, square": _draw_glasses(_SQUARE, (20, 20, 22)),
    "glasses, black, oval": _draw_glasses(_OVAL, (20, 20, 22)),
    "glasses, black, aviator": _draw_glasses(_AVIATOR, (20, 20, 22)),
    "glasses, brown, aviator": _draw_glasses(_AVIATOR, (70, 45, 30), 0.9),
    "glasses, light, oval": _draw_glasses(_OVAL, (40, 40, 45), 0.6),
    "glasses, mirroring": _draw_glasses(_OVAL, (110, 150, 200)),
}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
