"""The faces of the people: found, encoded and kept in memory alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Detection, Encoding, Image, fingerprint
from recognizer.domain.ports.camera import Detector, Encoder
from recognizer.errors import PhotoError
from recognizer.evaluation.metrics import Interval, share_of
from recognizer.evaluation.people import PersonFiles
from recognizer.evaluation.protocol import Population

MOST_FRAMES = 12
"""Looked at in one clip, spread over its length: neighbours are too much alike to teach anything."""

BORDER = 0.5
"""A photo cut close around the face is tried again with a border of that share of its sides: detectors want to see
what is around a face."""

CLOSE_PIXELS = 600
"""A photo no larger is enlarged for that second try."""

PICTURE_PIXELS = 128


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One encoded face. person: index into the names; source: which file it is from; picture: a JPEG of it."""

    person: int
    source: int
    label: str
    encoding: Encoding
    picture: bytes


@dataclass(slots=True)
class Collection:
    """What the folder shows. names: people with a face found; faces: theirs.

    images: of everybody, people without a face too, who each photo or frame looked at is of (index into everybody's
    names) and whether no face was found in it. missed: files without a face; unreadable: files, and why; repeated:
    photos that a person has under another name already, which are passed over: a photo found by itself tells nothing.
    """

    names: list[str] = field(default_factory=list)
    faces: list[Face] = field(default_factory=list)
    everybody: list[str] = field(default_factory=list)
    images: list[tuple[int, bool]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)

    def population(self) -> Population:
        """The faces as the experiment takes them; there must be one."""
        return Population(
            np.stack([face.encoding for face in self.faces]),
            np.array([face.person for face in self.faces]),
            np.array([face.source for face in self.faces]),
            len(self.names),
        )

    def files_with_a_face(self) -> dict[str, int]:
        """By person."""
        files = {(face.person, face.source) for face in self.faces}
        counts = Counter(person for person, _ in files)
        return dict.fromkeys(self.everybody, 0) | {name: counts[person] for person, name in enumerate(self.names)}

    def detection_misses(self) -> Interval:
        """The share of photos and frames in which no face was found."""
        person, is_missed = np.array(self.images, np.int64).reshape(-1, 2).T
        return share_of(is_missed.astype(bool), person, len(self.everybody))


@dataclass(frozen=True, slots=True)
class FaceReader:
    """Finds the faces with the parts that the cameras use.

    read_photo raises PhotoError; read_clip gives about so many frames spread over a clip and raises PhotoError;
    enlarge scales an image by a whole factor; encode_picture makes a JPEG. least_confidence: the detector's, below
    which a face is none.
    """

    read_photo: Callable[[Path], Image]
    read_clip: Callable[[Path, int], Iterable[Image]]
    enlarge: Callable[[Image, int], Image]
    encode_picture: Callable[[Image], bytes]
    detector: Detector
    encoder: Encoder
    least_confidence: float

    def collect(self, people: Sequence[PersonFiles], advance: Callable[[str], None]) -> Collection:
        """Everybody's faces; ``advance`` is called after each file with the person's name."""
        found = Collection()
        source = 0
        for person in people:
            found.everybody.append(person.name)
            faces: list[Face] = []
            contents: set[bytes] = set()
            for path in (*person.photos, *person.clips):
                faces += self._read(path, person, source, found, contents)
                source += 1
                advance(person.name)
            if faces:
                found.names.append(person.name)
                found.faces += faces
        return found

    def _read(
        self, path: Path, person: PersonFiles, source: int, found: Collection, contents: set[bytes]
    ) -> list[Face]:
        """The faces of one file. contents: of this person's photos so far, to which this one's is added."""
        label = f"{person.name}/{path.name}"
        is_clip = path in person.clips
        faces = []
        try:
            for image in self._images(path, is_clip=is_clip):
                if not is_clip:
                    content = fingerprint(image)
                    if content in contents:
                        found.repeated.append(label)
                        return []
                    contents.add(content)
                seen = self._encode(image)
                found.images.append((len(found.everybody) - 1, seen is None))
                if seen is not None:
                    faces.append(Face(len(found.names), source, label, *seen))
        except PhotoError as error:
            found.unreadable.append(f"{label}: {error}")
            return faces
        if not faces:
            found.missed.append(label)
        return faces

    def _images(self, path: Path, *, is_clip: bool) -> Iterator[Image]:
        if is_clip:
            yield from self.read_clip(path, MOST_FRAMES)
        else:
            yield self.read_photo(path)

    def _encode(self, image: Image) -> tuple[Encoding, bytes] | None:
        """The largest face, as a student's photo shows the student in front of others."""
        detections = self._sure(image)
        if not detections:
            image = self._roomier(image)
            detections = self._sure(image)
        if not detections:
            return None
        largest = max(detections, key=lambda detection: detection.box.area)
        return self.encoder.encode(image, [largest])[0], self.encode_picture(cut_out(image, largest))

    def _sure(self, image: Image) -> list[Detection]:
        return [found for found in self.detector.detect(image) if found.confidence >= self.least_confidence]

    def _roomier(self, image: Image) -> Image:
        height, width = image.shape[:2]
        above, beside = round(height * BORDER), round(width * BORDER)
        bordered = np.pad(image, ((above, above), (beside, beside), (0, 0)), "edge")
        return self.enlarge(bordered, 2) if max(height, width) <= CLOSE_PIXELS else bordered


def cut_out(image: Image, detection: Detection) -> Image:
    """(128, 128, 3): the face with a quarter around it, by plain sampling."""
    box = detection.box
    reach = 0.75 * max(box.width, box.height)
    steps: NDArray[np.float64] = np.linspace(-reach, reach, PICTURE_PIXELS)
    rows = np.clip(np.round((box.top + box.bottom) / 2 + steps), 0, image.shape[0] - 1).astype(int)
    columns = np.clip(np.round((box.left + box.right) / 2 + steps), 0, image.shape[1] - 1).astype(int)
    return np.ascontiguousarray(image[rows[:, None], columns[None, :]])
