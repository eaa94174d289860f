"""Why a camera cannot be had is told as the camera, or the network, says it."""

from __future__ import annotations

import hashlib
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from recognizer.config.configuration import CameraConfig
from recognizer.errors import CameraError
from recognizer.vision.capture.camera import OpenCVCamera

CHALLENGE = 'WWW-Authenticate: Digest realm="room", nonce="n0"\r\nWWW-Authenticate: Basic realm="room"\r\n'
SDP = "v=0\r\ns=-\r\n{}"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@contextmanager
def rtsp(status: int, *, media: str = "m=video 0 RTP/AVP 96\r\n", asks_for_password: bool = False) -> Iterator[str]:
    """An RTSP camera that answers every DESCRIBE so, and refuses all that would follow; its address, without the path.

    asks_for_password: it lets in ann, with the password s3cret, and nobody else.
    """

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while request := self.next_request():
                method, uri = request.split(" ", 2)[:2]
                if method != "DESCRIBE":
                    self.answer(200 if method == "OPTIONS" else 454)
                elif asks_for_password and not self.is_ann(request, uri):
                    self.answer(401, CHALLENGE)
                else:
                    self.answer(status, body=SDP.format(media))

        def next_request(self) -> str:
            request = ""
            while not request.endswith("\r\n\r\n") and (line := self.rfile.readline()):
                request += line.decode()
            self.number = re.search(r"(?i)cseq: *([0-9]+)", request)
            return request

        def is_ann(self, request: str, uri: str) -> bool:
            given = re.search(r'Digest username="ann", .*response="([0-9a-f]+)"', request)
            expected = md5(f"{md5('ann:room:s3cret')}:n0:{md5(f'DESCRIBE:{uri}')}")
            return given is not None and given[1] == expected

        def answer(self, status: int, head: str = "", body: str = "") -> None:
            number = self.number[1] if self.number else "1"
            length = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n" if body else ""
            self.wfile.write(f"RTSP/1.0 {status} X\r\nCSeq: {number}\r\n{head}{length}\r\n{body}".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"rtsp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def reason(address: str) -> str:
    with pytest.raises(CameraError) as caught:
        OpenCVCamera(CameraConfig("front", address), open_seconds=2.0, read_seconds=2.0)
    assert "s3cret" not in str(caught.value)
    return str(caught.value)


def test_a_wrong_password_is_told_from_none_and_from_a_right_one() -> None:
    with rtsp(404, asks_for_password=True) as address:
        assert "asks for a user and password" in reason(f"{address}/x")
        assert "refuses this user and password" in reason(address.replace("//", "//ann:s3cret0@") + "/x")
        assert "nothing at this path (404)" in reason(address.replace("//", "//ann:s3cret@") + "/x")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, "nothing at this path (404)"),
        (403, "refuses this user and password"),
        (302, "sends on to another address (302)"),
        (453, "serves no further viewer now (453)"),
        (500, "answers with the error 500"),
    ],
)
def test_an_rtsp_camera_is_quoted(status: int, expected: str) -> None:
    with rtsp(status) as address:
        assert expected in reason(f"{address}/x")


def test_a_camera_that_has_sound_alone_has_no_video() -> None:
    with rtsp(200, media="m=audio 0 RTP/AVP 0\r\n") as address:
        assert "answers and has no video there" in reason(f"{address}/x")


def test_a_camera_that_says_it_has_video_and_sends_none_is_told_so() -> None:
    with rtsp(200) as address:
        assert "sends no video that can be read" in reason(f"{address}/x")


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_nobody_there_is_refused_and_no_such_host_is_no_host(scheme: str) -> None:
    assert "127.0.0.1 does not answer on port 1 (refused)" in reason(f"{scheme}://ann:s3cret@127.0.0.1:1/x")
    assert "no host is called nobody.invalid" in reason(f"{scheme}://ann:s3cret@nobody.invalid/x")


def test_a_program_that_is_no_camera_is_told_so() -> None:
    class Babble(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 mail.example.org ESMTP\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Babble) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for scheme in ("rtsp", "http"):
            told = reason(f"{scheme}://127.0.0.1:{server.server_address[1]}/x")
            assert f"with something that is no {scheme.upper()}" in told
        server.shutdown()
