"""What some constants of the recognizer stand on, measured on a folder of people.

    python -m benchmarks.constants --portraits FOLDER      # or with ROLLCALL_MEDIA_DIR set

It prints how far apart encodings of one person and of different people lie, for the constants that join, split and name
tracks, and at which widths the slight net finds a face, for the sizes that a region is shown at. docs/recognition.md
holds the last table.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.classroom.people import find_people, portrait_folders
from benchmarks.measurement import Figures
from recognizer.domain.following.detection import Detection, Encodings, Image, Region
from recognizer.domain.following.tracking import JUMP_SPLIT_DISTANCE, REJOIN_DISTANCE, SPLIT_DISTANCE
from recognizer.domain.naming.impostor_law import measure_population
from recognizer.vision.engines.cnn_detector import CnnDetector
from recognizer.vision.engines.encoder import OnnxEncoder
from recognizer.vision.engines.patches import NARROWEST, WIDEST

SMALLEST_FACE_PIXELS = 40

BORDER = 30
"""Pixels of replicated edge around each photo, so that tight crops have a face, too."""

WIDTHS = (60, 64, 66, 68, 72, 76, 80, 84, 88, 92, 94, 98)
"""The widths in pixels at which the slight net is shown each face."""

AROUND = 0.75
"""Widths around a face that its region reaches."""

SAME_FACE = 0.4
"""IoU of boxes of one face."""

MOST_SHOWN = 200
"""About this many faces are shown to the slight net at every width."""

ENOUGH_PHOTOS = 3
"""People with fewer photos do not tell how much one person's encodings differ."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """The only face of a photo."""

    image: Image
    detection: Detection


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.constants", description="Measure constants.")
    parser.add_argument("--portraits", type=Path, action="append", default=[], metavar="FOLDER")
    arguments = parser.parse_args()
    detector, encoder = CnnDetector(SMALLEST_FACE_PIXELS), OnnxEncoder()
    people = [
        faces
        for person in find_people(portrait_folders(arguments.portraits, os.environ))
        if (faces := [*_faces(person.photos, detector)])
    ]
    encodings = [np.concatenate([encoder.encode(face.image, [face.detection]) for face in faces]) for faces in people]
    figures = {
        "people": float(len(people)),
        "faces": float(sum(map(len, people))),
        **measure_distances([rows for rows in encodings if len(rows) >= ENOUGH_PHOTOS]),
        **measure_widths([face for faces in people for face in faces], detector),
    }
    for name, value in figures.items():
        print(f"{name:<36} {value:>9.4g}")


def measure_distances(people: Sequence[Encodings]) -> Figures:
    """Shares of the pairs of two photos, on either side of each distance, and the pooled spread of one person's.

    people: (photos, 128) encodings of each, two photos at least.
    """
    everything = np.concatenate(people)
    person = np.repeat(np.arange(len(people)), [len(rows) for rows in people])
    distances = np.linalg.norm(everything[:, None] - everything[None], axis=2)
    is_own, is_pair = person[:, None] == person[None], ~np.eye(len(person), dtype=bool)
    own, other = distances[is_own & is_pair], distances[~is_own]
    figures: Figures = {}
    for distance in (REJOIN_DISTANCE, JUMP_SPLIT_DISTANCE, SPLIT_DISTANCE):
        figures[f"different_people_within_{distance:g}"] = float((other < distance).mean())
        figures[f"one_person_beyond_{distance:g}"] = float((own > distance).mean())
    return figures | measure_law_of(people) | _gaps(people)


def measure_law_of(people: Sequence[Encodings]) -> Figures:
    """The impostor law of these people alone, and in how many directions a person's encodings scatter.

    Of their scatter only what lies along the line to another person moves the distance to that person: it is a part of
    the whole, one direction of so many.
    """
    law = measure_population(people)
    means = np.array([rows.mean(axis=0) for rows in people])
    scattered = np.concatenate([rows - rows.mean(axis=0) for rows in people])
    one, other = np.triu_indices(len(people), 1)
    lines = means[one] - means[other]
    lines /= np.linalg.norm(lines, axis=1, keepdims=True)
    along = float(np.mean((scattered @ lines.T) ** 2)) * len(scattered) / (len(scattered) - len(people))
    return {
        "between_people": law.mean,
        "between_people_deviation": law.deviation,
        "within_a_person": law.within,
        "directions_of_a_person": law.within / along if along else math.inf,
    }


def measure_widths(faces: Sequence[Face], detector: CnnDetector) -> Figures:
    """The share of the faces that the slight net finds when they are shown that many pixels wide."""
    sample = faces[:: max(1, len(faces) // MOST_SHOWN)]
    return {
        f"slight_net_finds_at_{width}_pixels": float(np.mean([_is_found(face, width, detector) for face in sample]))
        for width in WIDTHS
    }


def _gaps(people: Sequence[Encodings]) -> Figures:
    """How much nearer a photo lies to the mean of its person's others than to the nearest other person's mean."""
    means = np.array([rows.mean(axis=0) for rows in people])
    gaps = []
    for index, rows in enumerate(people):
        others = np.delete(means, index, axis=0)
        for photo in range(len(rows)):
            own = np.delete(rows, photo, axis=0).mean(axis=0)
            nearest = np.linalg.norm(others - rows[photo], axis=1).min()
            gaps.append(float(nearest - np.linalg.norm(own - rows[photo])))
    return {f"gap_{share}_percent": float(np.percentile(gaps, share)) for share in (1, 5, 50)}


def _faces(photos: Sequence[Path], detector: CnnDetector) -> Iterator[Face]:
    """The faces of those photos that show exactly one."""
    for path in photos:
        read = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if read is None:
            continue
        framed = cv2.copyMakeBorder(read, *(BORDER,) * 4, borderType=cv2.BORDER_REPLICATE)
        image = np.asarray(cv2.cvtColor(framed, cv2.COLOR_BGR2RGB), np.uint8)
        found = detector.detect(image)
        if len(found) == 1:
            yield Face(image, found[0])


def _is_found(face: Face, width: int, detector: CnnDetector) -> bool:
    """Whether the slight net finds it where it is shown that many pixels wide, instead of at its best size."""
    # Something around it, for a region that is the whole picture is shown at other sizes.
    room = face.detection.box.width
    image = np.asarray(cv2.copyMakeBorder(face.image, *(room,) * 4, borderType=cv2.BORDER_REPLICATE), np.uint8)
    box = face.detection.box.moved(room, room)
    asked_for = box.width * math.sqrt(NARROWEST * WIDEST) / width
    region = Region(box.widened(AROUND, AROUND, AROUND), asked_for, asked_for)
    return any(found.box.iou(box) >= SAME_FACE for found in detector.detect(image, [region]))


if __name__ == "__main__":
    main()
