from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizer.config.configuration import CameraConfig, Play
from recognizer.domain.following.detection import Frame
from recognizer.errors import CameraError
from recognizer.vision.capture.camera import OpenCVCamera
from recognizer.vision.capture.drain import Drain, UnreadableStream, image_of
from recognizer.vision.capture.opening import Opening
from tests.fakes import FakeCapture

FRAMES = 30
TIME_OUTS = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, 3000, cv2.CAP_PROP_READ_TIMEOUT_MSEC, 3000]


def picture(number: int) -> np.ndarray:
    """BGR: red where the frame stands in the clip (8 levels a frame), no green, blue throughout."""
    image = np.zeros((48, 64, 3), np.uint8)
    image[:, :, 0], image[:, :, 2] = 200, 8 * number
    return image


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A little more than a second at 25 frames a second."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25.0, (64, 48))
    for number in range(FRAMES):
        writer.write(picture(number))
    writer.release()
    return path


@pytest.fixture
def opened() -> Iterator[list[OpenCVCamera]]:
    """Cameras put in here are closed at the end."""
    cameras: list[OpenCVCamera] = []
    yield cameras
    for camera in cameras:
        camera.close()


def play(path: Path, how: Play, most_per_second: float = 100.0) -> tuple[list[Frame], OpenCVCamera]:
    camera = OpenCVCamera(CameraConfig("front", str(path), how), most_per_second=most_per_second)
    frames = []
    while (frame := camera.read()) is not None:
        frames.append(frame)
    camera.close()
    return frames, camera


def red(frame: Frame) -> float:
    return float(frame.image[:, :, 0].mean())


def test_a_file_played_fast_gives_every_frame_in_stream_time(clip: Path) -> None:
    frames, _ = play(clip, "fast")
    assert len(frames) == FRAMES
    assert [frame.position_seconds for frame in frames] == pytest.approx([n / 25 for n in range(FRAMES)])
    assert frames[25].captured_at - frames[0].captured_at == timedelta(seconds=1)
    assert abs(frames[0].captured_at - datetime.now(UTC).replace(tzinfo=None)) < timedelta(minutes=1)


def test_a_file_played_fast_gives_no_more_frames_than_are_looked_at(clip: Path) -> None:
    frames, _ = play(clip, "fast", most_per_second=4.0)
    assert [frame.position_seconds for frame in frames] == pytest.approx([0, 0.25, 0.5, 0.75, 1.0], abs=0.021)


