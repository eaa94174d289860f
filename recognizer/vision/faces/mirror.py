"""Both ways round: a face is encoded together with its mirror image, and the mean is its encoding.

What a light or a turn from one side does to an encoding, it does to the mirror image's from the other side: the mean of
both lies nearer to the person's other encodings (docs/recognition.md, "Both ways round").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recognizer.domain.following.detection import Encodings, Image


def both_ways(chips: Sequence[Image]) -> list[Image]:
    """The chips, then their mirror images in the same order."""
    return [*chips, *(np.ascontiguousarray(chip[:, ::-1]) for chip in chips)]


def mean_of_both_ways(encodings: Encodings) -> Encodings:
    """(n, 128) float32, of the (2n, 128) encodings of what ``both_ways`` gave for n chips."""
    faces = len(encodings) // 2
    return np.asarray((encodings[:faces] + encodings[faces:]) / 2, np.float32)
