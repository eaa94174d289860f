"""How many students, and how many photos held up, have surroundings that move with their faces, in many scenes.

Where a face is comes from the scene's truth, off by as much as a detector's box is. So no face is detected or named,
and a scene takes less than a tenth of the time of ``benchmarks.held_up``, which tells how often the recognizer itself
suspects somebody. Half of the scenes have students alone; in the others every other student is a photo.

    ROLLCALL_MEDIA_DIR=FOLDER python -m benchmarks.surroundings [SECONDS] [SCENES]
"""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict

import cv2
import numpy as np

from benchmarks.classroom.casting import cast
from benchmarks.classroom.clip import Format, Scene
from benchmarks.classroom.held_up import Medium
from benchmarks.classroom.people import find_people, portrait_folders
from benchmarks.classroom.truth import Appearance
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.suspicion import LEAST_PARTS, Rigidity
from recognizer.vision.faces.surroundings import CorrelatedSurroundings

STUDENTS, SECONDS_BETWEEN_LOOKS = 30, 2.0
MISSED, MOST_COVERED = 0.3, 0.3
"""This share of the looks does not find the face; a face is not found where more than that share of it is hidden."""


def main(seconds: float, scenes: int) -> None:
    """Print, of students, prints and phones, how many were suspected, after each scene."""
    people = find_people(portrait_folders([], os.environ))
    actors = cast(people, STUDENTS, 0, 1)
    suspected: Counter[str] = Counter()
    for seed in range(1, scenes + 1):
        media: dict[int, Medium] = {
            index: "print" if index % 4 < 2 else "phone" for index in range(len(actors)) if index % 2 < 1 - seed % 2
        }
        scene = Scene(actors, Format(1920, 1080, 1 / SECONDS_BETWEEN_LOOKS, seconds), seed, media)
        for index, is_suspicious in _watch(scene, media, np.random.default_rng(seed)).items():
            kind = str(media.get(index, "student"))
            suspected.update({kind: 1, f"{kind} suspected": int(is_suspicious)})
        told = (f"{suspected[f'{kind} suspected']} of {suspected[kind]}" for kind in ("student", "print", "phone"))
        print("{}: suspected are {} students, {} prints, {} phones".format(seed, *told), flush=True)


def _watch(scene: Scene, media: dict[int, Medium], random: np.random.Generator) -> dict[int, bool]:
    """Of each actor whose face could be compared often enough, whether they were suspected at any time."""
    reader, faces = CorrelatedSurroundings(), defaultdict[int, Rigidity](Rigidity)
    suspected: set[int] = set()
    for number, picture in enumerate(scene.frames()):
        image = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
        for index, role in enumerate(scene.roles()):
            seen = role.appearances[-1] if role.appearances else None
            if seen is None or seen.frame != number or not _is_found(seen, random, is_photo=index in media):
                continue
            faces[index].compare(reader, image, _as_detected(seen.box, random), number * SECONDS_BETWEEN_LOOKS)
            if faces[index].is_suspicious:
                suspected.add(index)
    return {index: index in suspected for index, face in faces.items() if face.parts >= LEAST_PARTS}


def _is_found(seen: Appearance, random: np.random.Generator, *, is_photo: bool) -> bool:
    is_hidden = seen.covered > MOST_COVERED or (seen.is_away and not is_photo)
    return not is_hidden and bool(random.random() >= MISSED)


def _as_detected(box: Box, random: np.random.Generator) -> Box:
    """The face's box, off by a few hundredths of its width and up to 15 % wider."""
    width = box.width * random.uniform(0.95, 1.15)
    x, y = (middle + random.normal(0, 0.03) * width for middle in box.centre)
    return Box(round(y - width / 2), round(x + width / 2), round(y + width / 2), round(x - width / 2))


if __name__ == "__main__":
    main(*(float(sys.argv[1]) if len(sys.argv) > 1 else 180.0, int(sys.argv[2]) if len(sys.argv) > 2 else 20))
