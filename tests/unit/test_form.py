"""Whether an RTSP stream has another form: what a camera says when it is asked, rubbish included."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count, cycle, repeat

import pytest

from recognizer.config.addresses import Address, parse_address
from recognizer.vision.capture import form
from recognizer.vision.capture.form import MOST_CHANGES, FormWatch
from recognizer.vision.capture.rtsp_answer import describe_media
from tests.fixtures.waiting import wait_for

SMALL, LARGE = ("m=video 0", "a=fmtp:96 small"), ("m=video 0", "a=fmtp:96 large")
Said = tuple[str, ...] | Exception
HEAD = b"RTSP/1.0 200 OK\r\nContent-Length: "


class Asked:
    """A camera that is asked again and again; ``changes`` counts how often its source would be opened anew."""

    def __init__(self, answers: Iterator[Said], *, is_another_stream: bool = False) -> None:
        self._answers, self._is_another_stream = answers, is_another_stream
        self.times = self.changes = 0
        self._watch: FormWatch | None = None

    def answer(self) -> tuple[str, ...]:
        if self._watch is not None and self._watch.take_change():
            self.changes += 1
            if self._is_another_stream:
                self._watch.confirm()
        self.times += 1
        said = next(self._answers)
        if isinstance(said, Exception):
            raise said
        return said

    def ask(self, times: int) -> int:
        """The changes that were found once it was asked so often."""
        self._watch = FormWatch("front", self.answer, 0.002)
        try:
            wait_for(lambda: self.times >= times, "more questions", 20)
        finally:
            self._watch.stop()
        return self.changes


def test_a_stream_that_stays_as_it_is_is_never_opened_anew() -> None:
    assert Asked(repeat(SMALL)).ask(50) == 0


def test_each_setting_is_noticed_once() -> None:
    assert Asked(chain(repeat(SMALL, 10), repeat(LARGE, 10), repeat(SMALL))).ask(50) == 2


@pytest.mark.parametrize("said", [(), OSError("gone"), TimeoutError("timed out"), ValueError("no RTSP")])
def test_what_is_no_answer_is_no_change(said: Said) -> None:
    assert Asked(chain([said], cycle([SMALL, said, said]))).ask(50) == 0
    assert Asked(chain(repeat(SMALL, 5), repeat(said, 5), repeat(LARGE))).ask(50) == 1


@pytest.mark.parametrize(
    "answers",
    [
        lambda: cycle([SMALL, LARGE]),
        lambda: cycle([SMALL, SMALL, LARGE]),
        lambda: cycle([SMALL, SMALL, SMALL, LARGE, LARGE, ()]),
        lambda: ((f"a=fmtp:96 {number}",) for number in count()),
    ],
)
def test_a_camera_that_describes_its_stream_otherwise_now_and_then_is_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch, answers: Callable[[], Iterator[Said]]
) -> None:
    monkeypatch.setattr(form, "REST_SECONDS", 0.2)
    begun, changes = time.monotonic(), Asked(answers()).ask(14)
    assert changes <= MOST_CHANGES * (1 + (time.monotonic() - begun) / 0.2)


def test_whoever_sets_a_camera_again_and_again_is_followed() -> None:
    assert Asked(cycle([SMALL, LARGE]), is_another_stream=True).ask(20) > 2 * MOST_CHANGES


def test_what_was_set_during_such_a_while_is_noticed_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "REST_SECONDS", 0.2)
    unsteady = [SMALL, LARGE] * 2
    assert Asked(chain(unsteady, repeat(SMALL))).ask(20) == MOST_CHANGES + 1


def test_of_motion_jpeg_nobody_opens_the_source_before_whoever_is_to_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some cameras serve one viewer at a time."""
    described, opened = ["m=video 0 RTP/AVP 26"], []
    monkeypatch.setattr(form, "describe_media", lambda *_: tuple(described))
    monkeypatch.setattr(form, "OPENED_EVERY_SECONDS", 0.05)

    def open_once_more(_: object) -> tuple[str, ...]:
        opened.append(1)
        return ("1280", "720") if len(opened) == 2 else ()

    monkeypatch.setattr(form, "form_when_opened", open_once_more)
    ask = form.DescribedForm(parse_address("rtsp://127.0.0.1/1"), None)  # type: ignore[arg-type]
    time.sleep(0.1)
    assert ask() == ()
    ask.note_opened(("640", "480"))
    assert ask() == (*described, "640", "480")
    assert not opened
    time.sleep(0.1)
    assert ask() == (*described, "640", "480"), "it serves no further viewer now"
    time.sleep(0.1)
    assert ask() == (*described, "1280", "720")
    assert len(opened) == 2


@contextmanager
def camera_that_says(parts: Iterator[bytes], seconds: float = 0.0) -> Iterator[Address]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.recv(4096)
                for part in parts:
                    self.request.sendall(part)
                    time.sleep(seconds)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield parse_address(f"rtsp://viewer:hunter2@127.0.0.1:{server.server_address[1]}/1")
        server.shutdown()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\r\n\r\n",
        b"\xff\xfe\x00" * 1000,
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"RTSP/1.0 99999 X\r\n\r\n",
        b"RTSP/1.0 401 X\r\nWWW-Authenticate: Digest \r\n\r\n",
        b"RTSP/1.0 401 X\r\nWWW-Authenticate: Digest qop=auth, realm\r\n\r\n",
        HEAD + b"9" * 5000 + b"\r\n\r\nm=video",
        HEAD + b"-5\r\n\r\nm=video",
        HEAD + b"5000\r\n\r\nm=video\r\n",
        b"x" * 2**20,
        HEAD + b"100000000\r\n\r\n" + b"m=video\r\n" * 100_000,
    ],
)
def test_whatever_a_camera_says_asking_ends_with_an_answer_or_an_error_that_is_expected(said: bytes) -> None:
    with camera_that_says(iter([said])) as address, suppress(OSError, ValueError):
        assert sum(map(len, describe_media(address, 0.5))) < 2**17


@pytest.mark.parametrize("start", [b"", HEAD + b"60000\r\n\r\n"])
def test_a_camera_that_sends_a_byte_now_and_then_keeps_nobody_waiting(start: bytes) -> None:
    begun = time.monotonic()
    with camera_that_says(chain([start], repeat(b"x")), 0.1) as address, pytest.raises(OSError, match="timed out"):
        describe_media(address, 0.5)
    assert time.monotonic() - begun < 3
