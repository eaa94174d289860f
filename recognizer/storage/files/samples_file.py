"""What lessons taught, on disk: a sealed and signed pickle in the state folder, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from recognizer.config.configuration import GalleryConfig
from recognizer.domain.learning.sample import LessonSample, Sample
from recognizer.domain.naming.gallery import MODEL_NAME
from recognizer.errors import GalleryError
from recognizer.ops.own_file import UntrustedFile
from recognizer.ops.whole_file import delete_unfinished, version_of
from recognizer.storage.files.gallery_key import load_keys
from recognizer.storage.files.signed_pickle import Damaged, NotOurs, NotSigned, read_signed, write_signed
from recognizer.storage.files.writers_lock import LockUnavailable, held_lock

MAGIC = b"rollcall samples"
_FORMAT_VERSION = 1
_DIMENSIONS = 128


class SignedSamplesFile:
    """The samples of one room, sealed and signed with the gallery's key: a ``SampleStore``.

    Samples of another room, as after the configuration's room was changed, are none of this one.
    """

    def __init__(self, path: Path, room_name: str, gallery: GalleryConfig) -> None:
        self._path = path
        self._room_name = room_name
        self._gallery = gallery

    def load(self) -> list[LessonSample]:
        """See ``SampleStore.load``. What was sealed with another key, or written by another release, cannot be used."""
        if not self.is_there():
            return []
        try:
            content = read_signed(self._path, MAGIC, load_keys(self._gallery))
            if (content.get("format"), content.get("model")) != (_FORMAT_VERSION, MODEL_NAME):
                raise GalleryError(f"what lessons taught ({self._path}) was written by another release")
            return _read(content) if content.get("room") == self._room_name else []
        except UntrustedFile as error:
            raise GalleryError(f"what lessons taught cannot be used: {error}") from None
        except OSError as error:
            raise GalleryError(f"what lessons taught ({self._path}) cannot be read ({error.strerror})") from None
        except NotSigned:
            raise GalleryError(
                f"what lessons taught ({self._path}) does not bear the signature of the gallery's key"
            ) from None
        except (NotOurs, Damaged, KeyError, TypeError, ValueError):
            raise GalleryError(f"what lessons taught ({self._path}) is damaged") from None

    def is_there(self) -> bool:
        """See ``SampleStore.is_there``."""
        try:
            return self._path.exists()
        except OSError as error:
            raise GalleryError(
                f"what lessons taught ({self._path}) cannot be looked for ({error.strerror}): run this as the user "
                "that the recognizer runs as"
            ) from None

    def version(self) -> object:
        """See ``SampleStore.version``."""
        return version_of(self._path)

    def save(self, samples: Sequence[LessonSample]) -> None:
        """See ``SampleStore.save``; mode 0600. Where nothing is left to be kept, no file is."""
        if not samples:
            self.forget()
            return
        content = {
            "format": _FORMAT_VERSION,
            "model": MODEL_NAME,
            "room": self._room_name,
            "encodings": np.array([each.sample.encoding for each in samples], np.float32),
            "samples": [_as_plain(each) for each in samples],
        }
        try:
            key = load_keys(self._gallery).in_use
            write_signed(self._path, MAGIC, content, key, key.seal)
        except OSError as error:
            raise GalleryError(f"what lessons taught ({self._path}) cannot be written ({error.strerror})") from None

    def forget(self) -> None:
        """See ``SampleStore.forget``."""
        try:
            self._path.unlink(missing_ok=True)
            delete_unfinished(self._path)
        except OSError as error:
            raise GalleryError(f"what lessons taught ({self._path}) cannot be deleted ({error.strerror})") from None

    @contextmanager
    def held(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """See ``SampleStore.held``. Raises GalleryError."""
        try:
            with held_lock(self._path, on_wait):
                yield
        except UntrustedFile as error:
            raise GalleryError(str(error)) from None
        except LockUnavailable as error:
            raise GalleryError(f"{error}: run this as the user that the recognizer runs as") from None


def _as_plain(each: LessonSample) -> dict[str, Any]:
    return {
        "number": each.number,
        "encodings": each.sample.encodings,
        "spread": each.sample.spread,
        "session": each.session_id,
        "student": each.student_id,
        "seen_at": each.seen_at.isoformat(),
        "anchor": each.anchor,
        "is_vouched": each.is_vouched,
    }


def _read(content: dict[str, Any]) -> list[LessonSample]:
    """Raises KeyError, TypeError or ValueError for what does not fit together."""
    encodings = content["encodings"]
    is_whole = isinstance(encodings, np.ndarray) and encodings.dtype == np.float32 and encodings.ndim == 2
    if not is_whole or encodings.shape[1] != _DIMENSIONS or not np.isfinite(encodings).all():
        raise ValueError("no encodings")
    return [
        LessonSample(
            number=str(row["number"]),
            sample=Sample(encoding.tobytes(), int(row["encodings"]), float(row["spread"])),
            session_id=int(row["session"]),
            student_id=int(row["student"]),
            seen_at=datetime.fromisoformat(row["seen_at"]),
            anchor=str(row["anchor"]),
            is_vouched=bool(row["is_vouched"]),
        )
        for encoding, row in zip(encodings, content["samples"], strict=True)
    ]
