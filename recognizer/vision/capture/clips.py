"""What an evaluation needs of pictures: frames spread over a clip, an image enlarged, an image as a JPEG."""

from __future__ import annotations

import math
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from recognizer.config.configuration import CameraConfig
from recognizer.domain.following.detection import Image
from recognizer.errors import CameraError, PhotoError
from recognizer.vision.capture.camera import OpenCVCamera

MOST_KEPT_PIXELS = 100 * 10**6
"""Of all frames that are kept of a clip: 300 MB, as twelve of 4K have."""

_JPEG_QUALITY = 85


def read_clip(path: Path, most: int) -> list[Image]:
    """RGB frames spread evenly over the whole of a video file, from half of ``most`` to ``most`` of them.

    A clip with fewer gives all it has, and one of large frames as many as have MOST_KEPT_PIXELS. What a file says of
    its length is not relied on. Raises PhotoError.
    """
    kept: list[Image] = []
    index, step = 0, 1
    try:
        source = CameraConfig(path.name, str(path), "fast")
        with closing(OpenCVCamera(source, most_per_second=math.inf)) as camera:
            while (frame := camera.read()) is not None:
                most = min(most, max(2, MOST_KEPT_PIXELS // (frame.image.shape[0] * frame.image.shape[1])))
                if index % step == 0:
                    if len(kept) >= most:
                        # Twice as far apart from here on, and until here too.
                        kept, step = kept[::2], step * 2
                    if index % step == 0:
                        kept.append(frame.image)
                index += 1
    except CameraError as error:
        # A clip that was cut short shows what it has.
        if not kept:
            reason = str(error).partition(f"{path} ")[2] if "pictures of" in str(error) else ""
            raise PhotoError(reason or "not a video that can be read") from None
    return kept


def enlarge(image: Image, factor: int) -> Image:
    """The image scaled by a whole factor."""
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)


def encode_jpeg(image: Image) -> bytes:
    """An RGB image as the bytes of a JPEG file."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise ValueError("not an image")
    return data.tobytes()
