"""What a camera's process hands out of students whom it is sure of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest

from recognizer.camera.pipeline import Pipeline
from recognizer.domain.following.detection import Frame
from recognizer.domain.following.geometry import Box
from recognizer.domain.learning.sampling import SAMPLE_EVERY_SECONDS, Sampling
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.tolerance import FixedTolerances
from recognizer.domain.register.attendance import Sighting
from tests.fakes import FakeAttention, FakeDetector, FakeEncoder, FakeQualityGate
from tests.fixtures.lessons import face, gallery

STARTED_AT = datetime.fromisoformat("2026-03-02T09:00")
SEAT, OTHER_SEAT = Box(100, 200, 200, 100), Box(100, 600, 200, 500)
LONG = 4 * SAMPLE_EVERY_SECONDS


class Lesson:
    """Faces sit before a camera that looks every half second."""

    def __init__(
        self, faces: dict[Box, np.ndarray], sampling: Sampling | None, enrolled: Gallery | None = None
    ) -> None:
        detector, encoder = FakeDetector(list(faces)), FakeEncoder(faces)
        self._pipeline = Pipeline(
            "front",
            attention=FakeAttention(),
            detector=detector,
            quality_gate=FakeQualityGate(),
            encoder=encoder,
            identification=Identification(enrolled or gallery(), FixedTolerances(0.4)),
            sampling=sampling,
        )
        self._position = 0.0

    def sightings(self, seconds: float) -> list[Sighting]:
        seen: list[Sighting] = []
        for _ in range(round(2 * seconds)):
            at = STARTED_AT + timedelta(seconds=self._position)
            seen += self._pipeline.step(Frame(np.zeros((4, 4, 3), np.uint8), at, self._position))
            self._position += 0.5
        return seen


def samples(sightings: Sequence[Sighting]) -> list[Sighting]:
    return [sighting for sighting in sightings if sighting.sample is not None]


def test_a_student_gives_a_sample_of_five_encodings_now_and_then() -> None:
    taken = samples(Lesson({SEAT: face(0.2)}, Sampling()).sightings(LONG))
    assert {sighting.student_number for sighting in taken} == {"S1"}
    assert 2 <= len(taken) <= LONG / SAMPLE_EVERY_SECONDS
    for sighting in taken:
        assert sighting.sample is not None
        assert sighting.sample.encodings == sighting.encodings == 5
        assert np.allclose(sighting.sample.encoding, face(0.2))
    gaps = np.diff([sighting.seen_at for sighting in taken])
    assert min(gaps).total_seconds() >= SAMPLE_EVERY_SECONDS


def test_no_sample_leaves_the_process_where_lessons_may_not_teach() -> None:
    sightings = Lesson({SEAT: face(0.2)}, None).sightings(LONG)
    assert sightings
    assert samples(sightings) == []


@pytest.mark.parametrize(
    "faces",
    [{SEAT: face(0.38)}, {SEAT: face(0.5)}, {SEAT: face(0.1), OTHER_SEAT: face(0.2)}],
    ids=["only just named", "not named", "two who claim the name"],
)
def test_a_face_in_doubt_gives_none(faces: dict[Box, np.ndarray]) -> None:
    assert samples(Lesson(faces, Sampling()).sightings(LONG)) == []


def test_twins_give_none() -> None:
    twins = gallery(("S3", face(0.35, 1)))
    sightings = Lesson({SEAT: face(0.1, 2)}, Sampling(), twins).sightings(LONG)
    assert {sighting.student_number for sighting in sightings} == {"S1"}, "told apart, and yet"
    assert samples(sightings) == []


def test_a_sample_is_in_no_log_or_message_that_shows_a_sighting() -> None:
    (sighting, *_) = samples(Lesson({SEAT: face(0.2)}, Sampling()).sightings(LONG))
    assert "sample" not in repr(sighting)
