"""Cameras that send JPEG pictures over HTTP: sizes that change, still pictures, damage, and refusals."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from itertools import count
from threading import Event

import cv2
import numpy as np
import pytest

from recognizer.config.configuration import CameraConfig
from recognizer.errors import CameraError
from recognizer.vision.capture.camera import OpenCVCamera
from recognizer.vision.capture.web_pictures import _pixels_of
from tests.unit.test_capture import serve

WIDE, NARROW = (720, 1280), (480, 640)


def jpeg(size: tuple[int, int]) -> bytes:
    return bytes(cv2.imencode(".jpg", np.full((*size, 3), 120, np.uint8))[1])


def stream(
    pictures: Callable[[], Iterator[bytes]], *, boundary: str = "f", has_length: bool = True, seconds: float = 0.02
) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer of motion JPEG."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={boundary}")
        handler.end_headers()
        try:
            for picture in pictures():
                length = f"Content-Length: {len(picture)}\r\n" if has_length else ""
                marker = "--" + boundary.removeprefix("--")
                handler.wfile.write(
                    f"{marker}\r\nContent-Type: image/jpeg\r\n{length}\r\n".encode() + picture + b"\r\n"
                )
                time.sleep(seconds)
        except OSError:
            return

    return send


def watch(address: str, **more: float) -> OpenCVCamera:
    settings = {"open_seconds": 3.0, "read_seconds": 3.0, "most_per_second": 50.0, **more}
    return OpenCVCamera(CameraConfig("front", address), **settings)


def changing(before: tuple[int, int], after: tuple[int, int]) -> Iterator[bytes]:
    """20 pictures of one size, and then the other for ever."""
    for number in count():
        yield jpeg(before if number < 20 else after)


@pytest.mark.parametrize(("before", "after"), [(WIDE, NARROW), (NARROW, WIDE)])
def test_pictures_have_the_size_that_the_camera_sends_also_after_it_changed(
    before: tuple[int, int], after: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with serve(stream(lambda: changing(before, after))) as address, closing(watch(address)) as camera:
        frames = (camera.read() for _ in range(200))
        sizes = [next(frame.image.shape[:2] for frame in frames if frame and frame.image.shape[:2] == size)
                 for size in (before, after)]  # fmt: skip

    assert sizes == [before, after]
    told = f"its pictures are {after[1]} × {after[0]} now; they were {before[1]} × {before[0]}"
    assert [record.getMessage() for record in caplog.records] == [f"camera front: {told}"]


@pytest.mark.parametrize("has_length", [True, False])
@pytest.mark.parametrize("boundary", ["f", "--myboundary"])
def test_streams_are_read_with_and_without_lengths_whatever_their_boundary(boundary: str, has_length: bool) -> None:
    pictures = stream(lambda: (jpeg(NARROW) for _ in count()), boundary=boundary, has_length=has_length)
    with serve(pictures) as address, closing(watch(address)) as camera:
        for _ in range(5):
            frame = camera.read()
            assert frame is not None
            assert frame.image.shape == (*NARROW, 3)


def test_a_picture_that_was_cut_off_is_not_looked_at() -> None:
    half = jpeg(WIDE)[:-200]
    pictures = stream(lambda: (half if number % 2 else jpeg(NARROW) for number in count()))
    with serve(pictures) as address, closing(watch(address)) as camera:
        shapes = {frame.image.shape[:2] for _ in range(10) if (frame := camera.read())}
    assert shapes == {NARROW}


def claiming(picture: bytes, height: int, width: int) -> bytes:
    """A JPEG that says that it is so large."""
    start = picture.index(b"\xff\xc0")
    return picture[: start + 5] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + picture[start + 9 :]


@pytest.mark.parametrize("size", [(65535, 65535), (30000, 30000), (0, 640), (480, 0)])
def test_a_picture_that_claims_a_size_which_fills_the_memory_is_not_decoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []
    decode = cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda data, flags: decoded.append(len(data)) or decode(data, flags))
    whole = jpeg(NARROW)
    bomb = claiming(whole, *size) + b"\xff\xd9"
    pictures = stream(lambda: (bomb if number % 2 else whole for number in count()))
    with serve(pictures) as address, closing(watch(address)) as camera:
        shapes = {frame.image.shape[:2] for _ in range(10) if (frame := camera.read())}
    assert shapes == {NARROW}
    assert set(decoded) == {len(whole)}


@pytest.mark.parametrize("kind", ["plain", "progressive", "with a comment", "grey", "optimised"])
def test_the_size_of_every_kind_of_picture_is_found(kind: str) -> None:
    image = np.full((*NARROW, 3), 120, np.uint8)
    options = {"progressive": [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], "optimised": [cv2.IMWRITE_JPEG_OPTIMIZE, 1]}
    made = cv2.imencode(".jpg", image[:, :, 0] if kind == "grey" else image, options.get(kind, []))[1].tobytes()
    if kind == "with a comment":
        made = made[:2] + b"\xff\xff\xfe\x00\x08\xff\xc0\xff\xd9\xff\xff" + made[2:]
    assert _pixels_of(made) == NARROW[0] * NARROW[1]
    assert cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_COLOR) is not None


@pytest.mark.parametrize(
    "said", [b"", b"\xff", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xc0\x00", b"\xff" * 100_000, b"GIF89a"]
)
def test_what_is_no_picture_has_no_size(said: bytes) -> None:
    assert _pixels_of(said) == 0


def test_an_address_of_a_still_picture_is_fetched_as_often_as_anybody_looks() -> None:
    asked_at: list[float] = []

    def send(handler: BaseHTTPRequestHandler) -> None:
        asked_at.append(time.monotonic())
        picture = jpeg(NARROW if len(asked_at) < 3 else WIDE)
        handler.send_response(200)
        handler.send_header("Content-Type", "image/jpeg")
        handler.send_header("Content-Length", str(len(picture)))
        handler.end_headers()
        handler.wfile.write(picture)

    with serve(send) as address, closing(watch(address, most_per_second=4.0)) as camera:
        frames = [camera.read() for _ in range(4)]

    assert [frame.image.shape[:2] for frame in frames if frame][::3] == [NARROW, WIDE]
    assert 0.7 < asked_at[3] - asked_at[0] < 2


def test_a_still_picture_that_is_no_longer_served_is_the_end_of_the_stream() -> None:
    is_gone = Event()

    def send(handler: BaseHTTPRequestHandler) -> None:
        if is_gone.is_set():
            handler.send_error(404)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "image/jpeg")
        handler.end_headers()
        handler.wfile.write(jpeg(NARROW))

    def watch_on(camera: OpenCVCamera) -> None:
        for _ in range(50):
            camera.read()

    with serve(send) as address, closing(watch(address, most_per_second=50.0)) as camera:
        assert camera.read() is not None
        is_gone.set()
        with pytest.raises(CameraError, match=r"stopped sending|sent no frame"):
            watch_on(camera)


REFUSALS = {401: "asks for a user and password", 403: "refuses this user and password",
            404: r"nothing at this path \(404\)", 500: "answers with the error 500"}  # fmt: skip


@pytest.mark.parametrize("status", REFUSALS)
def test_a_camera_that_refuses_is_quoted(status: int) -> None:
    with (
        serve(lambda handler: handler.send_error(status)) as address,
        pytest.raises(CameraError, match=REFUSALS[status]),
    ):
        watch(address)


def test_a_redirect_is_not_followed_and_takes_no_password_along() -> None:
    asked: list[str | None] = []

    def redirect(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", other)
        handler.end_headers()

    with (
        serve(lambda handler: asked.append(handler.headers["Authorization"])) as other,
        serve(redirect) as address,
        pytest.raises(CameraError, match=r"sends on to another address \(302\)") as caught,
    ):
        watch(address.replace("//", "//ann:s3cret@"))
    assert asked == []
    assert "s3cret" not in str(caught.value)


def asks_for_password(kind: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Lets in whoever is ann with the password s3cret/1, and quotes the request's own path in the digest."""
    pictures = stream(lambda: (jpeg(NARROW) for _ in count()))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    def is_right(given: str, path: str) -> bool:
        if kind == "Basic":
            return given == "Basic " + base64.b64encode(b"ann:s3cret/1").decode()
        parts = dict(re.findall(r'(\w+)="?([^",]*)"?', given))
        if parts.get("username") != "ann" or parts["uri"] != path:
            return False
        middle = f"n:{parts['nc']}:{parts['cnonce']}:auth:"
        return parts["response"] == md5(f"{md5('ann:room:s3cret/1')}:{middle}{md5(f'GET:{path}')}")

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if is_right(handler.headers.get("Authorization", ""), handler.path):
            pictures(handler)
            return
        handler.send_response(401)
        extra = ', nonce="n", qop="auth"' if kind == "Digest" else ""
        handler.send_header("WWW-Authenticate", f'{kind} realm="room"{extra}')
        handler.end_headers()

    return answer


@pytest.mark.parametrize("kind", ["Basic", "Digest"])
def test_a_password_is_given_when_it_is_asked_for(kind: str) -> None:
    with serve(asks_for_password(kind)) as address:
        with closing(watch(address.replace("//", "//ann:s3cret%2F1@") + "video?room=1")) as camera:
            assert camera.read() is not None
        with pytest.raises(CameraError, match="refuses this user and password"):
            watch(address.replace("//", "//ann:wr0ng@"))
