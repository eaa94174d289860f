"""Photos, clips and galleries, each kind in one confined process for all inputs: what ends it ends no test.

In service each photo and clip has a process of its own.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from recognizer.config.configuration import GalleryConfig
from recognizer.errors import RecognizerError
from recognizer.ops.confinement import Reach, confine, leave_terminal, limit_memory
from recognizer.room.children import SpawnedChild
from recognizer.storage.files.gallery_file import SignedGalleryFile, load_gallery
from recognizer.storage.files.gallery_key import load_keys
from recognizer.storage.files.sealing import KeyRing
from tests.fixtures.gallery import some_gallery
from tests.fixtures.hostile import KEY, RING, signed
from tests.fuzzing.inputs import SEED, spoilt

MOST_MB = 1024.0
MOST_SECONDS = 30.0
"""For one input, on a machine with other work."""

READ, REFUSED = "read", "refused"


def test_every_spoilt_photo_is_read_or_refused(tmp_path: Path) -> None:
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (24, 32, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    seeds = []
    for form, options in (
        ("JPEG", {"exif": exif.tobytes()}),
        ("JPEG", {"progressive": True}),
        ("PNG", {"icc_profile": b"x" * 200}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {}),
        ("GIF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_deflate"}),
        ("BMP", {}),
        ("AVIF", {"speed": 10}),
    ):
        file = io.BytesIO()
        picture.save(file, form, **options)
        seeds.append(file.getvalue())
    answers = ask_each(_decode_photos, spoilt(seeds, (b"Exif\0\0", b"iCCP", b"zTXt", b"acTL", b"\xff\xd8", b"ALPH")))
    assert READ in answers
    assert REFUSED in answers


def test_every_spoilt_clip_is_read_or_refused(tmp_path: Path) -> None:
    seeds = []
    for suffix, code in (("avi", "MJPG"), ("mp4", "mp4v"), ("mkv", "mp4v"), ("avi", "XVID")):
        path = tmp_path / f"{code}.{suffix}"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), 10, (32, 24))
        for light in range(8):
            writer.write(np.full((24, 32, 3), light * 30, np.uint8))
        writer.release()
        if path.exists():
            seeds.append(path.read_bytes())
    folder = tmp_path / "clips"
    folder.mkdir()
    names = []
    for number, content in enumerate(spoilt(seeds, (b"moov", b"mdat", b"RIFF", b"idx1", b"stsz", b"#EXTM3U\n"))):
        (folder / f"{number}.mp4").write_bytes(content)
        names.append(str(folder / f"{number}.mp4").encode())
    assert READ in ask_each(_read_clips, names, folder)
    shutil.rmtree(folder)


@pytest.mark.parametrize("what", ["on the disk", "signed by a machine that means harm"])
def test_every_spoilt_gallery_is_refused_or_as_it_was(tmp_path: Path, what: str) -> None:
    store = SignedGalleryFile(GalleryConfig(tmp_path / "gallery.pkl", None, tmp_path / "gallery.key"))
    store.save(some_gallery(3))
    ring = load_keys(store._settings)
    sealed = (tmp_path / "gallery.pkl").read_bytes()
    inside = ring.open(sealed[:16], memoryview(sealed)[16:])
    if what == "on the disk":
        secret, inputs = ring.in_use.secret, list(spoilt([sealed, inside]))
    else:
        words = (b"cnumpy\nndarray\n", b"cos\nsystem\n", b"\x93", b"R.", b"\x8c\x05posix\x8c\x06system\x93", b"b", b"}")
        secret, inputs = KEY, [signed(each) for each in spoilt([inside[48:]], words)]
        assert RING.in_use.secret == KEY
    folder = tmp_path / "galleries"
    folder.mkdir()
    names = []
    for number, content in enumerate(inputs):
        path = folder / f"{number}.pkl"
        path.write_bytes(content)
        path.chmod(0o600)
        names.append(str(path).encode())
    answers = ask_each(_load_galleries, names, folder, secret)
    if what == "on the disk":
        whole = sum(content in (sealed, inside) for content in inputs)
        assert answers.count(READ) == whole, "what was changed was believed"


def ask_each(target: Callable[..., None], inputs: Iterator[bytes] | Sequence[bytes], *told: object) -> list[str]:
    """What the process says of each, which is READ or REFUSED."""
    child = SpawnedChild("fuzzing", target, *told)
    answers = []
    try:
        for number, content in enumerate(inputs):
            try:
                child.connection.send_bytes(content)
                assert child.connection.poll(MOST_SECONDS), f"input {number} of seed {SEED} hangs"
                answers.append(child.connection.recv_bytes(1000).decode())
            except (EOFError, OSError):
                child.kill()
                pytest.fail(f"input {number} of seed {SEED} ended the process: {child.how_it_ended()}")
            assert answers[-1] in (READ, REFUSED), f"input {number} of seed {SEED}: {answers[-1]}"
    finally:
        child.kill()
    return answers


def answer_each(connection: Connection[Any, Any], reach: Reach, read: Callable[[bytes], object]) -> None:
    leave_terminal()
    confine(reach)
    limit_memory(MOST_MB)
    with suppress(EOFError):
        while True:
            content = connection.recv_bytes()
            try:
                read(content)
                said = READ
            except RecognizerError as error:
                said = REFUSED if str(error) else "no words"
            except MemoryError:
                said = REFUSED
            except Exception as error:
                said = f"{type(error).__name__}: {error}"[:500]
            connection.send_bytes(said.encode())


def _decode_photos(connection: Connection[Any, Any]) -> None:
    from recognizer.vision.faces.photos import decode_photo

    answer_each(connection, Reach(ports=[]), lambda content: decode_photo(content, 256))


def _read_clips(connection: Connection[Any, Any], folder: Path) -> None:
    from recognizer.vision.capture.clips import read_clip

    answer_each(connection, Reach(readable=[folder], ports=[]), lambda name: read_clip(Path(name.decode()), 4))


def _load_galleries(connection: Connection[Any, Any], folder: Path, secret: bytes) -> None:
    from recognizer.storage.files.sealing import Key

    ring = KeyRing((Key(secret),))
    answer_each(connection, Reach(readable=[folder], ports=[]), lambda name: load_gallery(Path(name.decode()), ring))
