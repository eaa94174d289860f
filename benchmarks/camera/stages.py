"""Where a camera process spends its time: by samples of its own stack, without a change to what is measured."""

from __future__ import annotations

import signal
import time
from collections import defaultdict
from collections.abc import Sequence
from types import FrameType
from typing import Any

from recognizer.domain.following.detection import Region

_EVERY_SECONDS = 0.002

STAGES = {
    "vision.capture.camera": "decode",
    "vision.capture.drain": "decode",
    "vision.capture.blindness": "blindness",
    "vision.capture.motion": "motion",
    "domain.following.attention": "motion",
    "domain.following.sweeps": "motion",
    "domain.following.changes": "motion",
    "vision.faces.alignment": "align",
    "vision.engines.encoder": "encode",
    "vision.faces.quality": "quality",
    "domain.following.tracking": "track",
    "domain.following.track": "track",
    "domain.following.revisits": "track",
    "domain.naming.answers": "identify",
    "domain.naming.identification": "identify",
    "domain.naming.search": "identify",
    "domain.naming.gallery": "identify",
    "domain.naming.tolerance": "identify",
    "domain.naming.promise": "identify",
    "domain.naming.impostors": "identify",
    "domain.naming.impostor_law": "identify",
    "camera.gallery_refresh": "identify",
    "camera.pipeline": "pipeline",
    "camera.process": "loop",
    "camera.watcher": "loop",
    "multiprocessing.connection": "messages",
    "benchmarks.camera.ours": "benchmark",
}
"""The innermost of these modules on the stack, and the stage that it is. What is in none of them is "other": time that
nobody has accounted for yet."""

DETECTORS = (
    "vision.engines.cnn_detector",
    "vision.engines.hog_detector",
    "vision.engines.yunet_detector",
    "vision.engines.library",
)
"""Their ``detect`` sweeps when it has the whole frame to search, and else looks at regions."""


class StageSampler:
    """Charges the CPU time since the last sample to what the main thread is doing.

    The kernel's timer asks for a sample every other millisecond of CPU time; Python takes it once a call into a
    library is over, still inside the function that made the call.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._charged = 0.0

    def start(self) -> None:
        """In the main thread."""
        signal.signal(signal.SIGPROF, self._sample)
        self._charged = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, _EVERY_SECONDS, _EVERY_SECONDS)

    def stop(self) -> dict[str, float]:
        """CPU seconds by stage."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        return dict(self.seconds)

    def _sample(self, _: int, frame: FrameType | None) -> None:
        now = time.process_time()
        self.seconds[stage_of(frame)] += now - self._charged
        self._charged = now


def stage_of(frame: FrameType | None) -> str:
    """The stage that a stack belongs to."""
    while frame is not None:
        name = frame.f_globals.get("__name__", "").removeprefix("recognizer.")
        if name in STAGES:
            return STAGES[name]
        if name in DETECTORS and frame.f_code.co_name == "detect":
            return _search(frame.f_locals.get("image"), frame.f_locals.get("regions"))
        frame = frame.f_back
    return "other"


def _search(image: Any, regions: Sequence[Region] | None) -> str:
    """Faces too small for the net as they are cost a sweep of their own."""
    if regions is None:
        return "sweep"
    whole = [region for region in regions if region.box.width >= image.shape[1]]
    if not whole:
        return "regions"
    return "sweep" if any(region.largest is None for region in whole) else "sweep for small"
