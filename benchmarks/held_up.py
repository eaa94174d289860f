"""How many photos that are held up before a camera are told from students, and how many students are taken for photos.

In a rendered clip every other student sits there, and of the others a photo is there instead, printed or on a phone,
which a hand moves. Whom the recognizer names, it may suspect. Prints of how many of each it does.

    ROLLCALL_MEDIA_DIR=FOLDER python -m benchmarks.held_up [SECONDS] [CLIPS]
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

import cv2
import numpy as np

from benchmarks.classroom.casting import Actor, cast
from benchmarks.classroom.clip import Format, Scene
from benchmarks.classroom.held_up import Medium
from benchmarks.classroom.people import find_people, portrait_folders
from recognizer.bootstrap.camera import build_watcher
from recognizer.bootstrap.enrolment import build_enrolment
from recognizer.camera.knowledge import Knowledge
from recognizer.config.configuration import CameraConfig, Config
from recognizer.domain.following.detection import Frame, Image
from recognizer.domain.following.suspicion import SUSPICIONS
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.register.attendance import ClassSession

T = TypeVar("T")

STUDENTS, LOOKS_PER_SECOND = 30, 2.0
_BEGINNING = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere


@dataclass(frozen=True)
class _Known(Generic[T]):
    content: T

    def load(self) -> T:
        return self.content

    def version(self) -> object:
        return 1


def main(seconds: float, clips: int) -> None:
    """Print the shares."""
    people = find_people(portrait_folders([], os.environ))
    found: Counter[tuple[str, str]] = Counter()
    for seed in range(1, clips // 2 + 1):
        actors = cast(people, STUDENTS, 0, seed)
        gallery = _enrol(actors)
        for half in (0, 1):
            found += _watch(actors, gallery, seconds, 2 * seed + half, half)
            for kind in ("student", "print", "phone"):
                words = {word: found[kind, word] for word in SUSPICIONS}
                named, share = found[kind, "named"], sum(words.values()) / max(1, found[kind, "named"])
                print(f"{kind:8} of {named:3} who were named {share:6.1%} were suspected: {words}", flush=True)


def _enrol(actors: Sequence[Actor]) -> Gallery:
    pictures: dict[Path, Image] = {}
    enrolment = replace(build_enrolment(Config()), read_photo=pictures.__getitem__)
    gallery = Gallery.empty()
    for actor in actors:
        for index, picture in enumerate(actor.references):
            path = Path(f"{actor.number} {index}")
            pictures[path] = picture
            gallery = gallery.with_reference(str(actor.number), str(path), enrolment.encode(path))
    return gallery


def _watch(actors: Sequence[Actor], gallery: Gallery, seconds: float, seed: int, half: int) -> Counter[tuple[str, str]]:
    """Of students, prints and phones: how many were named, and how many of these suspected."""
    media: dict[int, Medium] = {
        index: "print" if index % 4 < 2 else "phone" for index in range(len(actors)) if index % 2 == half
    }
    scene = Scene(actors, Format(1920, 1080, LOOKS_PER_SECOND, seconds), seed, media)
    begun, number_of = _BEGINNING, {actor.number: index for index, actor in enumerate(actors)}
    session = ClassSession(1, "C1", begun, begun + timedelta(days=1), 10, frozenset(map(str, number_of)))
    knowledge = Knowledge(_Known(gallery), _Known([session]), None)
    camera = CameraConfig("front", "none", "fast")
    watcher = build_watcher(Config(cameras=(camera,)), camera, knowledge)
    named, suspected = set[int](), dict[int, str]()
    for index, picture in enumerate(scene.frames()):
        at = index / LOOKS_PER_SECOND
        image = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
        for sighting in watcher.step(Frame(image, begun + timedelta(seconds=at), at)):
            if sighting.is_sure:
                named.add(number_of[sighting.student_number])
            if sighting.suspicion:
                suspected.setdefault(number_of[sighting.student_number], sighting.suspicion)
    counts = Counter((str(media.get(index, "student")), "named") for index in named)
    return counts + Counter((str(media.get(index, "student")), word) for index, word in suspected.items())


if __name__ == "__main__":
    main(*(float(sys.argv[1]) if len(sys.argv) > 1 else 300.0, int(sys.argv[2]) if len(sys.argv) > 2 else 6))
