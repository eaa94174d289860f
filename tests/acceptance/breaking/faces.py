"""Faces enough for a room whose recognizer sees with its own eyes: two portraits, and each of them squeezed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from PIL import Image

from recognizer.config.configuration import GalleryConfig
from recognizer.domain.naming.gallery import Gallery
from recognizer.storage.files.gallery_file import SignedGalleryFile
from tests.environment import ROOT, product_environment

TOLERANCE = 0.3
"""Somebody squeezed lies 0.45 from themselves, and a picture of the camera less than 0.2 from the one enrolled."""

_HEADS = {"hopper": (0.15, 0.0, 0.85, 0.6), "collins": (0.2, 0.0, 0.7, 0.55)}
"""Where the head and the shoulders are: left, top, right and bottom as shares of the picture."""

_SQUEEZED = 0.6
_HEIGHT = 310


@dataclass(frozen=True)
class Faces:
    """Pictures of people who are told apart, and the gallery of them; each is called by its place."""

    pictures: Sequence[Path]
    gallery: Gallery

    def enrol(self, numbers: Iterable[str], path: Path) -> dict[str, Path]:
        """Write a gallery in which these students have the faces, one each; what each looks like. A student without a
        face is left out. path: without its ending; the key lies beside it."""
        given = dict(zip(numbers, self.pictures, strict=False))
        names = {picture.stem: number for number, picture in given.items()}
        settings = GalleryConfig(path=path.with_suffix(".pkl"), key_file=path.with_suffix(".key"))
        SignedGalleryFile(settings).save(self.gallery.only(names).renamed(names))
        return given


def make_faces(portraits: Mapping[str, Path], folder: Path) -> Faces:
    """By the real ``recognizer encode``."""
    pictures = []
    # Those who resemble each other do not sit side by side, where one who leaves could be taken for the other.
    for width, (name, head) in product((1.0, _SQUEEZED), _HEADS.items()):
        with Image.open(portraits[name]) as photo:
            sides = photo.width, photo.height, photo.width, photo.height
            left, top, right, bottom = (round(share * side) for share, side in zip(head, sides, strict=True))
            picture = photo.convert("RGB").crop((left, top, right, bottom))
        path = folder / "photos" / f"F{len(pictures)}.png"
        path.parent.mkdir(exist_ok=True)
        picture.resize((round(picture.width * _HEIGHT / picture.height * width), _HEIGHT)).save(path)
        pictures.append(path)
    settings = GalleryConfig(path=folder / "gallery.pkl", key_file=folder / "gallery.key")
    done = subprocess.run(
        [sys.executable, "-m", "recognizer", "encode", str(folder / "photos")],
        cwd=ROOT,
        env=product_environment(
            gallery_path=str(settings.path),
            gallery_key_file=str(settings.key_file),
            database_url=f"sqlite:///{folder / 'none.sqlite3'}",
        ),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    gallery = SignedGalleryFile(settings).load()
    assert len(gallery.students) == len(pictures), done.stdout + done.stderr
    return Faces(pictures, gallery)
