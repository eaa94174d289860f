"""Photos of any origin are read upright, or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin

from recognizer.errors import PhotoError
from recognizer.vision.faces.photos import LONGEST_SIDE, MOST_TEXT_BYTES, read_photo
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


@pytest.mark.parametrize("suffix", ["png", "webp", "JPEG", "jpe", "jfif", "tif", "tiff", "avif"])
def test_every_format_is_read_and_turned(hopper: Pixels, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    save(STORED[6](hopper), path, 6)
    assert np.abs(read_photo(path).astype(int) - hopper).mean() < 3


@pytest.mark.parametrize("suffix", ["bmp", "gif"])
def test_formats_that_know_no_orientation_are_read(hopper: Pixels, tmp_path: Path, suffix: str) -> None:
    Image.fromarray(hopper).save(tmp_path / f"photo.{suffix}")
    assert np.abs(read_photo(tmp_path / f"photo.{suffix}").astype(int) - hopper).mean() < 6


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "LA", "1"])
def test_every_kind_of_colour_becomes_rgb(hopper: Pixels, tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("photo.jpg" if mode == "CMYK" else "photo.png")
    photo = Image.fromarray(hopper)
    (photo.convert("L").convert(mode) if mode == "LA" else photo.convert(mode)).save(path)
    assert read_photo(path).shape == hopper.shape
    assert abs(read_photo(path).mean() - hopper.mean()) < 12


def deep(grey: Pixels, kind: str) -> Image.Image:
    """The grey picture with more than 8 bits a pixel."""
    wide = grey.astype(np.uint16) * 257
    return {
        "I;16": lambda: Image.fromarray(wide),
        "I;16B": lambda: Image.frombytes("I;16B", grey.shape[::-1], wide.astype(">u2").tobytes()),
        "I of 8 bits": lambda: Image.fromarray(grey.astype(np.int32)),
        "I of 16 bits": lambda: Image.fromarray(wide.astype(np.int32)),
        "I of 31 bits": lambda: Image.fromarray((grey.astype(np.float64) / 255 * (2**31 - 1)).astype(np.int32)),
        "F up to 1": lambda: Image.fromarray(grey.astype(np.float32) / 255),
        "F up to 255": lambda: Image.fromarray(grey.astype(np.float32)),
        "F up to 65535": lambda: Image.fromarray(wide.astype(np.float32)),
    }[kind]()


@pytest.mark.parametrize("width", [300, 3000])
@pytest.mark.parametrize(
    "kind",
    ["I;16", "I;16B", "I of 8 bits", "I of 16 bits", "I of 31 bits", "F up to 1", "F up to 255", "F up to 65535"],
)
def test_a_picture_of_more_than_8_bits_keeps_its_light(hopper: Pixels, tmp_path: Path, kind: str, width: int) -> None:
    grey = np.array(Image.fromarray(hopper).convert("L").resize((width, width)))
    grey[0, :2] = 0, 255
    deep(grey, kind).save(tmp_path / "photo.tif")
    image = read_photo(tmp_path / "photo.tif")
    assert image.shape == (min(width, LONGEST_SIDE), min(width, LONGEST_SIDE), 3)
    assert abs(image.mean() - grey.mean()) < 1
    assert abs(image.std() - grey.std()) < 2


@pytest.mark.parametrize("kind", ["L", "I;16", "F up to 65535"])
def test_a_picture_in_which_0_is_white_is_read_as_it_is_meant(hopper: Pixels, tmp_path: Path, kind: str) -> None:
    grey = np.array(Image.fromarray(hopper).convert("L"))
    grey[0, :2] = 0, 255
    # Of 8 bits Pillow turns what it writes round by itself.
    picture = Image.fromarray(grey) if kind == "L" else deep(255 - grey, kind)
    picture.save(tmp_path / "photo.tif", tiffinfo={TiffImagePlugin.PHOTOMETRIC_INTERPRETATION: 0})
    assert np.abs(read_photo(tmp_path / "photo.tif")[:, :, 0].astype(int) - grey).max() <= 1


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
@pytest.mark.parametrize("kind", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_picture_of_fewer_bits_in_a_file_of_16_keeps_its_light(
    hopper: Pixels, tmp_path: Path, bits: int, kind: str, suffix: str
) -> None:
    plain = np.array(Image.fromarray(hopper).convert(kind))
    plain[0, 0] = 255
    deep = (plain.astype(np.float64) / 255 * (2**bits - 1)).round().astype(np.uint16)
    # OpenCV writes colours the other way round.
    order = {"L": [0], "RGB": [2, 1, 0], "RGBA": [2, 1, 0, 3]}[kind]
    assert cv2.imwrite(str(tmp_path / f"photo.{suffix}"), np.atleast_3d(deep)[:, :, order])
    image = read_photo(tmp_path / f"photo.{suffix}").astype(int)
    expected = np.array(Image.fromarray(plain).convert("RGB"))
    assert np.abs(image - expected).max() <= 1


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_deep_picture_in_colour_is_turned_upright_too(hopper: Pixels, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    save(STORED[6](hopper), path, 6)
    with Image.open(path) as photo:
        turned, exif = np.array(photo), photo.getexif().tobytes()
    assert cv2.imwriteWithMetadata(
        str(path),
        turned[:, :, ::-1].astype(np.uint16) * 16,
        [cv2.IMAGE_METADATA_EXIF],
        [np.frombuffer(exif[6:], np.uint8)],
    )
    assert np.abs(read_photo(path).astype(int) - hopper).mean() < 3


def test_a_scanners_16_bit_png_is_read_as_the_same_picture_in_8_bits_is(hopper: Pixels, tmp_path: Path) -> None:
    grey = np.array(Image.fromarray(hopper).convert("L"))
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    Image.fromarray(grey).save(tmp_path / "plain.png")
    assert np.array_equal(read_photo(tmp_path / "deep.png"), read_photo(tmp_path / "plain.png"))


@pytest.mark.parametrize("mode", ["P", "PA", "RGBA", "LA"])
def test_the_transparent_ground_of_a_cut_out_portrait_becomes_white(hopper: Pixels, tmp_path: Path, mode: str) -> None:
    photo = Image.fromarray(hopper).convert("RGBA")
    photo.putalpha(
        Image.fromarray(np.repeat(np.uint8([[0] * 100 + [255] * (hopper.shape[1] - 100)]), hopper.shape[0], 0))
    )
    cut = photo.convert("LA") if mode == "LA" else photo.quantize(250) if mode in ("P", "PA") else photo
    (cut.convert("PA") if mode == "PA" else cut).save(tmp_path / ("photo.tif" if mode == "PA" else "photo.png"))
    image = read_photo(tmp_path / ("photo.tif" if mode == "PA" else "photo.png"))
    assert image[:, :99].min() > 250
    assert abs(image[:, 101:].mean() - hopper[:, 101:].mean()) < 12


def test_a_photo_in_lab_colours_keeps_its_light(hopper: Pixels, tmp_path: Path) -> None:
    lab, srgb = (ImageCms.createProfile(name) for name in ("LAB", "sRGB"))
    transform = ImageCms.buildTransform(srgb, lab, "RGB", "LAB")  # type: ignore[arg-type]
    painted = ImageCms.applyTransform(Image.fromarray(hopper), transform)
    assert painted is not None
    painted.save(tmp_path / "photo.tif")
    assert np.abs(read_photo(tmp_path / "photo.tif").astype(int) - hopper).mean() < 4


def test_a_large_text_or_colour_profile_is_no_damage(hopper: Pixels, tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("History", "edited again; " * 400_000, zip=True)
    Image.fromarray(hopper).save(tmp_path / "text.png", pnginfo=text)
    profile = np.random.default_rng(0).integers(0, 255, 3_000_000, np.uint8).tobytes()
    for name in ("profile.png", "profile.jpg", "profile.webp", "profile.tif"):
        Image.fromarray(hopper).save(tmp_path / name, icc_profile=profile)
    for photo in tmp_path.iterdir():
        assert np.abs(read_photo(photo).astype(int) - hopper).mean() < 6, photo.name


def test_a_bomb_of_text_is_refused_and_said_to_be_one(hopper: Pixels, tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("History", " " * (MOST_TEXT_BYTES + 10), zip=True)
    Image.fromarray(hopper).save(tmp_path / "photo.png", pnginfo=text)
    assert (tmp_path / "photo.png").stat().st_size < 1_000_000
    with pytest.raises(PhotoError, match="more than 64 MB of text in it"):
        read_photo(tmp_path / "photo.png")


def test_exif_that_cannot_be_read_is_no_damage(hopper: Pixels, tmp_path: Path) -> None:
    Image.fromarray(hopper).save(tmp_path / "photo.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\x7fnonsense", quality=95)
    assert read_photo(tmp_path / "photo.jpg").shape == hopper.shape


def test_a_heic_photo_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    with pytest.raises(PhotoError, match="HEIC photo, which cannot be read here: export it as JPEG"):
        read_photo(tmp_path / "photo.heic")


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
    with pytest.raises(PhotoError, match="not a photo that can be read here"):
        read_photo(tmp_path / "photo.jpg")


def test_another_format_in_disguise_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (100, 100)).save(tmp_path / "photo.ppm")
    (tmp_path / "photo.ppm").rename(tmp_path / "photo.jpg")
    with pytest.raises(PhotoError, match="not a photo that can be read here"):
        read_photo(tmp_path / "photo.jpg")


def test_a_photo_that_went_away_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError):
        read_photo(tmp_path / "photo.jpg")
