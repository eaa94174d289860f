"""The encoder: dlib's residual net, run by ONNX Runtime, on each face and its mirror image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recognizer.domain.following.detection import Detection, Encodings, Image
from recognizer.domain.ports.camera import Aligner
from recognizer.vision.faces.alignment import Alignment
from recognizer.vision.faces.mirror import both_ways, mean_of_both_ways
from recognizer.vision.nets.networks import encoder_model, run_on_cpu
from recognizer.vision.nets.weights import load_net

MOST_AT_ONCE = 16
"""At most this many chips go through the net at once; a frame seldom has more. More take memory and save no time."""


class OnnxEncoder:
    """dlib_face_recognition_resnet_model_v1 on chips aligned by five landmarks; dlib's encodings to 1e-6.

    A face's encoding is the mean of those of its chip and of the chip's mirror image (``mirror``). One object per
    thread. Raises WeightsError when a model file is missing or damaged. ``alignment``: one to share, since each takes
    10 MB; without it one is made.
    """

    def __init__(self, threads: int = 1, alignment: Aligner | None = None) -> None:
        self._alignment = alignment or Alignment()
        self._session = run_on_cpu(encoder_model(load_net("dlib_face_recognition_resnet_model_v1.dat")), threads)

    def encode(self, image: Image, detections: Sequence[Detection]) -> Encodings:
        """(n, 128) float32, one row per detection, in their order; about 14 ms a face on one core."""
        chips = self._alignment.chips(image, detections) if detections else []
        return mean_of_both_ways(self.encode_chips(both_ways(chips)))

    def encode_chips(self, chips: Sequence[Image]) -> Encodings:
        """(n, 128) float32, one row for each aligned chip of 150 x 150 pixels, as it is; about 7 ms a chip."""
        encodings = np.empty((len(chips), 128), np.float32)
        for start in range(0, len(chips), MOST_AT_ONCE):
            batch = np.stack(chips[start : start + MOST_AT_ONCE])
            (encodings[start : start + len(batch)],) = self._session.run(None, {"chips": batch})
        return encodings
