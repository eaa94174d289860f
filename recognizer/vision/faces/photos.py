"""Photos that an admin hands in: files of any origin and size, read with care."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image as pillow
from PIL import ImageOps, UnidentifiedImageError

from recognizer.domain.following.detection import Image
from recognizer.errors import PhotoError

MOST_PIXELS = 80_000_000
"""Larger images are refused by their header alone: a small file can unfold to fill the memory."""

LONGEST_SIDE = 2048
"""Pixels. A larger photo is scaled down to this: a face that is to be a reference keeps detail enough (an encoding
is made from 150 x 150 pixels), and a search of 50 megapixels takes half a minute."""

FORMATS = ("JPEG", "PNG", "WEBP")


def read_photo(path: Path) -> Image:
    """The photo upright as its EXIF orientation says, at most LONGEST_SIDE pixels a side; (h, w, 3) uint8 RGB.

    What is transparent becomes white; of an animation the first image is read. Raises PhotoError saying why not.
    """
    try:
        with warnings.catch_warnings():
            # Pillow's own limit, which only warns at first; ours stands below.
            warnings.simplefilter("ignore", pillow.DecompressionBombWarning)
            with pillow.open(path, formats=FORMATS) as photo:
                if photo.width * photo.height > MOST_PIXELS:
                    raise PhotoError(_too_many(photo.width * photo.height))
                # Also makes the JPEG decoder skip the detail that would be scaled away.
                photo.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                upright = ImageOps.exif_transpose(photo)
                return np.array(_on_white(upright))
    except PhotoError:
        raise
    except pillow.DecompressionBombError:
        raise PhotoError(_too_many(None)) from None
    except UnidentifiedImageError:
        raise PhotoError("not a JPEG, PNG or WebP image") from None
    except PermissionError:
        raise PhotoError("this user may not read the file") from None
    except Exception:  # Damaged files make decoders raise nearly anything.
        raise PhotoError("damaged or cut short") from None


def _on_white(photo: pillow.Image) -> pillow.Image:
    if not photo.has_transparency_data:
        return photo.convert("RGB")
    paper = pillow.new("RGBA", photo.size, "white")
    return pillow.alpha_composite(paper, photo.convert("RGBA")).convert("RGB")


def _too_many(pixels: int | None) -> str:
    most = f"{MOST_PIXELS / 1e6:.0f}"
    return f"more than {most} megapixels" if pixels is None else f"{pixels / 1e6:.0f} megapixels, {most} at most"
