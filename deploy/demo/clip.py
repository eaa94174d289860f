"""Renders the demo's clip: a lecture room in which two enrolled students and a stranger come, sit and leave.

Nobody looks as enrolled: other scale, light, tilt, blur, sensor noise, and the marks of compression on top.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.demo.portraits import PORTRAITS, Opacity, cut_out
from deploy.demo.scenery import HEIGHT, WIDTH, Bench, draw_room

Image = NDArray[np.uint8]

FRAME_SIZE = (1920, 1080)
FRAMES_PER_SECOND = 15
CLIP_SECONDS = 36
WALK_PIXELS_PER_SECOND = 300.0
SEAT_DROP_PIXELS = 34
"""How far a head sinks when its owner sits down."""
NOISE_LEVEL = 16
"""The grey level that the sensor's noise lies around before it is taken off again."""
TILT_MARGIN_PIXELS = 40
"""How far sway and tilt may carry a person out of their upright picture."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """One person's stay: comes along a row of benches, sits down, and leaves the way they came."""

    person: str
    row: int
    """Which bench they sit behind: 0 is the rearmost."""
    from_seconds: float
    to_seconds: float
    seat_x: int
    face_pixels: int
    side: int
    """-1 comes from the left, 1 from the right."""
    light: float = 1.0

    def x_and_seated(self, seconds: float) -> tuple[float, float]:
        """Where they are along the row, and how far they have sat down (0 stands, 1 sits)."""
        edge = -400.0 if self.side < 0 else WIDTH + 400.0
        walk_seconds = abs(edge - self.seat_x) / WALK_PIXELS_PER_SECOND
        inside = min(seconds - self.from_seconds, self.to_seconds - seconds)
        walked = min(inside / walk_seconds, 1.0)
        return edge + (self.seat_x - edge) * walked, float(np.clip((inside - walk_seconds) / 0.8, 0.0, 1.0))


STORY = (
    Appearance("collins", 1, 2.5, 13.5, seat_x=700, face_pixels=128, side=-1),
    Appearance("hopper", 0, 7.5, 18.0, seat_x=1290, face_pixels=104, side=1, light=0.9),
    Appearance("photographer", 2, 19.5, 28.0, seat_x=620, face_pixels=200, side=-1, light=1.1),
    Appearance("hopper", 2, 22.5, 33.5, seat_x=1480, face_pixels=176, side=1, light=1.05),
    Appearance("collins", 0, 24.0, 34.0, seat_x=900, face_pixels=98, side=-1, light=0.86),
    Appearance("photographer", 1, 27.5, 34.0, seat_x=420, face_pixels=120, side=-1),
)
"""Nobody is there before 2.5 s, from 18 s to 19.5 s and from 34 s on."""


