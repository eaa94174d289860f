"""What an office is told about students' photos."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from recognizer.domain.following.detection import Image
from recognizer.domain.naming.gallery import Gallery
from recognizer.enrolment.audit import FINDINGS, Finding, audit
from recognizer.enrolment.results import Accepted, EnrolmentResult, Refused, StudentResult

RANDOM = np.random.default_rng(5)


class Office:
    """Students with photos of any kind, drawn about a centre of their own."""

    def __init__(self) -> None:
        self.gallery = Gallery.empty()
        self.students: list[StudentResult] = []

    def give(self, number: str, photos: int, *, scatter: float = 0.08, refused: str = "", kind: str = "colour") -> None:
        centre = RANDOM.normal(0, 0.06, 128)
        accepted = []
        for photo in range(photos):
            encoding = centre + RANDOM.normal(0, (scatter / 128) ** 0.5, 128)
            self.gallery = self.gallery.with_reference(number, f"{number} {photo}", encoding.astype(np.float32))
            accepted.append(Accepted(Path(f"{kind}/{number} {photo}.jpg"), is_new=True))
        refusals = (Refused(Path("refused.jpg"), refused),) if refused else ()
        self.students.append(StudentResult(number, "", tuple(accepted), refusals, photos))

    def findings(self) -> dict[str, tuple[str, ...]]:
        result = EnrolmentResult(self.gallery, tuple(self.students), (), is_interrupted=False)
        return {one.number: one.findings for one in audit(result, read_face)}


def read_face(path: Path) -> Image:
    """Skin and a blue scarf, or the same without colours, with the noise of a scanner."""
    photo = np.full((40, 40, 3), (190, 150, 130), np.uint8)
    photo[:, :20] = (90, 110, 170)
    if path.parts[0] == "grey":
        photo[:] = photo.mean(axis=2, keepdims=True)
    return np.asarray(np.clip(photo + RANDOM.integers(-1, 2, photo.shape), 0, 255), np.uint8)


@pytest.fixture
def office() -> Office:
    office = Office()
    for student in range(8):
        office.give(f"G{student}", 3)
    return office


def test_who_has_enough_photos_that_are_alike_is_good(office: Office) -> None:
    assert set(office.findings().values()) == {("good",)}


def test_each_fault_is_found_and_the_worst_comes_first(office: Office) -> None:
    office.give("none", 0, refused="too blurred")
    office.give("one", 1)
    office.give("two", 2)
    office.give("unlike", 4, scatter=0.3)
    office.give("other", 3, refused="unlike the others")
    office.give("covered", 3, refused="face covered")
    office.give("grey", 3, kind="grey")
    office.give("worst", 1, refused="face covered", kind="grey")
    found = office.findings()
    assert found["none"] == ("no good photo",)
    assert found["one"] == ("one photo only",)
    assert found["two"] == ("two photos only",)
    assert found["unlike"] == found["other"] == ("photos unlike each other",)
    assert found["covered"] == ("covered",)
    assert found["grey"] == ("old greyscale",)
    assert found["worst"] == ("one photo only", "old greyscale", "covered")
    assert [*found][:3] == ["none", "one", "worst"]
    assert {found[f"G{student}"] for student in range(8)} == {("good",)}


def test_a_worse_word_never_promises_that_fewer_are_missed() -> None:
    order = ["always", "often", "sometimes", "seldom"]
    ranks = [order.index(missed) for missed, _ in FINDINGS.values()]
    assert ranks == sorted(ranks)
    assert tuple(FINDINGS) == get_args(Finding), "the worst first, in both"


def test_every_finding_but_good_has_advice() -> None:
    assert [finding for finding, (_, advice) in FINDINGS.items() if not advice] == ["good"]
