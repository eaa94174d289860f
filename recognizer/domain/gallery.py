"""The gallery: all enrolled reference encodings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.detection import Encoding, Encodings

MODEL_NAME = "dlib_face_recognition_resnet_model_v1"
"""Encodings of another model live in another space; a gallery names the one it was made with."""


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """References of enrolled students; several a student.

    encodings: (n, 128) float32; numbers: n student numbers; photo_hashes: n SHA-256 hex digests of the photos.
    """

    encodings: Encodings
    numbers: tuple[str, ...]
    photo_hashes: tuple[str, ...]

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

    def references_of(self, number: str) -> int:
        """How many references that student has."""
        return self.numbers.count(number)

    def has_photo(self, number: str, photo_hash: str) -> bool:
        """Whether this very photo is already a reference of this student."""
        return (number, photo_hash) in zip(self.numbers, self.photo_hashes, strict=True)

    def with_reference(self, number: str, photo_hash: str, encoding: Encoding) -> Gallery:
        """A gallery with one more reference."""
        return Gallery(
            np.vstack([self.encodings, encoding[None].astype(np.float32)]),
            (*self.numbers, number),
            (*self.photo_hashes, photo_hash),
        )

    def without(self, number: str) -> Gallery:
        """A gallery that has forgotten a student."""
        return self._only(n != number for n in self.numbers)

    def distances(self, probe: Encoding) -> NDArray[np.float32]:
        """(n,) Euclidean distances of the probe to every reference."""
        return np.asarray(np.linalg.norm(self.encodings - probe, axis=1), np.float32)

    def _only(self, keep: Iterable[bool]) -> Gallery:
        rows = [i for i, kept in enumerate(keep) if kept]
        return Gallery(
            self.encodings[rows], tuple(self.numbers[i] for i in rows), tuple(self.photo_hashes[i] for i in rows)
        )
