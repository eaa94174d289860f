"""Which way up a photo cut close is taken, where the net finds its face in more than one position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from recognizer.domain.following.detection import Detection, Image, Region
from recognizer.domain.following.geometry import Box
from recognizer.enrolment.face_search import FaceSearch, UnfitPhoto

SURE = 1 / 3


@dataclass(frozen=True)
class Finds:
    """Finds a face with that confidence where the photo's bright corner is the one named, and none elsewhere."""

    confidences: Mapping[str, float]

    def detect(self, image: Image, regions: Sequence[Region] | None = None) -> list[Detection]:
        confidence = self.confidences.get(corner_of(image))
        return [] if confidence is None else [Detection(Box(10, 50, 50, 10), confidence)]


@dataclass(frozen=True)
class NoCloseFace:
    """The net in a photo that is not cut close: with a border around it nothing is found."""

    net: Finds

    def detect(self, image: Image, regions: Sequence[Region] | None = None) -> list[Detection]:
        return self.net.detect(image) if image.shape == photo().shape else []


def corner_of(image: Image) -> str:
    corners = {"upright": (0, 0), "left": (-1, 0), "on its head": (-1, -1), "right": (0, -1)}
    return max(corners, key=lambda name: int(image[corners[name]].sum()))


def photo() -> Image:
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[0, 0] = 255
    return picture


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize(
    ("upright", "net"),
    [
        ({"upright": 0.5}, {"upright": 0.9, "left": 1.1, "on its head": 0.9, "right": 1.0}),
        ({}, {"upright": 1.1, "left": 1.0, "on its head": 0.1, "right": 0.3}),
        ({"left": 0.2}, {"upright": 1.1, "left": 1.0, "on its head": 0.1, "right": 0.3}),
    ],
    ids=["the detector of upright faces tells", "the net is surer", "the other detector is in doubt"],
)
def test_a_photo_is_turned_to_where_its_face_is_upright(
    quarters: int, upright: Mapping[str, float], net: Mapping[str, float]
) -> None:
    search = FaceSearch((Finds(upright),), SURE, lambda: Finds(net))
    found, _, is_sure = search.find(np.ascontiguousarray(np.rot90(photo(), quarters)))
    assert corner_of(found) == "upright"
    assert is_sure


@pytest.mark.parametrize(
    ("upright", "reason"),
    [
        ({}, "no face"),
        ({"left": 0.2}, "no face"),
        ({"left": 0.9}, "not upright"),
        ({"left": 0.9, "upright": 0.2}, "not upright"),
    ],
    ids=["by the net alone", "in doubt", "by the detector of upright faces", "and another one in doubt"],
)
def test_a_face_that_is_found_only_once_the_photo_is_turned_is_refused_and_told_where_that_is_sure(
    upright: Mapping[str, float], reason: str
) -> None:
    # Turned, a face with a mask may look like another one without.
    search = FaceSearch((Finds(upright),), SURE, lambda: Finds({"left": 0.9, "right": 0.5}))
    with pytest.raises(UnfitPhoto, match=reason):
        search.find(photo())


@pytest.mark.parametrize("net", [{}, {"on its head": 0.6}, {"left": 0.9, "right": 1.1}])
def test_a_masked_face_that_looks_like_one_on_its_head_is_not_said_to_lie_so(net: Mapping[str, float]) -> None:
    search = FaceSearch((Finds({"on its head": 0.5}),), SURE, lambda: NoCloseFace(Finds(net)))
    with pytest.raises(UnfitPhoto, match="no face"):
        search.find(photo())
