"""Pictures of a camera that speaks HTTP: motion JPEG, and single JPEG files that are fetched again and again.

They are read here and not by OpenCV, which stretches every picture to the size of the first one and says neither why a
camera refuses nor which picture was damaged.
"""

from __future__ import annotations

import ssl
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from urllib.parse import unquote

import cv2
import numpy as np

from recognizer.config.addresses import Address
from recognizer.vision.capture.reasons import explain_failure, explain_status

MOST_BYTES = 32 * 2**20
"""Of one picture: a JPEG of 50 megapixels has less. A part that is larger, or never ends, is no picture."""

MOST_PIXELS = 40 * 10**6
"""Of one picture; one of 8K has 33 million. A few bytes may claim to be a picture of gigabytes."""

_LONGEST_LINE = 64 * 2**10
_END = b"\xff\xd9"
_END_WITHIN = 1024
"""The marker of a JPEG's end stands among its last bytes; some cameras fill up behind it."""


_FRAME_HEADERS = tuple(bytes([kind]) for kind in range(0xC0, 0xD0) if kind not in (0xC4, 0xC8, 0xCC))
"""Markers that the size of the picture follows."""


class NoWebPictures(Exception):
    """The address serves no JPEG pictures but something else, which OpenCV may be able to play."""


class Refused(Exception):
    """The camera cannot be had; the message says why, and shows no secret."""


class WebPictures:
    """Takes pictures off an HTTP address; used like cv2.VideoCapture: ``grab``, ``retrieve``, ``release``.

    Opened when made. seconds: how long connecting, and each wait for bytes, may take. poll_seconds: how often a still
    picture is fetched. Redirects are not followed, since the password would go along. Raises Refused and NoWebPictures.
    """

    def __init__(self, source: str, address: Address, *, seconds: float, poll_seconds: float) -> None:
        self._address, self._seconds, self._poll_seconds = address, seconds, poll_seconds
        self._url, self._opener = _without_password(source, address), _opener(source, address)
        self._released = threading.Event()
        self._boundary = self._line = self._jpeg = b""
        self._fetch_at = time.monotonic() + poll_seconds
        self._first: bytes | None = None
        self._answer = self._fetch()
        kind = self._answer.headers.get_content_type()
        self._is_stream = kind.startswith("multipart/")
        if self._is_stream:
            # Some cameras announce the boundary with the hyphens that stand before it, some without.
            self._boundary = (self._answer.headers.get_boundary() or "").lstrip("-").encode()
            return
        if kind not in ("image/jpeg", "image/jpg", "image/pjpeg"):
            self._answer.close()
            raise NoWebPictures(kind)
        self._first = self._read_still()

    def grab(self) -> bool:
        """Take the next picture, as its bytes; False where the stream has ended or the camera does not answer."""
        try:
            self._jpeg = self._next_part() if self._is_stream else self._next_still()
        except (OSError, HTTPException, Refused):
            self._released.wait(min(self._poll_seconds, 0.2))
            return False
        return bool(self._jpeg)

    def retrieve(self) -> tuple[bool, cv2.typing.MatLike | None]:
        """Decode the picture just taken, BGR in its own size; None where it is damaged."""
        # Without its end it was cut off: decoded, what is missing would be grey.
        if _END not in self._jpeg[-_END_WITHIN:] or not 0 < _pixels_of(self._jpeg) <= MOST_PIXELS:
            return False, None
        image = cv2.imdecode(np.frombuffer(self._jpeg, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        return image is not None, image

    def release(self) -> None:
        """Hang up; safe to call twice."""
        self._released.set()
        self._answer.close()

    def _fetch(self) -> HTTPResponse:
        try:
            answer: HTTPResponse = self._opener.open(self._url, timeout=self._seconds)
        except urllib.error.HTTPError as error:
            error.close()
            raise Refused(explain_status(error.code, self._address)) from None
        except urllib.error.URLError as error:
            raise Refused(explain_failure(error.reason, self._address)) from None
        except (OSError, HTTPException, ValueError) as error:
            raise Refused(explain_failure(error, self._address)) from None
        return answer

    def _next_still(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        self._released.wait(self._fetch_at - time.monotonic())
        self._fetch_at = time.monotonic() + self._poll_seconds
        self._answer = self._fetch()
        return self._read_still()

    def _read_still(self) -> bytes:
        try:
            with self._answer:
                picture = self._answer.read(MOST_BYTES + 1)
        except (OSError, HTTPException) as error:
            raise Refused(explain_failure(error, self._address)) from None
        return picture if len(picture) <= MOST_BYTES else b""

    def _next_part(self) -> bytes:
        """The next picture of a multipart stream (RFC 2046); empty where a part is, and at the end."""
        while not self._is_boundary(line := self._read_line()):
            if not line:
                return b""
        length = 0
        while (line := self._read_line()).strip():
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length" and value.strip().isdigit():
                length = min(int(value), MOST_BYTES)
        return self._answer.read(length) if length else self._read_to_boundary()

    def _read_to_boundary(self) -> bytes:
        """A part without a length, which many cameras send."""
        part = bytearray()
        while len(part) <= MOST_BYTES and (line := self._read_line()):
            if self._is_boundary(line):
                self._line = line
                return bytes(part)
            part += line
        return b""

    def _is_boundary(self, line: bytes) -> bool:
        return line.startswith(b"--") and self._boundary in line

    def _read_line(self) -> bytes:
        if self._line:
            line, self._line = self._line, b""
            return line
        return self._answer.readline(_LONGEST_LINE)


def _pixels_of(jpeg: bytes) -> int:
    """How many pixels a JPEG says that it has (ITU-T T.81, B.2.2); 0 where it does not say."""
    place = 2
    while jpeg[place : place + 1] == b"\xff":
        kind, length = jpeg[place + 1 : place + 2], int.from_bytes(jpeg[place + 2 : place + 4], "big")
        if kind in _FRAME_HEADERS:
            return int.from_bytes(jpeg[place + 5 : place + 7], "big") * int.from_bytes(
                jpeg[place + 7 : place + 9], "big"
            )
        # Bytes that fill up may stand before a marker.
        place += 1 if kind == b"\xff" else 2 + length
    return 0


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _opener(source: str, address: Address) -> urllib.request.OpenerDirector:
    # No proxy of the environment: a camera is in the house, and the proxy would be told the password.
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.ProxyHandler({}),
        _NoRedirects(),
        urllib.request.HTTPSHandler(context=_any_certificate()),
    ]
    if address.user or address.password:
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        user, password = unquote(address.user), unquote(address.password)
        passwords.add_password(None, _without_password(source, address), user, password)
        handlers += [
            urllib.request.HTTPBasicAuthHandler(passwords),
            urllib.request.HTTPDigestAuthHandler(passwords),
        ]
    return urllib.request.build_opener(*handlers)


def _any_certificate() -> ssl.SSLContext:
    """Cameras sign their certificates themselves; FFmpeg does not ask for another either."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _without_password(source: str, address: Address) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    port = "" if address.port is None else f":{address.port}"
    return f"{address.scheme}://{host}{port}{address.rest.partition('#')[0] or '/'}"
