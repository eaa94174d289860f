"""Stand-ins for what a test cannot or need not have: each keeps its port's promise and shows what was asked of it."""

from __future__ import annotations

import threading
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


class FakeCapture:
    """OpenCV's stream: of one picture, or hanging until ``let_go``, or faulty; ``decoded`` lists grabs that were."""

    def __init__(self, picture: Image | None = None, hangs: bool = False, fault: Exception | None = None) -> None:
        self.picture, self.hangs, self.fault = picture, hangs, fault
        self.let_go = threading.Event()
        self.is_released = False
        self.grabs = 0
        self.decoded: list[int] = []

    def grab(self) -> bool:
        self.grabs += 1
        if self.fault is not None:
            raise self.fault
        return not self.hangs or not self.let_go.wait(60)

    def retrieve(self) -> tuple[bool, Image | None]:
        self.decoded.append(self.grabs)
        return True, self.picture

    def release(self) -> None:
        self.is_released = True
