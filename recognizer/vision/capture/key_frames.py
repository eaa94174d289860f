"""Key frames: the pictures of a stream that stand alone. Where they come as often as anybody looks, the others, which
only say what has changed since, need not be decoded. That saves four fifths of the decoder's time."""

from __future__ import annotations

import time

import cv2

ONLY_KEY_FRAMES = "avdiscard;nonkey"
"""For OPENCV_FFMPEG_CAPTURE_OPTIONS."""

MOST_OVERDUE = 1.2
"""Key frames may come this much later than a look is due: every 0.6 seconds for two looks a second."""

MOST_TRIED = 100
"""Grabs until a stream must have shown two key frames; what a camera sends first may be damaged."""

MOST_SECONDS = 5.0
"""No further grab is tried after this long: a camera that stalls must not keep its process from saying so."""


def key_frame_seconds(capture: cv2.VideoCapture, rest_seconds: float) -> float | None:
    """How far apart the next two key frames are, where looks are ``rest_seconds`` apart; takes them off the stream.

    None where that is too far for the looks, where every frame is a key frame, or where the stream does not tell.
    """
    first: float | None = None
    between = 0
    give_up_at = time.monotonic() + MOST_SECONDS
    for _ in range(MOST_TRIED):
        if time.monotonic() >= give_up_at:
            return None
        if not capture.grab():
            continue
        position = position_of(capture)
        if first is not None and position - first > MOST_OVERDUE * rest_seconds:
            return None
        if capture.get(cv2.CAP_PROP_FRAME_TYPE) != ord("I"):
            between += 1
        elif first is None:
            first, between = position, 0
        else:
            return position - first if between and position > first else None
    return None


def come_in_time(capture: cv2.VideoCapture, rest_seconds: float) -> bool:
    """Whether the next two frames of a stream opened for its key frames alone are near enough for such looks.

    Some streams call pictures whole on which later ones do not rely; the decoder leaves these out as well.
    """
    positions = [position_of(capture) for _ in range(2) if capture.grab()]
    return len(positions) == 2 and 0 < positions[1] - positions[0] <= MOST_OVERDUE * rest_seconds


def position_of(capture: cv2.VideoCapture) -> float:
    """The stream time of the frame just grabbed, in seconds."""
    return float(capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
