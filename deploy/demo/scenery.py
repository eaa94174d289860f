"""A lecture room as its camera sees it: the rear wall, and rows of benches that people sit behind."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

WIDTH, HEIGHT = 2040, 1148
"""The room in pixels: a little more than the 1080p that the panning camera shows of it."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One row of benches: an opaque strip over the whole width of the room."""

    top: int
    """Where the strip begins, in pixels from the room's upper edge."""
    strip: Image


def draw_room(rng: np.random.Generator) -> tuple[Image, list[Bench]]:
    """The rear wall with all that hangs on it, and the benches from the rearmost to the nearest; BGR."""
    wall = _shade(np.full((HEIGHT, WIDTH, 3), (188, 204, 208), np.uint8), 1.04, 0.82)
    _draw_windows(wall)
    _draw_door(wall)
    _draw_posters(wall, rng)
    cv2.rectangle(wall, (0, 560), (WIDTH, HEIGHT), (96, 104, 110), -1)
    cv2.rectangle(wall, (0, 548), (WIDTH, 560), (120, 140, 150), -1)
    benches = [_draw_bench(top, height, rng) for top, height in ((600, 170), (790, 190), (1010, 138))]
    return _grain(wall, rng, 3.0), benches


def _draw_windows(wall: Image) -> None:
    for left in (70, 380):
        sky = _shade(np.full((330, 250, 3), (226, 196, 160), np.uint8), 1.1, 0.9)
        cv2.ellipse(sky, (125, 350), (220, 130), 0, 180, 360, (92, 128, 104), -1)
        cv2.ellipse(sky, (40, 370), (160, 110), 0, 180, 360, (70, 104, 84), -1)
        wall[110:440, left : left + 250] = cv2.GaussianBlur(sky, (0, 0), 3)
        for slat in range(110, 230, 14):
            cv2.rectangle(wall, (left, slat), (left + 250, slat + 8), (214, 222, 224), -1)
        cv2.rectangle(wall, (left - 6, 104), (left + 256, 446), (232, 236, 238), 12, cv2.LINE_AA)
        cv2.line(wall, (left + 125, 110), (left + 125, 440), (232, 236, 238), 8, cv2.LINE_AA)
        cv2.rectangle(wall, (left - 20, 446), (left + 270, 462), (206, 214, 218), -1)


def _draw_door(wall: Image) -> None:
    cv2.rectangle(wall, (1690, 150), (1900, 560), (74, 96, 118), -1)
    cv2.rectangle(wall, (1690, 150), (1900, 560), (160, 176, 186), 10, cv2.LINE_AA)
    cv2.rectangle(wall, (1730, 200), (1860, 330), (150, 142, 126), -1)
    cv2.circle(wall, (1718, 375), 9, (190, 198, 202), -1, cv2.LINE_AA)
    cv2.rectangle(wall, (1735, 92), (1855, 128), (86, 140, 60), -1)
    cv2.putText(wall, "EXIT", (1758, 120), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (236, 246, 236), 2, cv2.LINE_AA)


def _draw_posters(wall: Image, rng: np.random.Generator) -> None:
    cv2.rectangle(wall, (800, 120), (1310, 420), (124, 160, 184), -1)
    cv2.rectangle(wall, (800, 120), (1310, 420), (70, 96, 120), 10, cv2.LINE_AA)
    for _ in range(9):
        left, top = int(rng.integers(820, 1210)), int(rng.integers(140, 330))
        paper = tuple(int(value) for value in rng.integers(190, 246, 3))
        cv2.rectangle(wall, (left, top), (left + 74, top + 92), paper, -1)
        for line in range(top + 14, top + 86, 11):
            cv2.line(wall, (left + 8, line), (left + int(rng.integers(35, 66)), line), (120, 120, 124), 2)
    cv2.circle(wall, (1500, 220), 62, (70, 74, 78), -1, cv2.LINE_AA)
    cv2.circle(wall, (1500, 220), 54, (238, 242, 244), -1, cv2.LINE_AA)
    cv2.line(wall, (1500, 220), (1500, 182), (40, 40, 40), 6, cv2.LINE_AA)
    cv2.line(wall, (1500, 220), (1528, 236), (40, 40, 40), 6, cv2.LINE_AA)
    cv2.rectangle(wall, (1420, 330), (1580, 500), (60, 92, 148), -1)
    cv2.circle(wall, (1500, 405), 46, (70, 170, 226), -1, cv2.LINE_AA)
    cv2.circle(wall, (1518, 396), 40, (60, 92, 148), -1, cv2.LINE_AA)


def _draw_bench(top: int, height: int, rng: np.random.Generator) -> Bench:
    """A table top in light wood, its front in panels, and what lies on it."""
    strip = np.full((height, WIDTH, 3), (96, 132, 166), np.uint8)
    board = max(22, height // 6)
    strip[:board] = (142, 178, 206)
    strip[board : board + 5] = (70, 98, 126)
    strip[board + 5 :] = _shade(strip[board + 5 :], 1.02, 0.72)
    panel = height + 60
    for left in range(int(rng.integers(20, panel)), WIDTH, panel):
        cv2.line(strip, (left, board + 6), (left, height), (58, 82, 106), 3)
    for left in range(int(rng.integers(60, 260)), WIDTH - 120, 430):
        sheet = np.array([[left, 4], [left + 92, 4], [left + 104, board - 5], [left - 12, board - 5]], np.int32)
        cv2.fillPoly(strip, [sheet], (232, 236, 238), cv2.LINE_AA)
    grain = cv2.resize(rng.normal(0, 7, (height, WIDTH // 24)).astype(np.float32), (WIDTH, height))
    strip = np.clip(strip + grain[..., None], 0, 255).astype(np.uint8)
    return Bench(top, _grain(strip, rng, 2.5))


def _shade(image: Image, above: float, below: float) -> Image:
    """Light falling off from top to bottom."""
    falloff = np.linspace(above, below, image.shape[0], dtype=np.float32)[:, None, None]
    return np.asarray(np.clip(image * falloff, 0, 255), np.uint8)


def _grain(image: Image, rng: np.random.Generator, strength: float) -> Image:
    """The texture of a surface: noise at two sizes."""
    height, width = image.shape[:2]
    coarse = cv2.resize(rng.normal(0, strength, (height // 8, width // 8)).astype(np.float32), (width, height))
    noisy = image + coarse[..., None] + rng.normal(0, strength / 2, (height, width, 1))
    return np.clip(noisy, 0, 255).astype(np.uint8)
