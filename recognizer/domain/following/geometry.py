"""Boxes in a frame."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, in face_recognition's order; right and bottom lie just outside."""

    top: int
    right: int
    bottom: int
    left: int

    @property
    def width(self) -> int:
        return max(0, self.right - self.left)

    @property
    def height(self) -> int:
        return max(0, self.bottom - self.top)

    @property
    def area(self) -> int:
        """Square pixels; 0 for a box turned inside out."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) in pixels."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def intersection(self, other: Box) -> int:
        """The shared area in square pixels."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0, width) * max(0, height)

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        shared = self.intersection(other)
        union = self.area + other.area - shared
        return shared / union if union else 0.0

    def widths_apart(self, other: Box) -> float:
        """How far apart the centres are, in widths of the wider box, which must have one."""
        (x, y), (to_x, to_y) = self.centre, other.centre
        return math.hypot(to_x - x, to_y - y) / max(self.width, other.width)

    def moved(self, dx: float, dy: float) -> Box:
        """The same box, shifted right by dx and down by dy pixels."""
        x, y = round(dx), round(dy)
        return Box(self.top + y, self.right + x, self.bottom + y, self.left + x)

    def scaled(self, factor: float) -> Box:
        """The same box in an image that many times as large."""
        return Box(*(round(factor * side) for side in (self.top, self.right, self.bottom, self.left)))

    def widened(self, across: float, up: float, down: float) -> Box:
        """The box with that many of its widths added on either side, above and below."""
        x, over, under = (round(self.width * share) for share in (across, up, down))
        return Box(self.top - over, self.right + x, self.bottom + under, self.left - x)

    def widened_by(self, pixels: int) -> Box:
        """The box with that many pixels added on every side."""
        return Box(self.top - pixels, self.right + pixels, self.bottom + pixels, self.left - pixels)

    def clipped(self, height: int, width: int) -> Box:
        """The part inside an image of that size; may be empty."""
        top, left = min(max(self.top, 0), height), min(max(self.left, 0), width)
        return Box(top, min(max(self.right, left), width), min(max(self.bottom, top), height), left)
