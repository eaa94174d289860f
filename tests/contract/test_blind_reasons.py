"""Why a camera could not see or name: both programs know the same words."""

from __future__ import annotations

from portal.attendance.models import BlindSpan
from recognizer.domain.register.observation import BLIND_REASONS, NO_PICTURE


def test_the_portal_has_words_for_every_reason_that_a_recognizer_gives() -> None:
    assert set(BlindSpan.Reason.values) == {*BLIND_REASONS, NO_PICTURE}
