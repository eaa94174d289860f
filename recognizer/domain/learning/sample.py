"""Samples: what a camera saw of a student beyond doubt, as it leaves the camera's process and as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from recognizer.domain.following.detection import Encoding
from recognizer.domain.naming.candidate import Probe
from recognizer.domain.register.numbers import fold_number


@dataclass(frozen=True, slots=True)
class Sample:
    """The mean of a track's kept encodings, and how many and how different they were (see ``Probe``).

    content: 128 float32 numbers, so that samples are compared and hashed like other values.
    """

    content: bytes
    encodings: int
    spread: float

    @classmethod
    def of(cls, probe: Probe) -> Sample:
        """What the probe was. ValueError for one whose spread is not known."""
        if probe.spread is None:
            raise ValueError("a sample needs the spread of its encodings")
        return cls(np.asarray(probe.encoding, np.float32).tobytes(), probe.encodings, probe.spread)

    @property
    def probe(self) -> Probe:
        """The probe again."""
        return Probe(np.frombuffer(self.content, np.float32), self.encodings, self.spread)

    @property
    def encoding(self) -> Encoding:
        """(128,) float32."""
        return self.probe.encoding


@dataclass(frozen=True, slots=True)
class LessonSample:
    """A sample with the class session that it came from; one of a student and class session is kept.

    anchor: the fingerprint of the student's enrolled references then (``fingerprint_of``). is_vouched: whether a person
    says that the student was there. seen_at: naive UTC.
    """

    number: str
    """As the gallery has it."""
    sample: Sample
    session_id: int
    student_id: int
    seen_at: datetime
    anchor: str
    is_vouched: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """Whose it is, and of which class session."""
        return fold_number(self.number), self.session_id
