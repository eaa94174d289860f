"""A class photo with a box and a name at each face."""

from __future__ import annotations

from collections.abc import Sequence

from recognizer.class_photos.naming import NamedFace
from recognizer.domain.following.detection import Image
from recognizer.domain.following.geometry import Box

UNKNOWN = "unknown"

_NAMED, _OTHERS, _GROUND = (0, 158, 115), (213, 94, 0), (255, 255, 255)
"""Green-blue and vermilion of Okabe and Ito's palette, which people of every colour vision tell apart."""

_QUALITY = 90

_AROUND = 3
"""Pixels of ground around the letters."""

_WEIGHT = 500
"""Of the letters, where 400 is regular and 600 bold."""


def draw_names(image: Image, faces: Sequence[NamedFace]) -> bytes:
    """The photo as a JPEG. The sizes of lines and letters go with the faces, so that they can be read on any screen."""
    # Here, or every command would load it.
    import cv2

    picture = image.copy()
    # OpenCV brings its own letters of every script, as numbers may have them.
    font = cv2.FontFace("sans")
    for named in faces:
        box = named.face.box
        label = (named.candidate and named.candidate.number) or named.face.refusal or UNKNOWN
        colour = _NAMED if named.candidate and named.candidate.number else _OTHERS
        cv2.rectangle(picture, (box.left, box.top), (box.right, box.bottom), colour, max(2, box.width // 30))
        size = max(14, box.width // 5, picture.shape[1] // 110)
        _, above, width, height = cv2.getTextSize(picture.shape[1::-1], label, (0, 0), font, size, _WEIGHT)
        # Below the box, or as near to that as the picture's edges allow.
        ground = Box(box.bottom, box.left + width + 2 * _AROUND, box.bottom + height + 2 * _AROUND, box.left)
        ground = ground.moved(
            -max(0, min(ground.left, ground.right - picture.shape[1])), -max(0, ground.bottom - picture.shape[0])
        )
        cv2.rectangle(picture, (ground.left, ground.top), (ground.right, ground.bottom), _GROUND, cv2.FILLED)
        start = ground.left + _AROUND, ground.top + _AROUND - above
        cv2.putText(picture, label, start, colour, font, size, _WEIGHT)
    encoded = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))[1]
    return encoded.tobytes()