def render_clip(
    path: Path,
    portraits: Mapping[str, Path],
    seed: int = 7,
    story: Sequence[Appearance] = STORY,
    seconds: int = CLIP_SECONDS,
) -> None:
    """Write the clip (1080p, 15 frames a second, MPEG-4), or leave ``path`` untouched if that fails.

    portraits: the pictures of ``collins``, ``hopper`` and ``photographer``.
    story: who comes when; seconds: how long the clip is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"unfinished-{path.name}")
    writer = cv2.VideoWriter(str(unfinished), cv2.VideoWriter.fourcc(*"mp4v"), FRAMES_PER_SECOND, FRAME_SIZE)
    if not writer.isOpened():
        raise OSError(f"{unfinished} cannot be written: check that the folder exists and has room.")
    try:
        for frame in _frames(portraits, seed, story, seconds):
            writer.write(frame)
    finally:
        writer.release()
    unfinished.replace(path)


def _frames(portraits: Mapping[str, Path], seed: int, story: Sequence[Appearance], length: int) -> Iterator[Image]:
    rng = np.random.default_rng(seed)
    wall, benches = draw_room(rng)
    cut_outs = {name: cut_out(PORTRAITS[name], portraits[name]) for name in PORTRAITS}
    figures = {appearance: _draw_figure(appearance, *cut_outs[appearance.person]) for appearance in story}
    noises = [rng.normal(NOISE_LEVEL, 2.8, (*FRAME_SIZE[::-1], 3)).astype(np.uint8) for _ in range(4)]
    for index in range(length * FRAMES_PER_SECOND):
        seconds = index / FRAMES_PER_SECOND
        room = wall.copy()
        for row, bench in enumerate(benches):
            for appearance in story:
                if appearance.row == row and appearance.from_seconds <= seconds < appearance.to_seconds:
                    _paint_person(room, appearance, bench, figures[appearance], seconds)
            room[bench.top : bench.top + len(bench.strip)] = bench.strip
        seen = _point_camera(room, seconds)
        frame = cv2.addWeighted(seen, _light(seconds), noises[int(rng.integers(4))], 1.0, -NOISE_LEVEL)
        yield np.asarray(frame, np.uint8)


@dataclass(frozen=True, slots=True)
class Figure:
    """A person as large as in one appearance, upright."""

    picture: Image
    """(height, width, 4) uint8, BGR and opacity."""
    face_centre: tuple[float, float]


def _draw_figure(appearance: Appearance, picture: Image, opacity: Opacity) -> Figure:
    """Scaled, lit from the windows on the left, a little blurred."""
    portrait = PORTRAITS[appearance.person]
    scale = appearance.face_pixels / portrait.face_pixels
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    person = cv2.GaussianBlur(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=smooth), (5, 5), 0.9)
    lit = np.linspace(1.08, 0.92, person.shape[1], dtype=np.float32)[None, :, None] * appearance.light
    cover = cv2.resize(opacity, person.shape[1::-1], interpolation=cv2.INTER_LINEAR)[..., None]
    drawn = np.concatenate([np.clip(person * lit, 0, 255), 255 * cover], axis=2).astype(np.uint8)
    across, up = portrait.face_centre
    return Figure(drawn, (across * scale, up * scale))


def _paint_person(room: Image, appearance: Appearance, bench: Bench, figure: Figure, seconds: float) -> None:
    """Put the person into the room, tilted and swaying."""
    x, seated = appearance.x_and_seated(seconds)
    step = (1.0 - seated) * 7.0 * abs(math.sin(seconds * 7.5))
    sway = seated * 9.0 * math.sin(seconds * 1.3 + appearance.row)
    face_y = bench.top - 1.55 * appearance.face_pixels + seated * SEAT_DROP_PIXELS - step
    tilt = 3.0 * math.sin(seconds * 0.9 + appearance.seat_x) + (1.0 - seated) * 2.0 * math.sin(seconds * 7.5)
    across, up = figure.face_centre
    left = max(0, round(x - across) - TILT_MARGIN_PIXELS)
    right = min(WIDTH, round(x - across) + figure.picture.shape[1] + TILT_MARGIN_PIXELS)
    top, bottom = max(0, round(face_y - up) - TILT_MARGIN_PIXELS), min(HEIGHT, bench.top + 4)
    if left >= right or top >= bottom:
        return
    moved = np.asarray(cv2.getRotationMatrix2D(figure.face_centre, tilt, 1.0), np.float64)
    moved[:, 2] += np.array([x + sway - across - left, face_y - up - top])
    person = cv2.warpAffine(figure.picture, moved, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    cover = person[..., 3] * np.float32(1 / 255)
    behind = room[top:bottom, left:right]
    behind[:] = cv2.blendLinear(cv2.cvtColor(person, cv2.COLOR_BGRA2BGR), behind, cover, 1 - cover)


def _point_camera(room: Image, seconds: float) -> Image:
    """What the slowly panning, slightly trembling camera shows of the room."""
    spare_x, spare_y = (WIDTH - FRAME_SIZE[0]) / 2, (HEIGHT - FRAME_SIZE[1]) / 2
    x = round(spare_x * (1.0 + 0.9 * math.sin(seconds * 0.35)) + 1.2 * math.sin(seconds * 9.0))
    y = round(spare_y * (1.0 + 0.8 * math.sin(seconds * 0.23)) + 0.8 * math.sin(seconds * 11.0))
    return np.ascontiguousarray(room[y : y + FRAME_SIZE[1], x : x + FRAME_SIZE[0]])


def _light(seconds: float) -> float:
    """How bright the room is: clouds pass before the windows."""
    return 1.0 - 0.16 * (0.5 + 0.5 * math.sin(seconds * 0.5)) - 0.04 * math.sin(seconds * 2.1)
