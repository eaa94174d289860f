"""The peer: face_recognition's loop as its documentation shows it, two looks a second, in a process of its own."""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.camera.account import Account, Accountant
from benchmarks.camera.judgement import Naming
from benchmarks.camera.ours import CameraRun
from recognizer.domain.following.geometry import Box
from recognizer.room.children import SpawnedChild

LOOKS_PER_SECOND = 2.0
TOLERANCE = 0.6


def watch_clip_as_the_peer(clip: Path, photos: Path | None, most_frames: int | None = None) -> CameraRun:
    """Enrol the photos, then go through the clip, or its first frames. Raises SystemExit when that fails."""
    started_at = time.monotonic()
    child = SpawnedChild("peer", _watch, clip, photos, most_frames)
    try:
        answer = child.connection.recv()
    except EOFError:
        child.kill()
        raise SystemExit(f"the peer's process ended with {child.how_it_ended()}") from None
    finally:
        child.kill()
    if isinstance(answer, str):
        raise SystemExit(answer)
    namings, account = answer
    return CameraRun(namings, account, account.first_frame_at - started_at)


def _watch(connection: Connection[Any, Any], clip: Path, photos: Path | None, most_frames: int | None) -> None:
    from recognizer.errors import RecognizerError

    try:
        connection.send(_go_through(clip, photos, most_frames))
    except RecognizerError as error:
        connection.send(f"the peer cannot be measured: {error}")


def _go_through(clip: Path, photos: Path | None, most_frames: int | None) -> tuple[list[Naming], Account]:
    import cv2

    from recognizer.vision.engines.library import load_library

    cv2.setNumThreads(1)
    library = load_library()
    known, numbers = _enrol(library, photos) if photos else ([], [])
    accountant = Accountant()
    capture = cv2.VideoCapture(str(clip))
    rate = capture.get(cv2.CAP_PROP_FPS)
    namings: list[Naming] = []
    index, looked = 0, -1
    accountant.begin()
    # Frames in which it does not look are not even converted: more than its documentation does to save time.
    while index != most_frames and capture.grab():
        look = int(index / rate * LOOKS_PER_SECOND)
        if look > looked:
            looked = look
            _, picture = capture.retrieve()
            frame = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
            namings += _look(library, frame, index, known, numbers)
            accountant.frame_done()
        index += 1
    accountant.clip_done()
    return namings, accountant.close({})


def _enrol(library: Any, photos: Path) -> tuple[list[Any], list[str]]:
    """Every photo in which it finds a face; the folders are named by number."""
    known: list[Any] = []
    numbers: list[str] = []
    for folder in sorted(photos.iterdir()):
        for photo in sorted(folder.iterdir()):
            encodings = library.face_encodings(library.load_image_file(os.fspath(photo)))
            if encodings:
                known.append(encodings[0])
                numbers.append(folder.name.split()[0])
    return known, numbers


def _look(library: Any, frame: Any, index: int, known: list[Any], numbers: list[str]) -> list[Naming]:
    locations = library.face_locations(frame)
    namings = []
    for (top, right, bottom, left), encoding in zip(locations, library.face_encodings(frame, locations), strict=True):
        matches = library.compare_faces(known, encoding, tolerance=TOLERANCE)
        best = int(np.argmin(library.face_distance(known, encoding))) if known else 0
        if known and matches[best]:
            namings.append(Naming(index, Box(top, right, bottom, left), numbers[best]))
    return namings
