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

_LEFT, _TOP, _WIDTH, _HEIGHT = 40, 14, 400, 250
_FARTHEST, _MOST_PIXELS = 15, 200


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
    """The same as a picture: SVG that takes the page's own colours, light or dark."""
    picture_pixels = WIDTHS[name]
    parts = [
        f'<svg class="face-widths" viewBox="0 0 {_LEFT + _WIDTH + 62} {_TOP + _HEIGHT + 40}" role="img" '
        f'aria-label="Width of a face in pixels by distance, for a {name} camera and four lenses: the table below has '
        'the same numbers">',
        f'<rect class="good" x="{_LEFT}" y="{_TOP}" width="{_WIDTH}" height="{_y(COMMON_PIXELS) - _TOP:.1f}"/>',
        f'<rect class="fair" x="{_LEFT}" y="{_y(COMMON_PIXELS):.1f}" width="{_WIDTH}" '
        f'height="{_y(SMALLEST_PIXELS) - _y(COMMON_PIXELS):.1f}"/>',
    ]
    for pixels in (0, SMALLEST_PIXELS, COMMON_PIXELS, 120, 160, 200):
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{_y(pixels)}" y2="{_y(pixels)}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{_y(pixels) + 4}" text-anchor="end">{pixels}</text>')
    for metres in range(0, _FARTHEST + 1, 3):
        parts.append(f'<text x="{_x(metres)}" y="{_TOP + _HEIGHT + 16}" text-anchor="middle">{metres} m</text>')
    for number, degrees in enumerate(LENSES):
        parts += _curve(picture_pixels, degrees, number)
    parts.append(f'<text x="{_LEFT + _WIDTH}" y="{_TOP + _HEIGHT + 34}" text-anchor="end">distance to the face</text>')
    parts.append(f'<text class="band" x="{_LEFT + 8}" y="{_y(COMMON_PIXELS) - 6}">looked for every few seconds</text>')
    parts.append(f'<text class="band" x="{_LEFT + 8}" y="{_y(SMALLEST_PIXELS) - 6}">looked for less often</text>')
    return "\n".join([*parts, "</svg>"])


def _curve(picture_pixels: int, degrees: int, number: int) -> list[str]:
    nearest = farthest(picture_pixels, degrees, _MOST_PIXELS)
    steps = [nearest + (_FARTHEST - nearest) * step / 60 for step in range(61)]
    points = " ".join(f"{_x(each):.1f},{_y(face_pixels(picture_pixels, degrees, each)):.1f}" for each in steps)
    end = _y(face_pixels(picture_pixels, degrees, _FARTHEST))
    return [
        f'<polyline class="lens lens-{number}" points="{points}"/>',
        f'<text class="lens-{number}" x="{_LEFT + _WIDTH + 5}" y="{end + 4:.1f}">{degrees}°</text>',
    ]


def _x(metres: float) -> float:
    return _LEFT + _WIDTH * metres / _FARTHEST


def _y(pixels: float) -> float:
    return _TOP + _HEIGHT * (1 - pixels / _MOST_PIXELS)


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
