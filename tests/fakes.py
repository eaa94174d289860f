"""Stand-ins for what a test cannot or need not have: each keeps its port's promise and shows what was asked of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recognizer.domain.detection import Detection, Encoding, Encodings, Frame, Image, Quality
from recognizer.domain.geometry import Box


class FakeMotion:
    """Looks at every frame."""

    def is_time_to_look(self, frame: Frame) -> bool:
        return True


class FakeDetector:
    """Finds what it is told to; ``faces`` may be changed between two frames."""

    def __init__(self, faces: Sequence[Box] = ()) -> None:
        self.faces = list(faces)

    def detect(self, image: Image) -> list[Detection]:
        return [Detection(box, 1.0) for box in self.faces]


class FakeQualityGate:
    """Finds every face good, but those in ``refused``; ``score`` is the worth of all others."""

    def __init__(self) -> None:
        self.score = 0.5
        self.refused: set[Box] = set()

    def assess(self, image: Image, detection: Detection) -> Quality:
        return Quality(0.0, "too blurred") if detection.box in self.refused else Quality(self.score)


class FakeEncoder:
    """Gives the face in a box the encoding that ``looks`` has for it, and counts the batches and faces."""

    def __init__(self, looks: dict[Box, Encoding] | None = None) -> None:
        self.looks = dict(looks or {})
        self.batches: list[int] = []

    def encode(self, image: Image, detections: Sequence[Detection]) -> Encodings:
        self.batches.append(len(detections))
        return np.array([self.looks[detection.box] for detection in detections], np.float32).reshape(-1, 128)
