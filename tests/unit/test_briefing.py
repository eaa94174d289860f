"""What the cameras' processes are told of whom to name, and when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
import pytest

from recognizer.camera.knowledge import Knowledge, ToldKnowledge, Unusable
from recognizer.camera.orders import Know
from recognizer.domain.naming.gallery import Gallery
from recognizer.errors import GalleryError
from recognizer.ops.clock import utc_now
from recognizer.room.briefing import CHECK_SECONDS, Briefing
from tests.fakes import FakeClock, FakeSource

ENROLLED = Gallery.empty().with_reference("S1", "photo", np.eye(1, 128, dtype=np.float32)[0])


@dataclass
class Camera:
    """Keeps what its process would know."""

    told: list[tuple[str, object]] = field(default_factory=list)

    def brief(self, order: Know) -> None:
        self.told.append((order.subject, order.read()))

    def subjects(self) -> list[str]:
        subjects = [subject for subject, _ in self.told]
        self.told.clear()
        return subjects


class Room:
    def __init__(self) -> None:
        self.gallery, self.sessions, self.samples = FakeSource(ENROLLED), FakeSource(["today"]), FakeSource([])
        self.clock, self.camera = FakeClock(utc_now()), Camera()
        self.briefing = Briefing(Knowledge(self.gallery, self.sessions, self.samples), self.clock.monotonic)

    def turn(self) -> list[str]:
        """The subjects that the camera is told of when it is time to look again."""
        self.clock.pass_by(CHECK_SECONDS)
        self.briefing.once([self.camera])
        return self.camera.subjects()


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    with closing(room.briefing):
        yield room


def test_all_is_told_at_first_and_then_what_has_changed(room: Room) -> None:
    assert room.turn() == ["gallery", "sessions", "samples"]
    assert room.turn() == []
    room.sessions.content = ["tomorrow"]
    assert room.turn() == ["sessions"]


def test_nobody_is_told_which_photos_the_references_are_of(room: Room) -> None:
    room.briefing.once([room.camera])
    (_, gallery), *_ = room.camera.told
    assert isinstance(gallery, Gallery)
    assert (gallery.numbers, gallery.photo_hashes, gallery.version) == (("S1",), ("",), ENROLLED.version)


def test_a_gallery_that_cannot_be_used_is_told_once_and_looked_at_again(room: Room) -> None:
    room.turn()
    room.gallery.error = GalleryError("it was changed")
    room.gallery.content = Gallery.empty()
    room.clock.pass_by(CHECK_SECONDS)
    room.briefing.once([room.camera])
    assert room.camera.told == [("gallery", Unusable("it was changed"))]
    room.camera.told.clear()
    assert room.turn() == []
    room.gallery.error = None
    assert room.turn() == ["gallery"], "its key was mended, which its version does not show"


def test_lessons_that_may_not_teach_are_not_asked() -> None:
    camera = Camera()
    with closing(Briefing(Knowledge(FakeSource(ENROLLED), FakeSource([]), None))) as briefing:
        briefing.once([camera])
    assert camera.subjects() == ["gallery", "sessions"]


def test_a_process_knows_what_it_was_told_last() -> None:
    told = ToldKnowledge()
    knowledge = told.as_knowledge(with_samples=False)
    told.take(Know.of("gallery", Gallery.empty()))
    before = knowledge.gallery.version()
    told.take(Know.of("gallery", ENROLLED))
    assert knowledge.gallery.load().numbers == ("S1",)
    assert knowledge.gallery.version() != before
    told.take(Know.of("gallery", Unusable("it was changed")))
    with pytest.raises(GalleryError, match="it was changed"):
        knowledge.gallery.load()
