"""Photos that are held up before the camera in somebody's place: a flat picture, moved by a hand."""

from __future__ import annotations

import math
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.classroom.figure import Pose
from benchmarks.classroom.portrait import Portrait
from recognizer.domain.following.detection import Image
from recognizer.domain.following.geometry import Box

Medium = Literal["print", "phone"]

_HALF_WIDTH, _ABOVE, _BELOW = 1.0, 1.0, 1.2
"""What is seen of the portrait around the face's middle, in parts of the face's side."""

_FRAME = {"print": 0.06, "phone": 0.12}
_FRAME_COLOUR = {"print": (235, 238, 240), "phone": (18, 18, 18)}
_GAIN = {"print": 0.92, "phone": 1.15}
_EYE_DISTANCE = 8.0
"""From the camera to the picture, in parts of the face's side: how strong the perspective of a tilt is."""

_MOST_TILT = 15.0
"""Degrees. Whoever holds a picture up turns it towards the camera, also where a student would look away."""

_PIXELS = 220
"""Of the picture for one side of the face."""


class HeldUp:
    """Paints one picture: a print with a white edge, or a phone's screen in its dark frame."""

    def __init__(self, portrait: Portrait, medium: Medium) -> None:
        edge = _FRAME[medium]
        self._left, self._top = -_HALF_WIDTH - edge, -_ABOVE - edge
        self._right, self._bottom = _HALF_WIDTH + edge, _BELOW + edge
        width = round((self._right - self._left) * _PIXELS)
        height = round((self._bottom - self._top) * _PIXELS)
        scale = _PIXELS / portrait.side
        cosine, sine = (scale * f(math.radians(-portrait.roll)) for f in (math.cos, math.sin))
        moved = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0]])
        moved[:, 2] = np.array([-self._left, -self._top]) * _PIXELS - moved[:, :2] @ np.array(portrait.centre)
        picture = cv2.cvtColor(portrait.picture, cv2.COLOR_RGB2BGR)
        shown = cv2.warpAffine(picture, moved, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        shown = cv2.convertScaleAbs(shown, alpha=_GAIN[medium])
        border = round(edge * _PIXELS)
        inner = shown[border:-border, border:-border].copy()
        shown[:] = _FRAME_COLOUR[medium]
        shown[border:-border, border:-border] = inner
        self._picture = shown

    def paint(self, frame: Image, pose: Pose) -> None:
        """Into a BGR frame, in place."""
        height, width = self._picture.shape[:2]
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        places = self._corners(pose)
        low, high = np.floor(places.min(axis=0)).astype(int), np.ceil(places.max(axis=0)).astype(int) + 1
        seen = Box(int(low[1]), int(high[0]), int(high[1]), int(low[0])).clipped(*frame.shape[:2])
        if seen.area == 0:
            return
        there = (places - (seen.left, seen.top)).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(corners, there)
        size = (seen.width, seen.height)
        blur = max(0.0, 0.45 * _PIXELS / max(pose.face_pixels, 1.0))
        picture = cv2.GaussianBlur(self._picture, (0, 0), blur) if blur > 0.5 else self._picture
        shown = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_LINEAR)
        mask = np.zeros((seen.height, seen.width), np.uint8)
        cv2.fillConvexPoly(mask, np.rint(there).astype(np.int32), 255, cv2.LINE_AA)
        behind = frame[seen.top : seen.bottom, seen.left : seen.right]
        share = cv2.merge([mask] * 3).astype(np.float32) / 255
        behind[:] = np.rint(shown * share + behind * (1 - share)).astype(np.uint8)

    def _corners(self, pose: Pose) -> NDArray[np.float64]:
        """Where the picture's corners are seen, clockwise from the top left; pixels of the frame."""
        flat = np.array(
            [
                [self._left, self._top, 0.0],
                [self._right, self._top, 0.0],
                [self._right, self._bottom, 0.0],
                [self._left, self._bottom, 0.0],
            ]
        )
        yaw, pitch = (max(-_MOST_TILT, min(_MOST_TILT, angle)) for angle in (pose.yaw, pose.pitch))
        roll, yaw, pitch = (math.radians(angle) for angle in (pose.roll, yaw, pitch))
        turned = flat @ _about(2, roll).T @ _about(0, pitch).T @ _about(1, yaw).T
        nearness = _EYE_DISTANCE / (_EYE_DISTANCE + turned[:, 2:])
        return np.asarray((pose.x, pose.y) + pose.face_pixels * turned[:, :2] * nearness, np.float64)


def _about(axis: int, angle: float) -> NDArray[np.float64]:
    """(3, 3): a turn about an axis."""
    cosine, sine = math.cos(angle), math.sin(angle)
    first, second = (other for other in range(3) if other != axis)
    turn = np.eye(3)
    turn[first, first] = turn[second, second] = cosine
    turn[first, second], turn[second, first] = -sine, sine
    return turn
