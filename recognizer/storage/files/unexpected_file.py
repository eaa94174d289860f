"""Whom no roster of the room expects any more, and for how long by now, on disk."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from pathlib import Path

from recognizer.domain.ports.delivery import Unexpected
from recognizer.errors import GalleryError
from recognizer.ops.own_file import read_own_file
from recognizer.ops.whole_file import replace_with_json

log = logging.getLogger(__name__)


class UnexpectedFile:
    """``ports.UnexpectedMemory`` in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Unexpected:
        """See ``ports.UnexpectedMemory.load``; what cannot be read is logged, and the count begins anew."""
        try:
            row = json.loads(read_own_file(self._path))
            times = {str(number): int(times) for number, times in row["times"].items()}
            asked_at = datetime.fromisoformat(row["asked_at"])
            if asked_at.tzinfo is not None:
                raise ValueError("a time with a zone")
        except FileNotFoundError:
            return Unexpected()
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            log.warning("%s is not readable (%s): whoever no roster expects is kept for longer", self._path, error)
            return Unexpected()
        return Unexpected(asked_at, times)

    def save(self, unexpected: Unexpected) -> None:
        """See ``ports.UnexpectedMemory.save``."""
        asked_at = unexpected.asked_at and unexpected.asked_at.isoformat()
        try:
            replace_with_json(self._path, {"asked_at": asked_at, "times": dict(unexpected.times)})
        except OSError as error:
            raise GalleryError(
                f"{self._path} cannot be written ({error.strerror}): nobody is forgotten until it can"
            ) from None
