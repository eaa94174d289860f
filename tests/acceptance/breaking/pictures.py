"""A camera that speaks HTTP and shows whom a test wants: motion JPEG of a room, with portraits in it.

It writes down what it showed as the scripted cameras do, so that the same oracle judges the recognizer's real eyes.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.acceptance.breaking.timepiece import Timepiece

FRAMES_A_SECOND = 5.0
PORTRAIT_HEIGHT = 320
_BLIND = {"dark": 0, "grey": 128}
_BOUNDARY = "picture"
_PLACE = 315
"""How many pixels of the picture's width are for one student."""

Picture = NDArray[np.uint8]


class PictureCamera:
    """Serves pictures from ``start`` to ``stop``. ``students`` are in them, side by side, as many as there are places.

    ``blind``: "dark" and "grey" as a broken sensor sends it, "frozen" for one picture again and again, "torn" for one
    of which a camera could not read the lower half, "no picture" for JPEG data that end in the middle; "" for pictures
    of the room. ``is_silent``: viewers are let in and get nothing.
    """

    def __init__(self, portraits: Mapping[str, Path], journal: Path, timepiece: Timepiece, places: int = 2) -> None:
        self.students: list[str] = []
        self.blind = ""
        self.is_silent = False
        self.width, self.height = self._size = 10 + places * _PLACE, 480
        self.portray(portraits)
        self._journal, self._timepiece = journal.open("a", buffering=1), timepiece
        self._random = np.random.default_rng(5)
        self._noise = self._random.normal(0, 2, 640 * 480 * 3).astype(np.int16)
        self._frozen: bytes | None = None
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}/video"

    def portray(self, portraits: Mapping[str, Path]) -> None:
        """From now on these students look like this."""
        self._portraits = {number: (_load(path), place) for place, (number, path) in enumerate(portraits.items())}

    def start(self) -> None:
        """Let viewers in, on the same port as before, unless they are let in."""
        if self._server is not None:
            return
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
                self.end_headers()
                next_at = time.monotonic()
                with suppress(OSError):
                    while camera._server is not None:
                        next_at = max(next_at + 1 / FRAMES_A_SECOND, time.monotonic())
                        time.sleep(max(0.0, next_at - time.monotonic()))
                        camera._send(self)

            def log_message(self, *_: object) -> None:
                pass

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        server.daemon_threads = True
        self._port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Let nobody in, and end all viewers' streams after their next picture."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._journal.close()

    def _send(self, viewer: BaseHTTPRequestHandler) -> None:
        if self.is_silent:
            return
        jpeg = self._jpeg()
        head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        viewer.wfile.write(head.encode() + jpeg + b"\r\n")
        # Whoever reads over the network has no number here.
        moment = [self._timepiece.true_now().isoformat(), self.blind, self.students, 0]
        if not self._journal.closed:
            self._journal.write(json.dumps(moment) + "\n")

    def _jpeg(self) -> bytes:
        if self.blind == "frozen":
            self._frozen = self._frozen or _encode(self._room())
            return self._frozen
        self._frozen = None
        if self.blind in _BLIND:
            return _encode(np.full((self.height, self.width, 3), _BLIND[self.blind], np.uint8))
        room = self._room()
        if self.blind == "torn":
            room[self.height // 2 :] = 128
        jpeg = _encode(room)
        return jpeg[: len(jpeg) // 3] if self.blind == "no picture" else jpeg

    def _room(self) -> Picture:
        """A wall with a board, portraits before it, and a sensor's noise."""
        width, height = self._size
        picture = np.full((height, width, 3), 170, np.uint8)
        picture[20:120, 40:-40] = (50, 70, 40)
        for number in self.students:
            # Everybody has a place of their own. Where one face takes another's from one picture to the next, as no
            # person does, it is followed as the same one until it is looked at again.
            portrait, place = self._portraits[number]
            left = 10 + place * _PLACE
            picture[150 : 150 + portrait.shape[0], left : left + portrait.shape[1]] = portrait
        picture = cv2.resize(picture, (self.width, self.height))
        # Always the same noise, somewhere else: to draw it takes longer than all the rest.
        noise = np.resize(np.roll(self._noise, self._random.integers(self._noise.size)), picture.shape)
        return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _load(path: Path) -> Picture:
    """A portrait, so large that its face is found."""
    with Image.open(path) as photo:
        picture = photo.convert("RGB")
    picture.thumbnail((PORTRAIT_HEIGHT - 10, PORTRAIT_HEIGHT))
    return np.array(picture)[:, :, ::-1]


def _encode(picture: Picture) -> bytes:
    return cv2.imencode(".jpg", picture)[1].tobytes()
