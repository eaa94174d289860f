"""Cameras that send spoilt bytes over the network: heads, descriptions, packets, chunks and pictures.

Each kind in one confined process with a camera's bound of memory: it reads pictures or says why not, and goes on.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from recognizer.config.configuration import CameraConfig
from recognizer.errors import CameraError
from recognizer.ops.confinement import Reach
from tests.fixtures.parts import part_missing
from tests.fixtures.spoilt_camera import AnsweringCamera, h264_packets, jpeg_packets, rtsp_conversation
from tests.fuzzing.inputs import INPUTS, spoilt
from tests.fuzzing.test_what_is_decoded import READ, answer_each, ask_each

PASSWORD = "quiet-harbour-lantern"
PICTURES = 2

WAITS = {"open_seconds": 1.0, "read_seconds": 1.0, "most_per_second": 100.0}

LONGEST_SECONDS = 20.0
"""For one input, on a machine with other work: opening over TCP and over UDP, asking why, and closing."""

NOISE = np.random.default_rng(1).integers(60, 180, (48, 64, 3), np.uint8)
JPEG = cv2.imencode(".jpg", NOISE, [cv2.IMWRITE_JPEG_QUALITY, 40])[1].tobytes()


def rtsp_seeds(folder: Path) -> list[bytes]:
    if shutil.which("ffmpeg") is None:
        part_missing("ffmpeg is not installed.")
    h264 = list(h264_packets(folder))
    h264_media = (
        "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=framerate:25\r\n"
    )
    jpeg_media = "m=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/90000\r\n"
    return [
        rtsp_conversation(h264_media, h264),
        rtsp_conversation(jpeg_media, list(jpeg_packets(JPEG, 80))),
        rtsp_conversation(h264_media, h264, challenge=True),
    ]


def http_seeds() -> list[bytes]:
    picture, ok = JPEG, b"HTTP/1.1 200 OK\r\n"
    multipart = ok + b"Content-Type: multipart/x-mixed-replace; boundary=f\r\n"
    part = b"--f\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n" % (len(picture), picture)
    without_length = b"--f\r\nContent-Type: image/jpeg\r\n\r\n%b\r\n" % picture
    chunk = b"%x\r\n%b\r\n" % (len(part), part)
    in_chunks = ok + b"Content-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n\r\n"
    return [
        multipart + b"\r\n" + part * 12,
        multipart + b"\r\n" + without_length * 12,
        multipart + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 12 + b"0\r\n\r\n",
        ok + b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b" % (len(picture), picture),
        in_chunks
        + b"".join(b"%x\r\n%b\r\n" % (len(half), half) for half in (picture[:600], picture[600:]))
        + b"0\r\n\r\n",
        b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="room", nonce="1", qop="auth"\r\n\r\n',
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n",
    ]


def video_seeds(folder: Path) -> list[bytes]:
    seeds = []
    for suffix, code, kind in (("mkv", "mp4v", b"video/x-matroska"), ("avi", "MJPG", b"video/x-msvideo")):
        path = folder / f"film.{suffix}"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), 10, (64, 48))
        for light in range(80):
            writer.write(np.full((48, 64, 3), light * 3, np.uint8))
        writer.release()
        seeds.append(b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\n\r\n" % kind + path.read_bytes())
    return seeds


RTSP_WORDS = (
    *(b"Content-Length: 99999999\r\n", b"Content-Length: -1\r\n", b"Location: rtsp://127.0.0.1:9/\r\n", b"$\0\xff\xff"),
    *(b"m=video 0 RTP/AVP 96\r\n", b"a=rtpmap:96 H265/90000\r\n", b"a=fmtp:96 sprop-parameter-sets=Z0IACg==,aM4=\r\n"),
    *(b"interleaved=255-0", b"a=framesize:96 60000-60000\r\n", b"c=IN IP4 10.0.0.1/127\r\n", b"\r\n\r\n", b"\0"),
)
HTTP_WORDS = (
    *(b"Content-Length: 99999999999\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n", b"\r\n\r\n"),
    *(b"Content-Encoding: gzip\r\n", b"\r\n-1\r\n", b"\r\nffffffffffffffff\r\n", b"--f\r\n", b"HTTP/0.9 999 x\r\n"),
    *(b"X: y\r\n" * 120, b"X" * 70_000, b"\xff\xc0\0\x11\x08\xff\xff\xff\xff\3", b"Content-Type: text/html\r\n", b"\0"),
    *(b"HTTP/1.1 100 Continue\r\n\r\n" * 50, b"boundary*0*=utf-8''%ff; ", b'WWW-Authenticate: Basic realm="r"\r\n'),
)


def test_whatever_a_camera_sends_is_watched_or_refused_in_words(tmp_path: Path) -> None:
    kinds = (
        ("rtsp", rtsp_seeds(tmp_path), RTSP_WORDS),
        ("http", http_seeds(), HTTP_WORDS),
        ("http", video_seeds(tmp_path), HTTP_WORDS),
    )
    # A camera mostly waits: all kinds at once take no longer than one.
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(watch_spoilt, *zip(*kinds, strict=True)))
    assert [READ in of_kind for of_kind in answers] == [True] * len(kinds)


def watch_spoilt(scheme: str, seeds: Sequence[bytes], words: Sequence[bytes]) -> list[str]:
    """What is said of each: of the seeds as they are, and then of spoilt ones."""
    with closing(AnsweringCamera()) as camera:
        address = f"{scheme}://viewer:{PASSWORD}@127.0.0.1:{camera.port}/room"

        def conversations() -> Iterator[bytes]:
            for conversation in (*seeds, *islice(spoilt(seeds, words), INPUTS // 25)):
                camera.conversation = conversation
                yield address.encode()

        return ask_each(_watch_cameras, conversations(), camera.port)


def _watch_cameras(connection: Connection[Any, Any], port: int) -> None:
    answer_each(connection, Reach(ports=[port]), _watch)


def _watch(address: bytes) -> None:
    from recognizer.vision.capture.camera import OpenCVCamera

    config = CameraConfig("front", address.decode())
    started = time.monotonic()
    try:
        with closing(OpenCVCamera(config, **WAITS)) as camera:
            for _ in range(PICTURES):
                assert camera.read() is not None
    except CameraError as error:
        assert PASSWORD not in str(error)
        raise
    finally:
        assert time.monotonic() - started < LONGEST_SECONDS
