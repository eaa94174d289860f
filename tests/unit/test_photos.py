"""Photos of any origin are read upright, or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recognizer.errors import PhotoError
from recognizer.vision.faces.photos import LONGEST_SIDE, read_photo
from tests.fixtures.photos import STORED, Pixels, bomb, save


@pytest.fixture(scope="module")
def hopper(portraits: dict[str, Path]) -> Pixels:
    with Image.open(portraits["hopper"]) as photo:
        return np.array(photo.convert("RGB"))


@pytest.mark.parametrize("orientation", STORED)
def test_a_photo_is_turned_upright(hopper: Pixels, tmp_path: Path, orientation: int) -> None:
    save(STORED[orientation](hopper), tmp_path / "photo.jpg", orientation)
    image = read_photo(tmp_path / "photo.jpg")
    assert image.shape == hopper.shape
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert np.abs(image.astype(int) - hopper).mean() < 3


@pytest.mark.parametrize("suffix", ["png", "webp", "JPEG"])
def test_every_format_is_read_and_turned(hopper: Pixels, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    save(STORED[6](hopper), path, 6)
    assert np.abs(read_photo(path).astype(int) - hopper).mean() < 3


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "LA", "1"])
def test_every_kind_of_colour_becomes_rgb(hopper: Pixels, tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("photo.jpg" if mode == "CMYK" else "photo.png")
    photo = Image.fromarray(hopper)
    (photo.convert("L").convert(mode) if mode == "LA" else photo.convert(mode)).save(path)
    assert read_photo(path).shape == hopper.shape


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(tmp_path / "photo.png")
    assert read_photo(tmp_path / "photo.png").min() == 255


def test_a_huge_photo_is_scaled_down_with_its_shape_kept(tmp_path: Path) -> None:
    Image.new("RGB", (6000, 4000), "grey").save(tmp_path / "photo.jpg")
    assert read_photo(tmp_path / "photo.jpg").shape == (round(LONGEST_SIDE * 2 / 3), LONGEST_SIDE, 3)


@pytest.mark.parametrize(("width", "height"), [(10_000, 10_000), (20_000, 10_000)])
def test_a_bomb_is_refused_and_never_unfolded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, height: int
) -> None:
    bomb(tmp_path / "photo.png", width, height)
    assert (tmp_path / "photo.png").stat().st_size < 300_000
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda photo: pytest.fail("It was decoded."))
    with pytest.raises(PhotoError, match="megapixels"):
        read_photo(tmp_path / "photo.png")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_a_truncated_photo_is_refused(hopper: Pixels, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    save(hopper, path, 1)
    data = path.read_bytes()
    for length in (len(data) // 2, 100, 12):
        path.write_bytes(data[:length])
        with pytest.raises(PhotoError):
            read_photo(path)


def test_a_text_named_jpg_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("This is no photo.")
    with pytest.raises(PhotoError, match="not a JPEG, PNG or WebP image"):
        read_photo(tmp_path / "photo.jpg")


def test_another_format_in_disguise_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (100, 100)).save(tmp_path / "photo.tiff")
    (tmp_path / "photo.tiff").rename(tmp_path / "photo.jpg")
    with pytest.raises(PhotoError, match="not a JPEG, PNG or WebP image"):
        read_photo(tmp_path / "photo.jpg")


def test_a_photo_that_went_away_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError):
        read_photo(tmp_path / "photo.jpg")
