"""Stand-ins for what a test cannot or need not have: each keeps its port's promise and shows what was asked of it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from recognizer.camera.messages import Message
from recognizer.camera.orders import Know, Order, take_order
from recognizer.camera.wire import say
from recognizer.domain.following.attention import Attention
from recognizer.domain.following.detection import Detection, Encoding, Encodings, Frame, Image, Quality, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.surroundings import Movement, Surroundings
from recognizer.domain.following.track import Track
from recognizer.domain.ports.lease import Lease
from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.observation import Span
from recognizer.domain.register.status import CameraStatus
from recognizer.errors import MarkRefused


class FakeMotion:
    """Reports the changes it is told to, until they were looked at; ``explained`` is what it was told last."""

    def __init__(self) -> None:
        self.changed: list[Box] = []
        self.explained: list[Box] = []

    def changes(self, frame: Frame, explained: Sequence[Box]) -> list[Box]:
        self.explained = list(explained)
        return [box for box in self.changed if not any(box.intersection(other) for other in explained)]

    def looked_at(self, boxes: Sequence[Box]) -> None:
        self.changed = [box for box in self.changed if not any(box.intersection(other) for other in boxes)]


class FakeAttention(Attention):
    """Looks at everything in every frame; ``regions_now`` narrows it."""

    def __init__(self) -> None:
        super().__init__(FakeMotion(), 50)
        self.regions_now = [Region(Box(-100, 10_000, 10_000, -100), 1)]

    def regions(self, frame: Frame, tracks: Sequence[Track]) -> list[Region]:
        return self.regions_now


class FakeDetector:
    """Finds what it is told to; ``faces`` may be changed between two frames."""

    def __init__(self, faces: Sequence[Box] = ()) -> None:
        self.faces = list(faces)

    def detect(self, image: Image, regions: Sequence[Region] | None = None) -> list[Detection]:
        boxes = [box for box in self.faces if regions is None or any(region.covers(box) for region in regions)]
        return [Detection(box, 1.0) for box in boxes]


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


class FakeSurroundings:
    """Tells of the movement that it is told, whatever the pictures."""

    def __init__(self) -> None:
        self.says: Movement | None = None

    def take(self, image: Image, box: Box) -> Surroundings:
        return Surroundings(box, np.zeros((1, 1), np.uint8))

    def movement(self, earlier: Surroundings, image: Image) -> Movement | None:
        return self.says


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


class FakeClock:
    """Time that moves only when told to: ``now`` is naive UTC, ``monotonic`` seconds."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._seconds = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    def pass_by(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._seconds += seconds

    def jump(self, seconds: float) -> None:
        """Somebody sets the clock."""
        self._now += timedelta(seconds=seconds)


class FakeRegister:
    """Keeps what is recorded; ``error`` is raised instead while it is set, ``refused`` numbers are refused for ever."""

    def __init__(self) -> None:
        self.entries: list[Evidence] = []
        self.error: Exception | None = None
        self.refused: set[str] = set()

    def record(self, entry: Evidence) -> None:
        if self.error is not None:
            raise self.error
        if entry.student_number in self.refused:
            raise MarkRefused("the student is gone")
        self.entries.append(entry)


class FakeSchedule:
    """Has the sessions it is given, both as the database's schedule and as its copy on disk."""

    def __init__(self, sessions: Sequence[ClassSession] = ()) -> None:
        self.current = list(sessions)
        self.error: Exception | None = None
        self.saved: list[ClassSession] = []

    def sessions(self, now: datetime) -> list[ClassSession]:
        if self.error is not None:
            raise self.error
        return list(self.current)

    def load(self) -> list[ClassSession]:
        return list(self.saved)

    def version(self) -> object:
        return tuple(self.saved)

    def save(self, sessions: Sequence[ClassSession]) -> None:
        self.saved = list(sessions)


class FakeStatusBoard:
    """Shows the last word of each camera, and how often something was posted."""

    def __init__(self) -> None:
        self.statuses: dict[str, CameraStatus] = {}
        self.posts = 0
        self.error: Exception | None = None
        self.time: datetime | None = None

    def post(self, statuses: Sequence[CameraStatus]) -> None:
        if self.error is not None:
            raise self.error
        self.posts += 1
        self.statuses.update({status.camera_name: status for status in statuses})

    def now(self) -> datetime | None:
        if self.error is not None:
            raise self.error
        return self.time


class FakeLeaseBoard:
    """Gives the room to whoever asks, unless ``other`` has it; ``error`` is raised instead while it is set."""

    def __init__(self) -> None:
        self.other: Lease | None = None
        self.error: Exception | None = None
        self.starts: list[bool] = []
        self.is_released = False

    def take(self, *, is_start: bool) -> Lease | None:
        if self.error is not None:
            raise self.error
        self.starts.append(is_start)
        return self.other

    def release(self) -> None:
        if self.error is not None:
            raise self.error
        self.is_released = True


class FakeSightBoard:
    """Keeps the spans that are recorded; those of ``refused`` cameras are refused for ever."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.error: Exception | None = None
        self.refused: set[str] = set()

    def record(self, span: Span) -> None:
        if self.error is not None:
            raise self.error
        if span.camera_name in self.refused:
            raise MarkRefused("no such camera")
        self.spans.append(span)


class FakeSource:
    """Knows of a subject what the test says; raises ``error`` where there is one."""

    def __init__(self, content: Any) -> None:
        self.content = content
        self.error: Exception | None = None

    def load(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.content

    def version(self) -> object:
        return id(self.content)


class Mouth:
    """A child's end of the pipe."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        self.connection = connection

    def send(self, message: Message) -> None:
        say(self.connection, message)

    def mumble(self, what: bytes) -> None:
        """Say what need not be a message."""
        os.write(self.connection.fileno(), what)

    def recv(self) -> Order:
        """The next order but what is to be known."""
        while isinstance(order := take_order(self.connection), Know):
            order.close()
        return order

    def close(self) -> None:
        self.connection.close()


class FakeChild:
    """A camera process without a process: the test speaks for it through ``mouth``, and may let it die."""

    def __init__(self) -> None:
        self.connection, end = Pipe()
        self.mouth = Mouth(end)
        self.is_dead = False
        self.was_killed = False

    def die(self) -> None:
        self.is_dead = True
        self.mouth.close()

    def is_alive(self) -> bool:
        return not self.is_dead

    def kill(self) -> None:
        if not self.is_dead:
            self.was_killed = True
            self.die()

    def how_it_ended(self) -> str:
        return "signal SIGKILL" if self.was_killed else "exit code 1"


class FakeWatcher:
    """Sees in each frame what the step says, and is never blind."""

    def __init__(self, step: Callable[[Frame], list[Sighting]], faces: int = 0) -> None:
        self.step = step
        self.faces = faces

    def blind_because(self, frame: Frame) -> str:
        return ""


class FakeCamera:
    """Gives so many black frames, a tenth of a second apart, then ends, or fails with the given error."""

    def __init__(self, frames: int, error: Exception | None = None) -> None:
        self._frames = iter(range(frames))
        self._error = error
        self.is_closed = False

    def read(self) -> Frame | None:
        number = next(self._frames, None)
        if number is None:
            if self._error is not None:
                raise self._error
            return None
        time.sleep(0.01)
        at = datetime.now(UTC).replace(tzinfo=None)
        return Frame(np.zeros((4, 4, 3), np.uint8), at, number / 10)

    def close(self) -> None:
        self.is_closed = True