def test_frames_are_rgb_and_fit_for_dlib(clip: Path) -> None:
    frames, _ = play(clip, "fast")
    image = frames[20].image
    assert image.shape == (48, 64, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image.mean(axis=(0, 1)) == pytest.approx([160, 0, 200], abs=25)


def test_a_file_played_once_takes_its_time_and_ends(clip: Path) -> None:
    started = time.monotonic()
    frames, camera = play(clip, "once")
    assert 1 < len(frames) <= FRAMES
    numbers = [round(red(frame) / 8) for frame in frames]
    assert numbers == sorted(numbers)
    for number, frame in zip(numbers, frames, strict=True):
        assert frame.position_seconds - started >= (number - 1) / 25, "a frame came before its time"
    with pytest.raises(CameraError, match="was closed"):
        camera.read()


def test_whoever_looks_seldom_is_given_the_newest_frame_and_no_other_is_decoded() -> None:
    capture = FakeCapture(picture=picture(1))
    drain = Drain(capture, reopen=None, frames_per_second=None, rest_seconds=0.001)
    drain.newest(10.0)
    seen = capture.grabs
    while capture.grabs < seen + 100:
        time.sleep(0.001)
    drain.newest(10.0)
    drain.stop()
    assert len(capture.decoded) == 2
    assert capture.decoded[1] > seen + 100
    assert capture.is_released


def test_frames_nobody_can_use_are_not_given_out(clip: Path) -> None:
    frames, _ = play(clip, "once", most_per_second=4.0)
    assert 1 < len(frames) < FRAMES / 2


def test_a_loop_goes_on_after_its_end(clip: Path, opened: list[OpenCVCamera]) -> None:
    camera = OpenCVCamera(CameraConfig("front", str(clip), "loop"), most_per_second=100.0)
    opened.append(camera)
    frames = [camera.read() for _ in range(FRAMES + 5)]
    positions = [frame.position_seconds for frame in frames if frame is not None]
    assert len(positions) == FRAMES + 5
    assert positions == sorted(positions)


def test_closing_twice_does_no_harm(clip: Path) -> None:
    for how in ("fast", "loop"):
        camera = OpenCVCamera(CameraConfig("front", str(clip), how))
        camera.close()
        camera.close()


@pytest.mark.parametrize("how", ["once", "fast"])
def test_a_file_that_is_no_video_is_refused(tmp_path: Path, how: Play) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no video")
    with pytest.raises(CameraError, match=r"camera front: .*notes\.mp4 cannot be opened"):
        OpenCVCamera(CameraConfig("front", str(path), how))


@pytest.mark.parametrize("scheme", ["file:", "concat:", "file://", "subfile,,start,0,end,9,,:"])
def test_a_file_is_opened_by_its_path_only(clip: Path, scheme: str) -> None:
    with pytest.raises(CameraError):
        OpenCVCamera(CameraConfig("front", f"{scheme}{clip}", "once"))


def test_a_playlist_cannot_lead_out_of_its_file(clip: Path, tmp_path: Path) -> None:
    hits: list[str] = []
    with serve(lambda handler: hits.append(handler.path)) as address:
        playlist = tmp_path / "list.m3u8"
        playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}secret.ts\n#EXT-X-ENDLIST\n")
        with pytest.raises(CameraError):
            OpenCVCamera(CameraConfig("front", str(playlist), "once"), open_seconds=2.0).read()
    assert hits == []


@pytest.mark.parametrize("way", ["redirect", "playlist", "playlist with a key", "DASH"])
def test_a_web_camera_cannot_send_this_machine_elsewhere(way: str) -> None:
    hits: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if way == "redirect":
            handler.send_response(302)
            handler.send_header("Location", f"{elsewhere}moved")
            handler.end_headers()
            return
        content = leads[way].encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "video/mp2t")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    with serve(lambda handler: hits.append(handler.path)) as elsewhere, serve(answer) as camera:
        begin, end = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n", f"#EXTINF:1,\n{elsewhere}segment.ts\n#EXT-X-ENDLIST\n"
        leads = {
            "playlist": begin + end,
            "playlist with a key": f'{begin}#EXT-X-KEY:METHOD=AES-128,URI="{elsewhere}key"\n{end}',
            "DASH": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
            'mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
            f'bandwidth="1"><BaseURL>{elsewhere}dash.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>',
        }
        # As OpenCV is given it: what asks before may have been told something else.
        with pytest.raises(CameraError):
            Opening(CameraConfig("front", f"{camera}live"), TIME_OUTS).open()
    assert hits == []


def test_what_one_camera_may_not_open_is_not_barred_to_others(clip: Path) -> None:
    with pytest.raises(CameraError):
        OpenCVCamera(CameraConfig("front", "rtsp://127.0.0.1:1/x", "live"))
    assert cv2.VideoCapture(str(clip), cv2.CAP_FFMPEG).isOpened()


def test_a_missing_usb_camera_is_named_by_its_number() -> None:
    with pytest.raises(CameraError, match="USB camera 63 cannot be opened"):
        OpenCVCamera(CameraConfig("front", 63))


@pytest.mark.parametrize("address", ["rtsp://ann:s3cret@127.0.0.1:1/x", "http://ann:s3cret@127.0.0.1:1/x?token=s3cret"])
def test_a_camera_that_does_not_answer_is_named_without_its_password(
    address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CameraError, match=r"127\.0\.0\.1 does not answer on port 1") as caught:
        OpenCVCamera(CameraConfig("front", address), open_seconds=2.0)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("is_service", [True, False])
