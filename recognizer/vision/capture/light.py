"""Light: how well lit a picture is, in a word for whoever hangs a camera.

tests/unit/test_look.py darkens and overexposes a portrait and holds the constants to what the detector still finds.
"""

from __future__ import annotations

import cv2
import numpy as np

from recognizer.domain.following.detection import Image, Light

DARK_LEVELS = 12.0
"""A picture whose mean is darker is dark: faces in it are lost to the detector, or soon will be."""

DIM_LEVELS = 40.0
"""Down to this mean a room is well lit. Below it faces are found, but noise and movement blur them."""

CLIPPED_LEVEL = 250
GLARING_SHARE = 0.3
"""Of a picture that is clipped to white: the light comes from before the camera, or the exposure is far too long."""

_WIDTH, _HEIGHT = 160, 90


def judge_light(image: Image) -> Light:
    """How well lit this RGB picture is."""
    small = cv2.resize(image, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
    if float((small.min(axis=2) >= CLIPPED_LEVEL).mean()) >= GLARING_SHARE:
        return "glaring"
    mean = float(np.mean(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)))
    if mean < DARK_LEVELS:
        return "dark"
    return "dim" if mean < DIM_LEVELS else "good"
