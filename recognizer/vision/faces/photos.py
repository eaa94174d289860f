"""Photos that an admin hands in: files of any origin and size, read with care."""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow
from PIL import ImageCms, ImageOps, PngImagePlugin, TiffImagePlugin, UnidentifiedImageError

from recognizer.domain.following.detection import Image
from recognizer.errors import PhotoError
from recognizer.ops.photo_file import read_photo_file

MOST_PIXELS = 40_000_000
MOST_PIXELS_OF_JPEG = 80_000_000
"""Larger images are refused by their header alone: a small file can unfold to fill the memory. A page scanned with 600
dots an inch has 35 million. What phones take as JPEG has more, and takes less memory: detail is skipped."""

LONGEST_SIDE = 2048
"""Pixels. A larger photo is scaled down to this: a face that is to be a reference keeps detail enough (an encoding
is made from 150 x 150 pixels), and a search of 50 megapixels takes half a minute."""

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF")

MOST_TEXT_BYTES = 64 * 1024 * 1024
"""Of a PNG's texts and colour profile, unfolded. Pillow's own limit of 1 MB refuses photos that an editor has written
its history into; none at all would let a small file fill the memory."""

_SCALED_FIRST = ("L", "RGB", "CMYK", "YCbCr")
"""Kinds of pixels that may be scaled as they are stored, which makes the JPEG decoder skip the detail to be dropped."""

_USUAL_WHITES = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)
"""Where white lies in pictures of 8, 10, 12, 14 and 16 bits, which often are stored in a file of 16."""

TOO_MUCH_MEMORY = "it takes too much memory to decode: save it anew with fewer pixels"

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def read_photo(path: Path, longest_side: int = LONGEST_SIDE) -> Image:
    """The photo in the file, as ``decode_photo`` gives it. Raises PhotoError saying why not."""
    return decode_photo(read_photo_file(path), longest_side)


def decode_photo(content: bytes, longest_side: int = LONGEST_SIDE) -> Image:
    """The photo upright as its EXIF orientation says, at most that many pixels a side; (h, w, 3) uint8 RGB.

    Pixels of any depth keep their light. What is transparent becomes white; of an animation or of several pages the
    first image is read. Raises PhotoError saying why not.
    """
    try:
        with warnings.catch_warnings():
            # Pillow's own limit, which only warns at first; ours stands below. And remarks about odd tags.
            warnings.simplefilter("ignore")
            return _decode(content, longest_side)
    except PhotoError:
        raise
    except pillow.DecompressionBombError:
        raise PhotoError(f"more than {MOST_PIXELS_OF_JPEG / 1e6:.0f} megapixels") from None
    except UnidentifiedImageError:
        raise PhotoError(_explain_format(content)) from None
    except MemoryError:
        raise PhotoError(TOO_MUCH_MEMORY) from None
    except Exception as error:  # Damaged files make decoders raise nearly anything.
        if "MAX_TEXT" in str(error) or "Too much memory used in text chunks" in str(error):
            raise PhotoError(f"more than {MOST_TEXT_BYTES >> 20} MB of text in it: save it anew") from None
        if "alloc" in str(error).lower() or "memory" in str(error).lower():
            raise PhotoError(TOO_MUCH_MEMORY) from None
        raise PhotoError("damaged or cut short") from None


def _decode(content: bytes, longest_side: int) -> Image:
    PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = MOST_TEXT_BYTES
    with pillow.open(io.BytesIO(content), formats=FORMATS) as photo:
        _require_few_pixels(photo)
        deep = _read_deep_colours(content) if _has_deep_colours(photo) else None
        if photo.mode in _SCALED_FIRST and deep is None:
            photo.thumbnail((longest_side, longest_side))
        photo.load()
        is_negative = _is_negative(photo)
        rgb = _to_rgb(_turn_upright(photo if deep is None else _with_exif_of(photo, deep)))
        if is_negative:
            rgb = ImageOps.invert(rgb)
        rgb.thumbnail((longest_side, longest_side))
        return np.array(rgb)


