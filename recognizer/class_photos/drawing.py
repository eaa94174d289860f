"""A class photo with a box and a name at each face."""

from __future__ import annotations

import io
from collections.abc import Sequence

from recognizer.class_photos.naming import NamedFace
from recognizer.domain.following.detection import Image

UNKNOWN = "unknown"

_NAMED, _OTHERS, _GROUND = (0, 158, 115), (213, 94, 0), (255, 255, 255)
"""Green-blue and vermilion of Okabe and Ito's palette, which people of every colour vision tell apart."""

_QUALITY = 90


def draw_names(image: Image, faces: Sequence[NamedFace]) -> bytes:
    """The photo as a JPEG. The sizes of lines and letters go with the faces, so that they can be read on any screen."""
    # Here, or every command would load it.
    from PIL import Image as pillow
    from PIL import ImageDraw, ImageFont

    picture = pillow.fromarray(image)
    drawing = ImageDraw.Draw(picture)
    for named in faces:
        box = named.face.box
        label = (named.candidate and named.candidate.number) or named.face.refusal or UNKNOWN
        colour = _NAMED if named.candidate and named.candidate.number else _OTHERS
        drawing.rectangle((box.left, box.top, box.right, box.bottom), outline=colour, width=max(2, box.width // 30))
        font = ImageFont.load_default(size=max(12, box.width // 5, picture.width // 120))
        place = drawing.textbbox((box.left, box.bottom), label, font=font)
        drawing.rectangle((place[0] - 2, place[1] - 2, place[2] + 2, place[3] + 2), fill=_GROUND)
        drawing.text((box.left, box.bottom), label, fill=colour, font=font)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
