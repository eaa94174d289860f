"""Blindness: pictures by which nobody can be seen, and why.

Conservative: a picture is called blind only where two measures agree, since a lesson that a camera was blind in makes
nobody absent. tests/unit/test_blindness.py holds every constant to pictures on both of its sides.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Frame, Image

FROZEN_SECONDS = 10.0
"""Pictures that were identical for so long are no live ones: a sensor's noise differs from frame to frame. Only equal
pixels count: behind a strong codec, a live picture and a still one differ as little."""

FROZEN_INSIDE_SECONDS = 60.0
"""The same of all but the rows in which a camera writes its clock, which may go on while the sensor hangs. Longer,
since less of the picture has to change by itself."""

STEADY_SECONDS = 2.0
"""A camera that saw is blind once every picture said so for this long; one damaged picture is none of it."""

DARK_LEVELS = 16.0
"""A picture whose brightest parts are darker is black. dlib's detector finds no face in it:
tests/unit/test_blindness.py dims a portrait until it is lost."""

EVEN_LEVELS = 8.0
"""Colours that differ by less all over are one: noise and compression leave up to 3 of averaged cells."""

SMOOTH_LEVELS = 6.0
"""A covered lens shows light without edges, which a curved surface describes to within these levels."""

LEAST_TORN_SHARE = 0.35
"""Of the picture that is as decoders leave what they could not read. Of a smaller part the rest still shows a room."""

LEAST_BLACK_SHARE = 0.35
"""Of the picture that is black in one piece from one edge on: whoever sits there cannot be seen. A camera that shows an
upright or a round picture is black at both sides, and less at each."""

BLACK_LEVELS = 4
"""What no light falls on. A dark corner of a room is brighter, and a sensor's noise is too."""

_THIN_WIDTH, _THIN_HEIGHT = 480, 270
_WIDTH, _HEIGHT = 160, 90
_BLOCK = 6
_UNREAD_COLOURS = ((128, 128, 128), (0, 135, 0))
"""RGB of what FFmpeg fills in for parts that never came: grey, and green where even the colour is missing."""
_UNREAD_LEVELS = 4
_UNREAD_GREENS = (
    min(green for _, green, _ in _UNREAD_COLOURS) - _UNREAD_LEVELS,
    max(green for _, green, _ in _UNREAD_COLOURS) + _UNREAD_LEVELS,
)
"""Where the green of all of them lies: to look at one colour first costs a tenth."""

_PLAIN_MARGIN = 3.0
"""A picture that is above every limit by so much, in a copy made of every sixteenth pixel, is not measured pixel by
pixel: that takes seven times as long, and a camera that sees is asked at each frame."""

