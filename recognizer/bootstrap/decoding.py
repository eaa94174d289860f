"""Photos and clips are decoded in a process of its own, since a file may have been made to harm whoever opens it.

The process holds no key and no gallery, is confined, and may take so much memory. What it answers is taken apart as
numbers and text, never unpickled. Where it dies of a file, that file is refused. Each file has a process of its own:
one that has taken its process over answers for no other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from recognizer.bootstrap.picture_answers import NoAnswer, deadline, send_pictures, take_pictures
from recognizer.domain.following.detection import Image
from recognizer.errors import PhotoError
from recognizer.ops.confinement import Reach, bare_environment, confine, leave_terminal, limit_memory
from recognizer.ops.memory import keep_no_large_blocks
from recognizer.ops.photo_file import read_photo_file
from recognizer.room.children import SpawnedChild
from recognizer.room.fork_server import ForkServer
from recognizer.room.supervision import Child

MOST_MORE_MB = 1024.0
"""Memory that decoding may take. Photos of 8 bits a colour take 0.8 GB at the most."""

PHOTO_SECONDS = 120.0
CLIP_SECONDS = 3600.0
"""The longest that decoding may take: ten times what it takes a slow machine."""


class Decoding:
    """Reads photos and clips, one at a time. Processes of photos are copies of one that has loaded the decoders."""

    def __init__(self, most_more_mb: float = MOST_MORE_MB, photo_seconds: float = PHOTO_SECONDS) -> None:
        self._most_more_mb = most_more_mb
        self._photo_seconds = photo_seconds
        self._server = ForkServer(_load_decoders)

    def read_photo(self, path: Path, longest_side: int) -> Image:
        """As ``vision.faces.photos.read_photo``."""
        content = read_photo_file(path)
        with bare_environment():
            # A process with threads cannot be copied.
            os.environ["OPENBLAS_NUM_THREADS"] = "1"
            child = self._server.start("decoding", _decode_photo, self._most_more_mb, longest_side)
        try:
            with _answered(child, self._photo_seconds):
                child.connection.send_bytes(content)
                (image,) = _take_answer(child)
        finally:
            child.kill()
            child.connection.close()
        return image

    def read_clip(self, path: Path, most: int) -> list[Image]:
        """As ``vision.capture.clips.read_clip``."""
        child = _start(_decode_clip, self._most_more_mb, path.resolve(), most)
        try:
            with _answered(child, CLIP_SECONDS):
                return _take_answer(child)
        finally:
            child.kill()


def _start(target: Callable[..., None], *arguments: object) -> SpawnedChild:
    with bare_environment():
        return SpawnedChild("decoding", target, *arguments)


@contextmanager
def _answered(child: Child, seconds: float) -> Iterator[None]:
    try:
        with deadline(child, seconds):
            yield
    except NoAnswer as error:
        raise PhotoError(f"decoding it failed ({error}): save it anew") from None


def _take_answer(child: Child) -> list[Image]:
    images, fault, _ = take_pictures(child.connection)
    if fault:
        raise PhotoError(fault)
    return images


def _load_decoders() -> None:
    """What the process does of which those of photos are copies. No photo comes near it."""
    import recognizer.vision.faces.photos  # noqa: F401 - it stays loaded


def _decode_photo(connection: Connection[Any, Any], most_more_mb: float, longest_side: int) -> None:
    """What runs in the process of a photo."""
    from recognizer.vision.faces.photos import decode_photo

    _settle(Reach(ports=[]), most_more_mb)
    _answer(connection, decode_photo, connection.recv_bytes(), longest_side)


def _decode_clip(connection: Connection[Any, Any], most_more_mb: float, path: Path, most: int) -> None:
    """What runs in the process of a clip."""
    from recognizer.vision.capture.clips import read_clip

    _settle(Reach(readable=[path], ports=[]), most_more_mb)
    _answer(connection, read_clip, path, most)


def _settle(reach: Reach, most_more_mb: float) -> None:
    """Give up what decoding does not need. Where the kernel refuses that, files are decoded all the same."""
    keep_no_large_blocks()
    leave_terminal()
    with suppress(OSError):
        confine(reach)
    limit_memory(most_more_mb)


def _answer(connection: Connection[Any, Any], decode: Callable[..., Image | list[Image]], *arguments: object) -> None:
    images: list[Image] = []
    fault = None
    try:
        decoded = decode(*arguments)
        images = decoded if isinstance(decoded, list) else [decoded]
    except PhotoError as error:
        fault = str(error)
    except MemoryError:
        fault = "it takes too much memory to decode: save it anew with fewer pixels"
    except Exception as error:  # Damaged files make decoders raise nearly anything.
        fault = f"it cannot be decoded ({type(error).__name__}): save it anew"
    send_pictures(connection, images, fault=fault)
