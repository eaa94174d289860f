"""``{face-widths}`` and ``{face-width-chart}``: how many pixels wide a face is, by distance and lens.

A camera's picture is w pixels wide and shows an angle a. At the distance d it shows 2 · d · tan(a / 2) metres, so a
face of 0.15 metres is w · 0.15 / (2 · d · tan(a / 2)) pixels wide. That is a lens without distortion; a wide one, which
squeezes the edges, gives some more in the middle.
"""

from __future__ import annotations

import math

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from recognizer.config.configuration import RecognitionConfig
from recognizer.domain.following.sweeps import COMMON_PIXELS

FACE_METRES = 0.15
LENSES = {100: "2.8 mm", 80: "4 mm", 55: "6 mm", 30: "12 mm"}
"""Horizontal angles of view in degrees, and the focal length that a sensor of 1/2.8 inch has with about that angle."""
DISTANCES = (2, 3, 4, 5, 6, 8, 10, 12, 15)
SMALLEST_PIXELS = RecognitionConfig().smallest_face_pixels
WIDTHS = {"1080p": 1920, "4K": 3840}

_LEFT, _TOP, _WIDTH, _HEIGHT = 34, 10, 380, 260
_NEAREST, _FARTHEST = 1.0, 16.0
_LEAST_PIXELS, _MOST_PIXELS = 10.0, 320.0


def face_pixels(picture_pixels: int, degrees: float, metres: float) -> float:
    """How wide a face is in the middle of the picture."""
    return picture_pixels * FACE_METRES / (2 * metres * math.tan(math.radians(degrees) / 2))


def farthest(picture_pixels: int, degrees: float, pixels: float) -> float:
    """At how many metres a face is that many pixels wide."""
    return picture_pixels * FACE_METRES / (2 * pixels * math.tan(math.radians(degrees) / 2))


def table(name: str) -> str:
    """A row for each distance, a column for each lens, in Markdown; bold where a face is found at every sweep."""
    picture_pixels = WIDTHS[name]
    rows = [
        "| distance | " + " | ".join(f"{degrees}° ({lens})" for degrees, lens in LENSES.items()) + " |",
        "|--:|" + "--:|" * len(LENSES),
    ]
    for metres in DISTANCES:
        rows.append(
            f"| {metres} m | " + " | ".join(_cell(face_pixels(picture_pixels, each, metres)) for each in LENSES) + " |"
        )
    return "\n".join(rows)


def _cell(pixels: float) -> str:
    shown = str(round(pixels))
    if round(pixels) >= COMMON_PIXELS:
        return f"**{shown}**"
    return shown if round(pixels) >= SMALLEST_PIXELS else f"({shown})"


def chart(name: str) -> str:
    """The same as a picture: SVG that takes the page's own colours, light or dark. Both axes double with each step."""
    right, bottom = _LEFT + _WIDTH, _TOP + _HEIGHT
    common, smallest = _y(COMMON_PIXELS), _y(SMALLEST_PIXELS)
    parts = [
        f'<svg class="face-widths" viewBox="0 0 {right + 44} {bottom + 38}" role="img" aria-label="Width of a face in '
        f'pixels by distance, for a {name} camera and four lenses: the table below has the same numbers">',
        f'<rect class="good" x="{_LEFT}" y="{_TOP}" width="{_WIDTH}" height="{common - _TOP:.1f}"/>',
        f'<rect class="fair" x="{_LEFT}" y="{common:.1f}" width="{_WIDTH}" height="{smallest - common:.1f}"/>',
    ]
    for pixels in (10, 20, SMALLEST_PIXELS, COMMON_PIXELS, 160, 320):
        y = _y(pixels)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{pixels}</text>')
    for metres in (1, 2, 4, 8, 16):
        parts.append(f'<text x="{_x(metres):.1f}" y="{bottom + 16}" text-anchor="middle">{metres} m</text>')
    for number, degrees in enumerate(LENSES):
        parts += _line(WIDTHS[name], degrees, number)
    parts.append(f'<text class="band" x="{right}" y="{bottom + 34}" text-anchor="end">distance to the face</text>')
    for pixels, words in ((COMMON_PIXELS, "looked for every few seconds"), (SMALLEST_PIXELS, "looked for less often")):
        parts.append(f'<text class="band" x="{right - 8}" y="{_y(pixels) - 7:.1f}" text-anchor="end">{words}</text>')
    return "\n".join([*parts, "</svg>"])


def _line(picture_pixels: int, degrees: int, number: int) -> list[str]:
    first = max(_NEAREST, farthest(picture_pixels, degrees, _MOST_PIXELS))
    last = min(_FARTHEST, farthest(picture_pixels, degrees, _LEAST_PIXELS))
    ends = [(_x(each), _y(face_pixels(picture_pixels, degrees, each))) for each in (first, last)]
    (x1, y1), (x2, y2) = ends
    return [
        f'<line class="lens lens-{number}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>',
        # Beside the picture, or under a line that has come to its floor.
        f'<text x="{x2 + 5:.1f}" y="{y2 + 4:.1f}">{degrees}°</text>'
        if last == _FARTHEST
        else f'<text x="{x2 - 12:.1f}" y="{y2 - 5:.1f}" text-anchor="end">{degrees}°</text>',
    ]


def _x(metres: float) -> float:
    return _LEFT + _WIDTH * math.log(metres / _NEAREST) / math.log(_FARTHEST / _NEAREST)


def _y(pixels: float) -> float:
    return _TOP + _HEIGHT * math.log(_MOST_PIXELS / pixels) / math.log(_MOST_PIXELS / _LEAST_PIXELS)


class FaceWidths(SphinxDirective):
    """The table of one kind of picture: `{face-widths} 1080p`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """See ``SphinxDirective.run``."""
        return self.parse_text_to_nodes(table(self.arguments[0]))


class FaceWidthChart(SphinxDirective):
    """The picture: `{face-width-chart} 1080p`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """See ``SphinxDirective.run``."""
        return [nodes.raw("", chart(self.arguments[0]), format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_directive("face-widths", FaceWidths)
    app.add_directive("face-width-chart", FaceWidthChart)
    return {"parallel_read_safe": True}
