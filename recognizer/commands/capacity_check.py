"""``recognizer check --capacity``: how many cameras this machine carries."""

from __future__ import annotations

import sys

from recognizer.bootstrap.capacity import MEASURED_SECONDS, measure_capacity
from recognizer.config.configuration import Config, require_room_and_cameras
from recognizer.ops.wording import count_of
from recognizer.room.capacity import Capacity

TOO_MANY_EXIT_CODE = 1

FEW_FACES = 10
"""Where fewer are in sight, a lesson may take much more."""


def check_capacity(config: Config, seconds: float = MEASURED_SECONDS) -> int:
    """Measure, print one sentence, and return the exit code. Raises RecognizerError."""
    require_room_and_cameras(config)
    capacity = measure_capacity(config, seconds)
    sys.stdout.write(describe_capacity(capacity, len(config.cameras)) + "\n")
    return 0 if capacity.cameras >= len(config.cameras) else TOO_MANY_EXIT_CODE


def describe_capacity(capacity: Capacity, configured: int) -> str:
    """The sentence, and a second one where it may be too good."""
    sentence = (
        f"This machine carries {count_of(capacity.cameras, 'such camera')}, and {configured} "
        f"{'is' if configured == 1 else 'are'} configured: each takes {capacity.cores_per_camera:.2f} of a core and "
        f"{capacity.megabytes_per_camera:.0f} MB; there are {count_of(capacity.cores, 'core')} and "
        f"{capacity.free_mb / 1024:.1f} GB of free memory."
    )
    if capacity.faces >= FEW_FACES:
        return sentence
    return f"{sentence} Few faces were in sight ({capacity.faces:.0f} a camera): measure it again in a lesson."