def _require_few_pixels(photo: pillow.Image) -> None:
    is_jpeg = photo.format in ("JPEG", "MPO")
    pixels, most = photo.width * photo.height, MOST_PIXELS_OF_JPEG if is_jpeg else MOST_PIXELS
    if pixels > most:
        advice = "" if is_jpeg else f" ({MOST_PIXELS_OF_JPEG / 1e6:.0f} as JPEG)"
        raise PhotoError(f"{pixels / 1e6:.0f} megapixels, {most / 1e6:.0f} at most{advice}")


def _has_deep_colours(photo: pillow.Image) -> bool:
    """Whether the file has 16 bits a colour: of these Pillow keeps the upper 8 alone."""
    layouts = [tile[3] if isinstance(tile[3], str) else (tile[3] or [""])[0] for tile in getattr(photo, "tile", [])]
    return photo.mode in ("RGB", "RGBA", "LA") and any(";16" in str(layout) for layout in layouts)


def _is_negative(photo: pillow.Image) -> bool:
    """Whether 0 is white, as some scanners store grey. Pillow turns that round up to 8 bits alone."""
    tags = getattr(photo, "tag_v2", {})
    return photo.mode.startswith(("I", "F")) and tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0


def _read_deep_colours(content: bytes) -> pillow.Image | None:
    """The photo in 8 bits a colour, with its light; None where OpenCV cannot read it."""
    values = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.ndim != 3:
        return None
    # Without a detour by floats, which would take gigabytes.
    plain = cv2.convertScaleAbs(values, alpha=255.0 / _find_white(values[:, :, :3].max()))
    if values.shape[2] == 3:
        return pillow.fromarray(cv2.cvtColor(plain, cv2.COLOR_BGR2RGB))
    plain[:, :, 3] = cv2.convertScaleAbs(values[:, :, 3], alpha=255.0 / _find_white(values[:, :, 3].max()))
    return pillow.fromarray(cv2.cvtColor(plain, cv2.COLOR_BGRA2RGBA))


def _with_exif_of(photo: pillow.Image, other: pillow.Image) -> pillow.Image:
    with suppress(Exception):  # As in _turn_upright.
        other.info["exif"] = photo.getexif().tobytes()
    return other


def _turn_upright(photo: pillow.Image) -> pillow.Image:
    try:
        return ImageOps.exif_transpose(photo)
    except Exception:  # EXIF that cannot be read says nothing of the picture, which was read already.
        return photo


def _to_rgb(photo: pillow.Image) -> pillow.Image:
    if photo.mode.startswith(("I", "F")):
        return pillow.fromarray(_to_eight_bits(np.asarray(photo), photo.mode)).convert("RGB")
    if photo.mode == "LAB":
        lab, srgb = (ImageCms.ImageCmsProfile(ImageCms.createProfile(name)) for name in ("LAB", "sRGB"))
        return ImageCms.ImageCmsTransform(lab, srgb, "LAB", "RGB").apply(photo)
    if not photo.has_transparency_data:
        return photo.convert("RGB")
    paper = pillow.new("RGBA", photo.size, "white")
    return pillow.alpha_composite(paper, photo.convert("RGBA")).convert("RGB")


def _to_eight_bits(values: NDArray[Any], mode: str) -> NDArray[np.uint8]:
    """Grey of more than 8 bits, with its light."""
    light = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    brightest = light.max(initial=0.0)
    white = 1.0 if mode == "F" and brightest <= 1.0 else _find_white(brightest)
    return np.asarray(np.clip(light * (255.0 / white), 0, 255).round(), np.uint8)


def _find_white(brightest: float) -> float:
    """Where white is, which the file does not say: at the least of the usual places that no pixel exceeds, so that 12
    bits in a file of 16 keep their light."""
    return next((place for place in _USUAL_WHITES if brightest <= place), float(brightest))


def _explain_format(content: bytes) -> str:
    head = content[:12]
    if not head:
        return "the file is empty"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "a HEIC photo, which cannot be read here: export it as JPEG"
    return "not a photo that can be read here: save it as JPEG or PNG"
