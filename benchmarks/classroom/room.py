"""The room: a wall with windows and posters, and rows of tables that people sit behind, each nearer and larger."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from recognizer.domain.following.detection import Image

ROW_FACES = (148.0, 120.0, 95.0, 75.0, 58.0)
"""The side of a face in each row, from the nearest; fewer rows in a low picture."""

SEAT_WIDTH = 2.3
ABOVE, BELOW = 0.97, 0.62
"""What a head takes above and below the face's middle. This and the width of a seat are in parts of a face's side."""

_TABLE = 1.45
"""How far below the face's middle a row's table begins."""
_GAP = 18.0


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row of seats: the side of a face there and the height of its middle, in pixels; and its table."""

    face_pixels: float
    y: float
    seats: int
    table_top: int
    table: Image
    """(height, width, 3) BGR, painted over those who sit behind it."""


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """The empty room, BGR, and its rows from the rearmost."""

    wall: Image
    rows: tuple[Row, ...]

    def paint_table(self, frame: Image, row: Row) -> None:
        """In front of a row."""
        bottom = min(frame.shape[0], row.table_top + row.table.shape[0])
        if bottom > row.table_top:
            frame[row.table_top : bottom] = row.table[: bottom - row.table_top]


def draw_room(width: int, height: int, rng: np.random.Generator) -> Room:
    """As many rows as a picture of that size holds."""
    wall = np.empty((height, width, 3), np.uint8)
    wall[:] = rng.uniform((165, 185, 190), (205, 215, 215))
    wall = _shade(wall, 1.05, 0.75)
    _draw_wall(wall, rng)
    rows = _rows(width, height, rng)
    if rows:
        floor = round(rows[-1].y + ABOVE * rows[-1].face_pixels)
        wall[floor:] = _shade(np.full_like(wall[floor:], (92, 104, 116)), 0.9, 1.1)
    return Room(_grain(wall, 3.0, rng), tuple(reversed(rows)))


def _rows(width: int, height: int, rng: np.random.Generator) -> list[Row]:
    """From the nearest, whose shoulders the picture's edge cuts off, upwards as long as there is room for a head."""
    rows: list[Row] = []
    for face in ROW_FACES:
        y = rows[-1].y - ABOVE * rows[-1].face_pixels - BELOW * face - _GAP if rows else height - face
        if y - ABOVE * face < _GAP:
            break
        seats = int((width - SEAT_WIDTH * face * 0.2) / (SEAT_WIDTH * face))
        rows.append(Row(face, y, seats, round(y + _TABLE * face), _draw_table(width, face, rng)))
    return rows


def _draw_table(width: int, face: float, rng: np.random.Generator) -> Image:
    """A board of wood with its front below, and paper on it."""
    board, front = max(3, round(0.28 * face)), round(0.75 * face)
    table = np.empty((board + front, width, 3), np.uint8)
    table[:board] = (138, 172, 200)
    table[board:] = _shade(np.full((front, width, 3), (92, 126, 158), np.uint8), 1.0, 0.75)
    for left in range(int(rng.integers(0, round(face) + 1)), width, round(SEAT_WIDTH * face)):
        wide = round(0.6 * face)
        sheet = np.array([[left, 2], [left + wide, 2], [left + wide + 8, board - 2], [left - 8, board - 2]], np.int32)
        cv2.fillPoly(table, [sheet], (226, 230, 232), cv2.LINE_AA)
        cv2.line(table, (left - wide // 2, board), (left - wide // 2, board + front), (60, 84, 108), 2)
    return _grain(table, 3.0, rng)


def _draw_wall(wall: Image, rng: np.random.Generator) -> None:
    height, width = wall.shape[:2]
    unit = height / 1080
    for left in (0.03, 0.19):
        x, y, wide, high = (round(v) for v in (left * width, 20 * unit, 0.13 * width, 190 * unit))
        sky = _shade(np.full((high, wide, 3), (226, 198, 164), np.uint8), 1.1, 0.85)
        wall[y : y + high, x : x + wide] = sky
        cv2.rectangle(wall, (x, y), (x + wide, y + high), (232, 236, 238), max(2, round(9 * unit)), cv2.LINE_AA)
        cv2.line(wall, (x + wide // 2, y), (x + wide // 2, y + high), (232, 236, 238), max(2, round(7 * unit)))
    for _ in range(7):
        x, y = round(rng.uniform(0.4, 0.93) * width), round(rng.uniform(15, 110) * unit)
        wide, high = round(rng.uniform(50, 110) * unit), round(rng.uniform(60, 120) * unit)
        colour = tuple(float(value) for value in rng.uniform(70, 240, 3))
        cv2.rectangle(wall, (x, y), (x + wide, y + high), colour, -1)
        for line in range(y + round(14 * unit), y + high - 4, max(4, round(12 * unit))):
            cv2.line(wall, (x + 6, line), (x + round(wide * rng.uniform(0.4, 0.9)), line), (110, 110, 116), 1)


def _shade(image: Image, above: float, below: float) -> Image:
    falloff = np.linspace(above, below, image.shape[0], dtype=np.float32)[:, None, None]
    return np.asarray(np.clip(image * falloff, 0, 255), np.uint8)


def _grain(image: Image, strength: float, rng: np.random.Generator) -> Image:
    height, width = image.shape[:2]
    coarse = cv2.resize(rng.normal(0, strength, (height // 6 + 1, width // 6 + 1)).astype(np.float32), (width, height))
    return np.asarray(np.clip(image + coarse[..., None], 0, 255), np.uint8)
