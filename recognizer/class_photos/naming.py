"""Who the faces of class photos show, where several photos of one class add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recognizer.class_photos.faces import PhotoFace
from recognizer.domain.following.detection import Encodings
from recognizer.domain.following.tracking import REJOIN_DISTANCE
from recognizer.domain.naming.candidate import Candidate, Probe
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.search import squared_distances

SAME_PERSON = REJOIN_DISTANCE
"""Faces of two photos that lie nearer than this are one person's, and are named together. No two people of 610 press
photos lie so near (docs/recognition.md, "Joining and splitting tracks")."""


@dataclass(frozen=True, slots=True, eq=False)
class NamedFace:
    """A face and the answer to it; ``candidate`` is None where its picture is too poor to compare.

    photos: in how many photos the face was found, and compared together.
    """

    face: PhotoFace
    candidate: Candidate | None
    photos: int


def name_faces(faces: Sequence[PhotoFace], identification: Identification) -> list[NamedFace]:
    """The answers, in the faces' order; in one photo no student is named twice.

    identification: made for still pictures, each of which is asked for once. Who is not expected there is nobody, and
    is not taken for somebody who is: a student's twin, say.
    """
    compared = [index for index, face in enumerate(faces) if face.encoding is not None]
    encodings = np.array([faces[index].encoding for index in compared], np.float32).reshape(-1, 128)
    photos = np.array([faces[index].photo for index in compared], np.int64)
    people = join_faces(encodings, photos)
    candidates = identification.identify_alone([Probe.of(encodings[person]) for person in people])
    answers: dict[int, NamedFace] = {}
    taken: set[tuple[int, str]] = set()
    for person, found in sorted(zip(people, candidates, strict=True), key=lambda answer: answer[1].distance):
        candidate = found
        if found.verdict == "visitor":
            candidate = replace(found, verdict="nobody", number=None)
        elif found.number is not None:
            places = {(int(photo), found.number) for photo in photos[person]}
            if places & taken:
                candidate = replace(found, verdict="undecided", number=None)
            else:
                taken |= places
        for index in person:
            answers[compared[index]] = NamedFace(faces[compared[index]], candidate, len(person))
    return [answers.get(index, NamedFace(face, None, 0)) for index, face in enumerate(faces)]


def join_faces(encodings: Encodings, photos: NDArray[np.int64]) -> list[list[int]]:
    """The rows of each person, at most one of a photo; those nearest to each other are joined first.

    encodings: (n, 128); photos: (n,) from which photo each is. Two groups are as near as their means (average linkage
    of centroids).
    """
    groups = [[row] for row in range(len(encodings))]
    distances = np.sqrt(squared_distances(encodings, encodings))
    distances[photos[:, None] == photos[None]] = np.inf
    while len(groups) > 1 and distances.min() <= SAME_PERSON:
        one, other = sorted(divmod(int(distances.argmin()), len(groups)))
        groups[one] += groups.pop(other)
        apart = np.isinf(distances[one]) | np.isinf(distances[other])
        distances = np.delete(np.delete(distances, other, axis=0), other, axis=1)
        means = np.array([encodings[group].mean(axis=0) for group in groups])
        renewed = np.where(np.delete(apart, other), np.inf, np.sqrt(squared_distances(means[one][None], means)[0]))
        distances[one, :] = distances[:, one] = renewed
    return groups
