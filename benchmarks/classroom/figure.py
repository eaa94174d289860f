"""A figure: one person's head and shoulders, made of a portrait, that can turn and be painted into a frame.

The head is a ball that the portrait is thrown on: turned, its features wander sideways and shorten, and hair comes in
from behind. All lengths without a unit are in parts of the face's side, from the face's middle, right and down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.classroom.portrait import Portrait
from recognizer.domain.following.detection import Image
from recognizer.domain.following.geometry import Box

Floats = NDArray[np.float32]

HEAD_X, HEAD_Y = 0.60, 0.82
"""Half the width and height of the head, hair and ears included."""
HEAD_TOP = -0.97
HEAD_MIDDLE = HEAD_TOP + HEAD_Y

_LEFT, _TOP, _RIGHT, _BOTTOM = -1.4, -1.05, 1.4, 2.2
"""The figure's own canvas."""

_GRID = 4
"""The ball's geometry is worked out for every fourth pixel: it is smooth."""

_BEHIND = 0.2
"""How near the ball's rim hair begins to show, in parts of its radius towards the camera."""

_FEATHER = 0.05
_DETAIL = 1.15
"""Pixels of the canvas for one of the largest face."""

_GREY = 120.0
"""What a face's brightness is brought towards: portraits are lit in many ways, a room in one."""


@dataclass(frozen=True, slots=True)
class Pose:
    """A face in a frame: its middle (x, y) and side in pixels; angles in degrees.

    roll leans clockwise, yaw turns to the picture's right, pitch bows.
    """

    x: float
    y: float
    face_pixels: float
    roll: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0

    @property
    def box(self) -> Box:
        """Where the face is seen: a turned head carries it along."""
        yaw, pitch = math.radians(self.yaw), math.radians(self.pitch)
        down = -HEAD_MIDDLE / HEAD_Y
        forward = math.sqrt(1 - down * down)
        x = HEAD_X * forward * math.sin(yaw)
        y = HEAD_MIDDLE + HEAD_Y * (down * math.cos(pitch) + forward * math.cos(yaw) * math.sin(pitch))
        return self._around(x - 0.5, y - 0.5, x + 0.5, y + 0.5)

    @property
    def head(self) -> Box:
        """The whole head."""
        return self._around(-HEAD_X, HEAD_TOP, HEAD_X, HEAD_MIDDLE + HEAD_Y)

    @property
    def body(self) -> Box:
        """Shoulders and what is below."""
        return self._around(-1.15, 0.95, 1.15, _BOTTOM)

    def _around(self, left: float, top: float, right: float, bottom: float) -> Box:
        size = self.face_pixels
        return Box(
            round(self.y + top * size),
            round(self.x + right * size),
            round(self.y + bottom * size),
            round(self.x + left * size),
        )