def test_a_camera_that_the_service_may_be_forbidden_to_reach_is_told_so(
    full_port: int, monkeypatch: pytest.MonkeyPatch, is_service: bool
) -> None:
    """systemd drops what is sent to an address that the unit denies: it looks like a camera that is off."""
    monkeypatch.setenv("INVOCATION_ID", "1") if is_service else monkeypatch.delenv("INVOCATION_ID", raising=False)
    with pytest.raises(CameraError) as caught:
        OpenCVCamera(CameraConfig("front", f"rtsp://127.0.0.1:{full_port}/x"), open_seconds=1.0)
    assert "does not answer" in str(caught.value)
    assert ("(no answer; does IPAddressAllow= of this service name its address?)" in str(caught.value)) == is_service


@pytest.mark.parametrize("address", ["rtmp://127.0.0.1/x", "rtsp://127.0.0.1:99999/x", "http://[::1/x"])
def test_an_address_that_cannot_be_one_is_refused(address: str) -> None:
    with pytest.raises(CameraError, match=r"unknown kind of address|not well-formed"):
        OpenCVCamera(CameraConfig("front", address), open_seconds=2.0)


class serve:
    """An HTTP server whose every answer is given by a function of the handler; its address within the block."""

    def __init__(self, answer: object) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)  # type: ignore[operator]

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def stream_jpegs(handler: BaseHTTPRequestHandler, until: threading.Event) -> None:
    """A camera's motion JPEG: 25 pictures a second until the event."""
    jpeg = cv2.imencode(".jpg", picture(10))[1].tobytes()
    handler.send_response(200)
    handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
    handler.end_headers()
    try:
        while not until.wait(0.04):
            handler.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n")
            handler.wfile.write(f"Content-Length: {len(jpeg)}\r\n\r\n".encode() + jpeg + b"\r\n")
    except OSError:
        return


def test_a_network_camera_that_hangs_up_is_dead(opened: list[OpenCVCamera]) -> None:
    unplugged = threading.Event()
    with serve(lambda handler: stream_jpegs(handler, unplugged)) as address:
        camera = OpenCVCamera(CameraConfig("front", address), open_seconds=10.0, read_seconds=5.0)
        opened.append(camera)
        frame = camera.read()
        assert frame is not None
        assert red(frame) == pytest.approx(80, abs=10)
        unplugged.set()
        with pytest.raises(CameraError, match=r"front: http://127\.0\.0\.1.* stopped sending"):
            for _ in range(200):
                camera.read()


def test_a_stream_that_hangs_is_given_up_and_can_be_closed() -> None:
    capture = FakeCapture(hangs=True)
    drain = Drain(capture, reopen=None, frames_per_second=None, rest_seconds=0.1)
    with pytest.raises(UnreadableStream, match=r"no frame for 0\.1 seconds"):
        drain.newest(0.1)
    drain.stop(0.1)
    assert not capture.is_released, "a thread inside the capture must be left alone"
    capture.let_go.set()


@pytest.mark.parametrize("picture", [None, np.empty((0, 0, 3), np.uint8), np.zeros((4, 4), np.uint8)])
def test_a_picture_that_is_none_ends_the_stream(picture: np.ndarray | None) -> None:
    with pytest.raises(UnreadableStream, match="picture"):
        image_of(FakeCapture(picture=picture))
    drain = Drain(FakeCapture(picture=picture), reopen=None, frames_per_second=None, rest_seconds=0.1)
    with pytest.raises(UnreadableStream, match="picture"):
        drain.newest(10.0)
    drain.stop()


def test_whatever_breaks_in_the_thread_reaches_the_reader() -> None:
    drain = Drain(FakeCapture(fault=cv2.error("boom")), reopen=None, frames_per_second=None, rest_seconds=0.1)
    with pytest.raises(UnreadableStream, match="broke off"):
        drain.newest(10.0)
    drain.stop()
