"""What a confined process that decodes pictures answers: words and pixels, taken apart as text and numbers.

A hostile picture may have taken the process over. So nothing that it says is unpickled, no more is taken than pictures
have, and what people are shown of its words has no signs that move a terminal's cursor.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from recognizer.domain.following.detection import Image
from recognizer.room.supervision import Child

_MOST_WORDS = 10_000
_MOST_BYTES = 4 * 10**8
_LONGEST_FAULT = 500


class NoAnswer(Exception):
    """The process ended, said something else or took too long (is_late); the message is how it ended."""

    def __init__(self, how: str, *, is_late: bool) -> None:
        super().__init__(how)
        self.is_late = is_late


@contextmanager
def deadline(child: Child, seconds: float) -> Iterator[None]:
    """Kill the process unless the block is done by then: whoever waits for it finds it gone. Raises NoAnswer."""
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        child.kill()

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    except (EOFError, OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        child.kill()
        raise NoAnswer(child.how_it_ended(), is_late=is_late.is_set()) from None
    finally:
        timer.cancel()


def send_pictures(
    connection: Connection[Any, Any], images: Sequence[Image], *, fault: str | None, **words: float | None
) -> None:
    """To be called in the process. fault: why there are no pictures. Raises OSError where the parent is gone."""
    said: Mapping[str, object] = {"fault": fault, "sizes": [image.shape[:2] for image in images], **words}
    connection.send_bytes(json.dumps(said).encode())
    for image in images:
        connection.send_bytes(np.ascontiguousarray(image).data.cast("B"))


def take_pictures(connection: Connection[Any, Any]) -> tuple[list[Image], str, dict[str, Any]]:
    """The pictures; else why there are none; and all words, of which none is believed yet.

    To be called within ``deadline``: whatever else was said raises one of the errors that it catches.
    """
    words = json.loads(connection.recv_bytes(_MOST_WORDS))
    if (fault := words["fault"]) is not None:
        shown = "".join(sign if sign.isprintable() else " " for sign in str(fault)[:_LONGEST_FAULT])
        return [], shown or "no reason was given", words
    shapes = [(int(height), int(width), 3) for height, width in words["sizes"]]
    if not shapes or any(min(shape) < 1 for shape in shapes) or sum(map(math.prod, shapes)) > _MOST_BYTES:
        raise ValueError("no pictures")
    # A copy can be written to, as others expect of a picture.
    images = [
        np.frombuffer(connection.recv_bytes(math.prod(shape)), np.uint8).reshape(shape).copy() for shape in shapes
    ]
    return images, "", words