class Figure:
    """Paints one person. largest_face_pixels: what their face will measure at the most."""

    def __init__(self, portrait: Portrait, largest_face_pixels: float, rng: np.random.Generator) -> None:
        self._side = _DETAIL * largest_face_pixels
        self._texture, self._hair, skin = self._head(portrait, rng)
        mask = _ball_mask(self._texture.shape[:2])
        body, opacity = _draw_body(self._side, skin, rng)
        self._rows, self._columns = self._place(self._texture.shape[:2])
        place = (self._rows, self._columns)
        body = np.asarray(cv2.multiply(body, cv2.merge([opacity] * 3), scale=1 / 255), np.uint8)
        clear = cv2.multiply(255 - opacity[place], 255 - mask, scale=1 / 255)
        opacity[place] = cv2.bitwise_not(clear)
        self._below = cv2.multiply(body[place], cv2.merge([255 - mask] * 3), scale=1 / 255)
        self._mask = cv2.merge([mask] * 3)
        self._canvas = np.dstack([body, opacity])

    def paint(self, frame: Image, pose: Pose) -> None:
        """Into a BGR frame, in place; what lies outside is left away."""
        head = cv2.multiply(self._turned(pose.yaw, pose.pitch), self._mask, scale=1 / 255)
        self._canvas[self._rows, self._columns, :3] = cv2.add(head, self._below)
        scale = pose.face_pixels / self._side
        cosine, sine = (scale * f(math.radians(pose.roll)) for f in (math.cos, math.sin))
        middle = np.array([-_LEFT * self._side, -_TOP * self._side])
        moved = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0]])
        moved[:, 2] = (pose.x, pose.y) - moved[:, :2] @ middle
        spare = abs(sine) * max(self._canvas.shape[:2])
        height, width = self._canvas.shape[:2]
        left = math.floor(pose.x + _LEFT * pose.face_pixels - spare)
        top = math.floor(pose.y + _TOP * pose.face_pixels - spare)
        right, bottom = left + math.ceil(width * scale + 2 * spare) + 1, top + math.ceil(height * scale + 2 * spare) + 1
        seen = Box(top, right, bottom, left).clipped(*frame.shape[:2])
        if seen.area == 0:
            return
        moved[:, 2] -= (seen.left, seen.top)
        shown = cv2.warpAffine(self._canvas, moved, (seen.width, seen.height), flags=cv2.INTER_LINEAR)
        behind = frame[seen.top : seen.bottom, seen.left : seen.right]
        clear = cv2.merge([cv2.bitwise_not(cv2.extractChannel(shown, 3))] * 3)
        cv2.add(cv2.multiply(behind, clear, scale=1 / 255), cv2.cvtColor(shown, cv2.COLOR_BGRA2BGR), dst=behind)

    def _head(self, portrait: Portrait, rng: np.random.Generator) -> tuple[Image, tuple[float, ...], tuple[float, ...]]:
        """The portrait's head upright and alone (BGR), and the colours of its hair and skin."""
        size = (math.ceil(2 * HEAD_X * self._side), math.ceil(2 * HEAD_Y * self._side))
        scale = self._side / portrait.side
        cosine, sine = (scale * f(math.radians(-portrait.roll)) for f in (math.cos, math.sin))
        moved = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0]])
        moved[:, 2] = np.array([HEAD_X, -HEAD_TOP]) * self._side - moved[:, :2] @ np.array(portrait.centre)
        picture = cv2.cvtColor(portrait.picture, cv2.COLOR_RGB2BGR)
        if scale < 1:
            picture = cv2.GaussianBlur(picture, (0, 0), 0.45 / scale)
        head = cv2.warpAffine(picture, moved, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        y, x = round(-HEAD_TOP * self._side), round(HEAD_X * self._side)
        reach = round(0.3 * self._side)
        face = head[y - reach : y + reach, x - reach : x + reach]
        gain = float(np.clip(_GREY / max(face.mean(), 1.0), 0.75, 1.3) ** 0.7 * rng.uniform(0.92, 1.08))
        tint = rng.uniform(0.97, 1.03, 3) * gain
        shade = np.linspace(rng.uniform(1.0, 1.1), rng.uniform(0.86, 0.98), size[0], dtype=np.float32)[None, :, None]
        lit = np.clip(head * shade * tint, 0, 255).astype(np.uint8)
        face = lit[y - reach : y + reach, x - reach : x + reach]
        skin = tuple(float(value) for value in np.median(face.reshape(-1, 3), axis=0))
        rim = lit[round(0.04 * size[1]) : round(0.14 * size[1]), size[0] // 3 : 2 * size[0] // 3]
        hair = tuple(float(value) for value in np.median(rim.reshape(-1, 3), axis=0) * 0.8)
        return lit, hair, skin

    def _place(self, size: tuple[int, int]) -> tuple[slice, slice]:
        top, left = round((HEAD_TOP - _TOP) * self._side), round((-HEAD_X - _LEFT) * self._side)
        return slice(top, top + size[0]), slice(left, left + size[1])

    def _turned(self, yaw: float, pitch: float) -> Image:
        """The head as it is seen turned: for each of its pixels, the portrait's that came there."""
        height, width = self._texture.shape[:2]
        across, down, behind = _ball_sources(width, height, math.radians(yaw), math.radians(pitch))
        size = (width, height)
        turned = cv2.remap(
            self._texture,
            cv2.resize(across, size),
            cv2.resize(down, size),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        if behind.max() <= 0:
            return np.asarray(turned, np.uint8)
        hair = np.empty_like(turned)
        hair[:] = self._hair
        share = cv2.resize(behind, size)
        return np.asarray(cv2.blendLinear(turned, hair, 1 - share, share), np.uint8)


def _ball_sources(width: int, height: int, yaw: float, pitch: float) -> tuple[Floats, Floats, Floats]:
    """Where on the portrait (x, y in pixels) each cell of a coarse grid comes from, and how much of it is hair."""
    columns, rows = max(2, width // _GRID), max(2, height // _GRID)
    x = ((np.arange(columns, dtype=np.float32) + 0.5) / columns * 2 - 1)[None, :]
    y = ((np.arange(rows, dtype=np.float32) + 0.5) / rows * 2 - 1)[:, None]
    z = np.sqrt(np.maximum(0, 1 - x * x - y * y))
    y, z = y * math.cos(pitch) - z * math.sin(pitch), y * math.sin(pitch) + z * math.cos(pitch)
    x, z = x * math.cos(yaw) - z * math.sin(yaw), x * math.sin(yaw) + z * math.cos(yaw)
    is_turned = min(1.0, (abs(yaw) + abs(pitch)) / 0.3)
    behind = np.clip((_BEHIND - z) / _BEHIND, 0, 1) * is_turned
    to_x, to_y = (x + 1) / 2 * width - 0.5, (y + 1) / 2 * height - 0.5
    return to_x.astype(np.float32), np.broadcast_to(to_y, x.shape).astype(np.float32), behind.astype(np.float32)


def _ball_mask(size: tuple[int, int]) -> Image:
    """(height, width) opacity: an upright oval with soft edges, a little narrower at the jaw."""
    height, width = size
    x = ((np.arange(width) + 0.5) / width * 2 - 1)[None, :]
    y = ((np.arange(height) + 0.5) / height * 2 - 1)[:, None]
    radius = np.hypot(x * (1 + 0.16 * np.maximum(0, y)), y)
    return np.asarray(np.clip((1 - radius) / (2 * _FEATHER), 0, 1) * 255, np.uint8)


def _draw_body(side: float, skin: tuple[float, ...], rng: np.random.Generator) -> tuple[Image, Image]:
    """Neck and shoulders on a canvas, BGR, and their opacity."""
    height, width = round((_BOTTOM - _TOP) * side), round((_RIGHT - _LEFT) * side)
    cloth = rng.uniform(25, 190, 3) * rng.uniform(0.6, 1.0)
    outline = [(-0.3, 0.86), (-0.62, 0.98), (-1.0, 1.12), (-1.22, 1.42), (-1.3, _BOTTOM)]
    outline = [*outline, *((-x, y) for x, y in reversed(outline))]
    body, opacity = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
    body[:] = cloth
    neck = (round(-_LEFT * side), round((0.72 - _TOP) * side))
    cv2.fillPoly(opacity, [_points(outline, side)], 255)
    cv2.ellipse(opacity, neck, (round(0.34 * side), round(0.42 * side)), 0, 0, 360, 255, -1)
    shadow = tuple(0.72 * value for value in skin)
    cv2.ellipse(body, neck, (round(0.34 * side), round(0.42 * side)), 0, 0, 360, shadow, -1)
    collar = [(-0.36, 0.84), (0.0, 1.22), (0.36, 0.84)]
    cv2.polylines(body, [_points(collar, side)], False, tuple(0.7 * cloth), max(1, round(0.05 * side)), cv2.LINE_AA)
    folds = cv2.resize(rng.normal(0, 9, (7, 9)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    shaded = np.clip(body + folds[..., None], 0, 255).astype(np.uint8)
    blur = max(0.8, 0.02 * side)
    soft = cv2.GaussianBlur(opacity, (0, 0), blur)
    return np.asarray(cv2.GaussianBlur(shaded, (0, 0), blur), np.uint8), np.asarray(soft, np.uint8)


def _points(outline: list[tuple[float, float]], side: float) -> NDArray[np.int32]:
    return np.array([((x - _LEFT) * side, (y - _TOP) * side) for x, y in outline]).round().astype(np.int32)
