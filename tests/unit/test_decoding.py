"""Photos and clips that were made to fill the memory, or to take over whoever opens them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from recognizer.bootstrap import decoding
from recognizer.bootstrap.decoding import Decoding
from recognizer.errors import PhotoError
from recognizer.ops.confinement import landlock_version
from recognizer.ops.photo_file import MOST_BYTES, read_photo_file
from recognizer.vision.faces import photos
from recognizer.vision.faces.photos import read_photo
from tests.fixtures.hostile_decoding import answer, die, hang, take_over
from tests.fixtures.photos import bomb

FORMATS = {"png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP", "tif": "TIFF", "avif": "AVIF", "jpg": "JPEG"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_photo_of_more_pixels_than_are_read_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(photos, "MOST_PIXELS", 100 * 80 - 1)
    monkeypatch.setattr(photos, "MOST_PIXELS_OF_JPEG", 100 * 80 - 1)
    options = {"compression": "tiff_lzw"} if suffix == "tif" else {}
    frames = [Image.new("RGB", (100, 80), colour) for colour in ("grey", "white")]
    animation = {"save_all": True, "append_images": frames[1:]} if suffix in ("png", "webp", "gif", "tif") else {}
    frames[0].save(tmp_path / f"photo.{suffix}", **options, **animation)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda photo: pytest.fail("It was decoded."))
    with pytest.raises(PhotoError, match="0 megapixels, 0 at most"):
        read_photo(tmp_path / f"photo.{suffix}")


def test_a_jpeg_may_have_more_pixels_and_the_refusal_of_another_photo_says_so(tmp_path: Path) -> None:
    bomb(tmp_path / "photo.png", 8000, 5001)
    with pytest.raises(PhotoError, match=r"40 megapixels, 40 at most \(80 as JPEG\)"):
        read_photo(tmp_path / "photo.png")


def test_a_file_too_large_for_a_photo_is_refused_by_its_size(tmp_path: Path) -> None:
    with (tmp_path / "photo.jpg").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(PhotoError, match="more than 100 MB: save it as JPEG"):
        read_photo_file(tmp_path / "photo.jpg")


@pytest.mark.parametrize("kind", ["a pipe", "a folder", "nothing"])
def test_what_is_no_plain_file_is_never_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "photo.jpg"
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a folder":
        path.mkdir()
    with pytest.raises(PhotoError, match="there is no such file" if kind == "nothing" else "not a plain file"):
        read_photo_file(path)


def make_clip(path: Path, width: int, height: int) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, (width, height))
    for light in range(40):
        writer.write(np.full((height, width, 3), light * 5, np.uint8))
    writer.release()
    return path


def test_a_photo_or_clip_that_takes_too_much_memory_is_refused_and_the_next_ones_are_read(tmp_path: Path) -> None:
    reader = Decoding(most_more_mb=100)
    Image.new("RGBA", (4000, 3000), (9, 9, 9, 9)).save(tmp_path / "large.png", compress_level=1)
    Image.new("RGB", (4000, 3000)).save(tmp_path / "large.webp", lossless=True, method=0)
    Image.new("RGB", (400, 300), "red").save(tmp_path / "small.png")
    large, small = make_clip(tmp_path / "large.mp4", 1920, 1080), make_clip(tmp_path / "small.mp4", 64, 48)
    for path in (tmp_path / "large.png", tmp_path / "large.webp", tmp_path / "small.png"):
        if path.stem == "large":
            with pytest.raises(PhotoError):
                reader.read_photo(path, 2048)
        else:
            assert reader.read_photo(path, 200)[0, 0].tolist() == [255, 0, 0]
    with pytest.raises(PhotoError):
        reader.read_clip(Path(large), 24)
    assert 12 <= len(reader.read_clip(small, 24)) <= 24


HOSTILE = {
    "died": die,
    "hangs": hang,
    "a pickle": answer(b"cos\nsystem\n(S'false'\ntR."),
    "no numbers": answer(b'{"fault": null, "sizes": [["a", 3]]}'),
    "no size": answer(b'{"fault": null, "sizes": [[0, -3]]}'),
    "too large": answer(b'{"fault": null, "sizes": [[100000, 100000]]}'),
    "another number": answer(b'{"fault": null, "sizes": [[1, 1], [1, 1]]}', b"abc", b"abc"),
    "too long": answer(b'{"fault": null, "sizes": [[2, 2]]}', bytes(10**6)),
    "too short": answer(b'{"fault": null, "sizes": [[2, 2]]}', b"abc"),
    "endless words": answer(b" " * 10**6),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_a_process_says_that_a_photo_took_over_the_photo_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    (tmp_path / "photo.png").touch()
    monkeypatch.setattr(decoding, "_decode_photo", HOSTILE[what])
    with pytest.raises(PhotoError, match="decoding it failed"):
        Decoding(photo_seconds=2.0 if what == "hangs" else 60.0).read_photo(tmp_path / "photo.png", 200)


def test_after_a_photo_of_which_its_process_died_the_next_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "photo.png")
    reader = Decoding()
    with monkeypatch.context() as patched:
        patched.setattr(decoding, "_decode_photo", die)
        with pytest.raises(PhotoError, match="signal SIGSEGV"):
            reader.read_photo(tmp_path / "photo.png", 200)
    assert reader.read_photo(tmp_path / "photo.png", 200).shape == (30, 40, 3)


def test_a_photo_that_takes_its_process_over_answers_for_no_other_photo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one student's photo could have all that come after it enrolled with a face of its choice."""
    Image.new("RGB", (40, 30), "red").save(tmp_path / "photo.png")
    said = (b'{"fault": null, "sizes": [[1, 1]]}', b"\0\0\0")
    reader = Decoding()
    with monkeypatch.context() as patched:
        patched.setattr(decoding, "_decode_photo", answer(*said, *said, *said))
        assert reader.read_photo(tmp_path / "photo.png", 200).tolist() == [[[0, 0, 0]]]
    assert reader.read_photo(tmp_path / "photo.png", 200)[0, 0].tolist() == [255, 0, 0]


def test_no_process_of_a_photo_is_left_over(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "photo.png")
    reader = Decoding()
    before = children_of(os.getpid())
    for _ in range(3):
        reader.read_photo(tmp_path / "photo.png", 200)
    assert len(children_of(os.getpid()) - before) == 1, "more than the process that they are copied from"
    open_files = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        reader.read_photo(tmp_path / "photo.png", 200)
    assert len(list(Path("/proc/self/fd").iterdir())) == open_files


def children_of(pid: int) -> set[str]:
    return {child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()}


@pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")
def test_hostile_code_in_a_photo_reads_no_file_and_no_secret_and_prints_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photo.png").write_text(str(tmp_path / "gallery.key"))
    (tmp_path / "gallery.key").touch()
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", "secret")
    monkeypatch.setattr(decoding, "_decode_photo", take_over)
    with pytest.raises(PhotoError, match=r"reached: \[\]"):
        Decoding().read_photo(tmp_path / "photo.png", 200)
    shown = capfd.readouterr()
    assert "said by a photo" not in shown.out + shown.err


def test_a_reason_that_a_photo_gives_moves_no_cursor_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photo.png").touch()
    monkeypatch.setattr(
        decoding, "_decode_photo", answer(json.dumps({"fault": "\x1b[2J\rall is well\u202e\n" * 99}).encode())
    )
    with pytest.raises(PhotoError) as refused:
        Decoding().read_photo(tmp_path / "photo.png", 200)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) <= 500
