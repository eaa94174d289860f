"""The cameras that this recognizer has added to its room, on disk."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from pathlib import Path

from recognizer.domain.ports.delivery import RoomCamera
from recognizer.ops.own_file import read_own_file
from recognizer.ops.whole_file import replace_with_json

log = logging.getLogger(__name__)


class RoomCamerasFile:
    """``ports.RoomCameraMemory`` in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> frozenset[RoomCamera]:
        """See ``ports.RoomCameraMemory.load``; what cannot be read is logged."""
        try:
            rows = json.loads(read_own_file(self._path))
            return frozenset(RoomCamera(str(row["room"]), str(row["camera"])) for row in rows)
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning(
                "%s is not readable (%s): cameras that were taken out of the configuration are not ended by "
                "themselves; end them on the room's page in the portal's admin",
                self._path,
                error,
            )
            return frozenset()

    def save(self, cameras: Collection[RoomCamera]) -> None:
        """See ``ports.RoomCameraMemory.save``."""
        rows = sorted((camera.room_name, camera.camera_name) for camera in cameras)
        replace_with_json(self._path, [{"room": room, "camera": camera} for room, camera in rows])