_INSIDE = slice(_HEIGHT // 6, -_HEIGHT // 6)
_THIN_INSIDE = slice(_THIN_HEIGHT // 6, -_THIN_HEIGHT // 6)
"""Rows without the clock and the name that cameras write at the upper and the lower edge."""
_WHOLE_PERCENT = 97
_MOSTLY = 0.75
"""Of a line that counts as black: cameras write a clock and a name across it. An upright picture in a wide one leaves
0.68 of each row black."""


class PictureBlindness:
    """Judges a camera's pictures one after the other. ``position_seconds`` of frames is its only clock."""

    def __init__(self) -> None:
        self._whole, self._inside = _Still(), _Still()
        self._has_seen = False
        self._blind_since: float | None = None
        self._reason = ""

    def reason(self, frame: Frame) -> str:
        """Why nobody can be seen by this picture and those before it, a word of BLIND_REASONS; empty where they can."""
        now, found = frame.position_seconds, self._find(frame)
        if not found:
            self._has_seen, self._blind_since, self._reason = True, None, ""
            return ""
        if self._blind_since is None:
            self._blind_since = now
        if not self._has_seen or found == "frozen" or now - self._blind_since >= STEADY_SECONDS:
            self._reason = found
        return self._reason

    def _find(self, frame: Frame) -> str:
        thin = _thinned(frame.image)
        now = frame.position_seconds
        whole, inside = self._whole.lasted(thin, now), self._inside.lasted(thin[_THIN_INSIDE], now)
        is_frozen = whole >= FROZEN_SECONDS or inside >= FROZEN_INSIDE_SECONDS
        return _judge(frame.image, thin) or ("frozen" if is_frozen else "")


class _Still:
    """A picture, or a part of it, for as long as it is the same."""

    def __init__(self) -> None:
        self._image: Image | None = None
        self._since = 0.0

    def lasted(self, image: Image, now: float) -> float:
        """For how many seconds it has been this one."""
        if self._image is None or not np.array_equal(image, self._image):
            self._image, self._since = image, now
        return now - self._since


def judge_picture(image: Image) -> str:
    """Why nobody can be seen in this RGB picture alone: "dark", "grey", "torn" or "covered"; empty where one can."""
    return _judge(image, _thinned(image))


def _judge(image: Image, thin: Image) -> str:
    torn_share = _torn_share(thin)
    if torn_share >= LEAST_TORN_SHARE:
        return "torn" if torn_share < 0.98 else "grey"
    reason = "" if _is_plainly_seeing(thin) else _judge_levels(np.asarray(_small(image), np.float32))
    return reason or ("dark" if _black_share(thin) >= LEAST_BLACK_SHARE else "")


def _is_plainly_seeing(thin: Image) -> bool:
    """Whether the picture is bright, and has much that no covered lens shows, beyond any doubt."""
    grey = np.asarray(_small(cv2.cvtColor(thin, cv2.COLOR_RGB2GRAY)), np.float32)
    # As _high counts them, and without sorting: so many cells have to exceed the limit.
    least = (100 - _WHOLE_PERCENT) / 100 * grey.size
    if np.count_nonzero(grey >= _PLAIN_MARGIN * DARK_LEVELS) <= least:
        return False
    roughness = np.abs(grey - _smooth_surface(grey))
    return bool(np.count_nonzero(roughness >= _PLAIN_MARGIN * max(SMOOTH_LEVELS, EVEN_LEVELS)) > least)


def _judge_levels(small: NDArray[np.float32]) -> str:
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)
    if _high(grey) < DARK_LEVELS:
        return "dark"
    if all(_high(small[:, :, channel]) - _low(small[:, :, channel]) < EVEN_LEVELS for channel in range(3)):
        return "grey"
    return "covered" if _high(np.abs(grey - _smooth_surface(grey))) < SMOOTH_LEVELS else ""


def _small(image: cv2.typing.MatLike) -> cv2.typing.MatLike:
    return cv2.resize(image, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)


def _high(cells: NDArray[np.float32]) -> float:
    """A value that hardly any cell exceeds, neither of the inside nor, writing apart, of the whole."""
    return float(max(np.percentile(cells[_INSIDE], 99.8), np.percentile(cells, _WHOLE_PERCENT)))


def _low(cells: NDArray[np.float32]) -> float:
    return -_high(-cells)


def _torn_share(image: Image) -> float:
    """The share of the picture that is in one of the colours of what was never read, or repeats the row above it down
    to the lower edge."""
    return max(_unread_share(image), _smeared_share(image))


def _unread_share(image: Image) -> float:
    like_unread = cv2.inRange(cv2.extractChannel(image, 1), *_UNREAD_GREENS)
    if np.count_nonzero(like_unread) < LEAST_TORN_SHARE * like_unread.size:
        return 0.0
    unread = np.zeros(image.shape[:2], np.uint8)
    for colour in _UNREAD_COLOURS:
        low, high = (tuple(max(0, value + step) for value in colour) for step in (-_UNREAD_LEVELS, _UNREAD_LEVELS))
        unread |= np.asarray(cv2.inRange(image, low, high), np.uint8)
    # Whole blocks only: single pixels have any colour.
    size = (image.shape[1] // _BLOCK, image.shape[0] // _BLOCK)
    return float((cv2.resize(unread, size, interpolation=cv2.INTER_AREA) == 255).mean())


def _smeared_share(image: Image) -> float:
    if not np.array_equal(image[-1], image[-2]):
        return 0.0
    repeats = (image[1:] == image[:-1]).all(axis=(1, 2))
    rows = len(repeats) if repeats.all() else int(np.argmin(repeats[::-1]))
    # A floor of one colour repeats itself too; what is smeared still shows what stood above it.
    has_structure = float(image[-1].astype(np.float32).std(axis=0).max()) > EVEN_LEVELS
    return rows / len(repeats) if has_structure else 0.0


def _black_share(image: Image) -> float:
    """The share of the largest piece that is black from one edge on, over the whole width or height."""
    like_black = cv2.inRange(cv2.extractChannel(image, 1), 0, BLACK_LEVELS)
    if np.count_nonzero(like_black) < _MOSTLY * LEAST_BLACK_SHARE * like_black.size:
        return 0.0
    black = np.asarray(cv2.inRange(image, (0, 0, 0), (BLACK_LEVELS,) * 3), np.uint8)
    lines = [(black == 255).mean(axis=axis) >= _MOSTLY for axis in (0, 1)]
    runs = [(np.argmin(line) / line.size if not line.all() else 1.0) for each in lines for line in (each, each[::-1])]
    return float(max(runs))


def _smooth_surface(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """The curved surface, of the fourth degree, that is nearest to the picture."""
    terms = _surface_terms()
    return np.asarray((terms @ (terms.T @ grey.ravel())).reshape(grey.shape), np.float32)


@cache
def _surface_terms() -> NDArray[np.float32]:
    """(cells, 15): orthonormal columns that every such surface is a sum of."""
    y, x = np.meshgrid(np.linspace(-1, 1, _HEIGHT), np.linspace(-1, 1, _WIDTH), indexing="ij")
    terms = np.stack([(x**i * y**j).ravel() for i in range(5) for j in range(5 - i)], axis=1)
    return np.asarray(np.linalg.qr(terms)[0], np.float32)


def _thinned(image: Image) -> Image:
    return np.asarray(cv2.resize(image, (_THIN_WIDTH, _THIN_HEIGHT), interpolation=cv2.INTER_NEAREST), np.uint8)
