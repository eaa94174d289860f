"""The gallery: the reference encodings of all enrolled students."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Encoding, Encodings
from recognizer.domain.naming.calibration import Calibration

MODEL_NAME = "dlib_face_recognition_resnet_model_v1"
"""Encodings of another model live in another space; a gallery names the one it was made with."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupedReferences:
    """References with those of one student in consecutive rows. There is no object for each student, since there may be
    100 000.

    encodings: (n, 128) float32. numbers: (students,) their numbers. starts: (students + 1,) the row at which the
    references of each begin, and n at the end.
    """

    encodings: Encodings
    numbers: NDArray[np.str_]
    starts: NDArray[np.int64]

    def of_student(self, position: int) -> Encodings:
        """(m, 128): the references of the student at that position of ``numbers``."""
        return self.encodings[self.starts[position] : self.starts[position + 1]]

    def means(self) -> Encodings:
        """(students, 128) float32: the mean reference of each."""
        if not len(self.numbers):
            return np.empty((0, self.encodings.shape[1]), np.float32)
        sums = np.add.reduceat(self.encodings, self.starts[:-1], axis=0)
        return np.asarray(sums / np.diff(self.starts)[:, None].astype(np.float32), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """References of enrolled students, several for each.

    encodings: (n, 128) float32; numbers: n student numbers; photo_hashes: n SHA-256 hex digests of the photos.
    calibration: what an evaluation learned for this gallery, if one did. plain: hashes of photos that an earlier
    release encoded as they are, without their mirror images; such references miss a student somewhat more often.
    """

    encodings: Encodings
    numbers: tuple[str, ...]
    photo_hashes: tuple[str, ...]
    calibration: Calibration | None = None
    plain: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not (self.encodings.shape == (len(self.numbers), 128) and len(self.photo_hashes) == len(self.numbers)):
            raise ValueError("a gallery needs one number and one photo hash for each 128-d encoding")

    @classmethod
    def empty(cls) -> Gallery:
        return cls(np.empty((0, 128), np.float32), (), ())

    @property
    def students(self) -> tuple[str, ...]:
        """The enrolled numbers, sorted, each once."""
        return tuple(sorted(set(self.numbers)))

    @property
    def version(self) -> str:
        """16 hex digits that stand for who is enrolled by which references, the same on every machine.

        Neither the order of the references nor the key of a machine changes it.
        """
        rows = zip(self.numbers, self.encodings.astype("<f4"), strict=True)
        digest = hashlib.sha256()
        for row in sorted(number.encode() + b"\0" + encoding.tobytes() for number, encoding in rows):
            digest.update(hashlib.sha256(row).digest())
        return digest.hexdigest()[:16]

    def count_references(self, number: str) -> int:
        """How many references that student has."""
        return self.numbers.count(number)

    def has_photo(self, number: str, photo_hash: str) -> bool:
        """Whether this very photo is already a reference of this student."""
        return (number, photo_hash) in zip(self.numbers, self.photo_hashes, strict=True)

    def with_reference(self, number: str, photo_hash: str, encoding: Encoding) -> Gallery:
        """A gallery with one more reference."""
        return replace(
            self,
            encodings=np.vstack([self.encodings, encoding[None].astype(np.float32)]),
            numbers=(*self.numbers, number),
            photo_hashes=(*self.photo_hashes, photo_hash),
        )

    def joined(self, other: Gallery) -> Gallery:
        """A gallery with the other's references after its own."""
        return replace(
            self,
            encodings=np.vstack([self.encodings, other.encodings]),
            numbers=(*self.numbers, *other.numbers),
            photo_hashes=(*self.photo_hashes, *other.photo_hashes),
        )

    def with_photo_encoded_anew(self, photo_hash: str, encoding: Encoding) -> Gallery:
        """A gallery in which the references of that photo have this encoding."""
        encodings = self.encodings.copy()
        encodings[[given == photo_hash for given in self.photo_hashes]] = encoding
        return replace(self, encodings=encodings, plain=self.plain - {photo_hash})

    def for_naming(self) -> Gallery:
        """A gallery that does not say which photos the references are of: nobody is named by that."""
        return replace(self, photo_hashes=("",) * len(self.numbers), plain=frozenset())

    def without(self, number: str) -> Gallery:
        """A gallery that has forgotten a student."""
        return self._only(n != number for n in self.numbers)

    def renamed(self, numbers: Mapping[str, str]) -> Gallery:
        """A gallery in which the references of the first of each two numbers are those of the second."""
        renamed = tuple(numbers.get(number, number) for number in self.numbers)
        return replace(self, numbers=renamed) if renamed != self.numbers else self

    def only(self, numbers: Collection[str]) -> Gallery:
        """A gallery of these students alone."""
        kept = frozenset(numbers)
        return self._only(n in kept for n in self.numbers)

    def distances(self, probe: Encoding) -> NDArray[np.float32]:
        """(n,) Euclidean distances of the probe to every reference."""
        return np.asarray(np.linalg.norm(self.encodings - probe, axis=1), np.float32)

    def grouped(self) -> GroupedReferences:
        """The references by student, in the order in which the students first appear.

        The encodings are the gallery's own array where they have that order already, as encode leaves them.
        """
        positions: dict[str, int] = {}
        owners = np.fromiter((positions.setdefault(n, len(positions)) for n in self.numbers), np.int64)
        is_grouped = bool((np.diff(owners) >= 0).all())
        encodings = self.encodings if is_grouped else self.encodings[np.argsort(owners, kind="stable")]
        counts = np.bincount(owners, minlength=len(positions))
        return GroupedReferences(encodings, np.array([*positions], np.str_), np.concatenate([[0], np.cumsum(counts)]))

    def calibrated(self, calibration: Calibration | None) -> Gallery:
        """The same references with what an evaluation learned."""
        return replace(self, calibration=calibration)

    def _only(self, keep: Iterable[bool]) -> Gallery:
        rows = [i for i, kept in enumerate(keep) if kept]
        hashes = tuple(self.photo_hashes[i] for i in rows)
        return replace(
            self,
            encodings=self.encodings[rows],
            numbers=tuple(self.numbers[i] for i in rows),
            photo_hashes=hashes,
            plain=self.plain.intersection(hashes),
        )
