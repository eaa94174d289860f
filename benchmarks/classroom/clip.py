"""Renders a classroom clip: the figures in the room, frame by frame, with light, noise and compression."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from benchmarks.classroom.casting import Actor
from benchmarks.classroom.figure import Figure, Pose
from benchmarks.classroom.held_up import HeldUp, Medium
from benchmarks.classroom.room import Room, draw_room
from benchmarks.classroom.story import Part, is_away, write_light, write_passages, write_stays
from benchmarks.classroom.truth import Appearance, Role, Truth, photos_path, save_truth
from recognizer.domain.following.detection import Image
from recognizer.domain.following.geometry import Box

NOBODY: Mapping[int, Medium] = MappingProxyType({})

NOISE = 2.2
"""The sensor's: standard deviation in grey levels."""
_NOISE_LEVEL = 16
_NOISE_SPARE = 64
"""Pixels by which the noise is larger than a frame, so that each frame gets another piece of it."""


@dataclass(frozen=True, slots=True)
class Format:
    """Of a clip: pixels, frames a second, seconds."""

    width: int
    height: int
    frames_per_second: float
    seconds: float

    @property
    def frames(self) -> int:
        return round(self.seconds * self.frames_per_second)


@dataclass(frozen=True, slots=True, eq=False)
class _Player:
    actor: int
    figures: tuple[Figure | HeldUp, ...]
    part: Part

    def paint(self, frame: Image, pose: Pose, seconds: float) -> None:
        self.figures[self.part.mood(seconds) % len(self.figures)].paint(frame, pose)


def render_clip(
    path: Path, actors: Sequence[Actor], form: Format, seed: int, on_frame: Callable[[], None] = lambda: None
) -> Truth:
    """Write the clip (MPEG-4), the truth beside it and the photos to enrol. The same seed gives the same clip.

    Raises OSError when it cannot be written, SystemExit when the room has too few seats.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scene = Scene(actors, form, seed)
    unfinished = path.with_name(f"unfinished-{os.getpid()}-{path.name}")
    size = (form.width, form.height)
    writer = cv2.VideoWriter(str(unfinished), cv2.VideoWriter.fourcc(*"mp4v"), form.frames_per_second, size)
    if not writer.isOpened():
        raise OSError(f"{unfinished} cannot be written: give --output a name that ends in .mp4, in a folder with room")
    try:
        for frame in scene.frames():
            writer.write(frame)
            on_frame()
    finally:
        writer.release()
    unfinished.replace(path)
    photos, others = photos_path(path, "photos"), photos_path(path, "other-photos")
    _write_photos(photos, actors, lambda actor: actor.references)
    _write_photos(others, actors, lambda actor: actor.other_references)
    truth = Truth(
        path, photos, others, form.width, form.height, form.frames_per_second, form.frames, seed, scene.roles()
    )
    save_truth(truth)
    return truth


class Scene:
    """One clip's frames, BGR, and what was in them."""

    def __init__(
        self, actors: Sequence[Actor], form: Format, seed: int, held_up: Mapping[int, Medium] = NOBODY
    ) -> None:
        """held_up: students, by their place among the actors, of whom a picture is there instead, and on what."""
        rng = np.random.default_rng(seed)
        self._form = form
        self._actors = actors
        self._room = draw_room(form.width, form.height, rng)
        self._players = _players(actors, self._room, form, seed, rng, held_up)
        self._light = write_light(form.seconds, rng)
        height, width = form.height + _NOISE_SPARE, form.width + _NOISE_SPARE
        noise = rng.standard_normal((height, width, 3), np.float32) * np.float32(NOISE) + _NOISE_LEVEL
        self._noise = np.clip(np.rint(noise), 0, 255).astype(np.uint8)
        self._rng = rng
        self._seen: dict[int, list[Appearance]] = defaultdict(list)

    def frames(self) -> Iterator[Image]:
        """Every frame, in order; to be asked for once."""
        for index in range(self._form.frames):
            seconds = index / self._form.frames_per_second
            cast = [(player, pose) for player in self._players if (pose := player.part.pose(seconds)) is not None]
            frame = self._room.wall.copy()
            for number, row in enumerate(self._room.rows):
                for player, pose in cast:
                    if player.part.row == number:
                        player.paint(frame, pose, seconds)
                self._room.paint_table(frame, row)
            self._note(index, cast)
            yield self._filmed(frame, seconds)

    def roles(self) -> tuple[Role, ...]:
        """What was seen in the frames so far."""
        return tuple(
            Role(actor.name, actor.number, tuple(self._seen[index])) for index, actor in enumerate(self._actors)
        )

    def _filmed(self, frame: Image, seconds: float) -> Image:
        top, left = self._rng.integers(0, _NOISE_SPARE, 2)
        noise = self._noise[top : top + self._form.height, left : left + self._form.width]
        lit = cv2.addWeighted(frame, self._light(seconds), noise, 1.0, -_NOISE_LEVEL)
        return np.asarray(lit, np.uint8)

    def _note(self, index: int, cast: Sequence[tuple[_Player, Pose]]) -> None:
        for place, (player, pose) in enumerate(cast):
            box = pose.box
            if box.clipped(self._form.height, self._form.width).area == 0:
                continue
            nearer = [other for _, other in cast[place + 1 :]]
            covered = _covered(box, nearer, self._form)
            appearance = Appearance(index, box, round(pose.face_pixels), is_away(pose), covered)
            self._seen[player.actor].append(appearance)


def _players(
    actors: Sequence[Actor],
    room: Room,
    form: Format,
    seed: int,
    rng: np.random.Generator,
    held_up: Mapping[int, Medium],
) -> list[_Player]:
    """In the order in which they are painted: from the rear, and in one row who passes behind who sits."""
    students = [index for index, actor in enumerate(actors) if actor.number is not None]
    parts: list[tuple[int, Part]] = []
    parts += zip(students, write_stays(room.rows, len(students), form.width, form.seconds, rng), strict=True)
    for index, actor in enumerate(actors):
        if actor.number is None:
            parts += ((index, part) for part in write_passages(room.rows, form.width, form.seconds, rng))
    parts.sort(key=lambda entry: (entry[1].row, entry[1].is_seated))
    largest: dict[int, float] = defaultdict(float)
    for index, part in parts:
        largest[index] = max(largest[index], part.largest_face)
    # The same chances for all the figures of one person: they wear the same.
    figures = {
        index: tuple(Figure(portrait, face, np.random.default_rng([seed, index])) for portrait in actors[index].shown)
        for index, face in largest.items()
    }
    return [
        _Player(index, (HeldUp(actors[index].shown[0], held_up[index]),), part)
        if index in held_up
        else _Player(index, figures[index], part)
        for index, part in parts
    ]


def _covered(box: Box, nearer: Sequence[Pose], form: Format) -> float:
    """The share of the face that the picture's edge or the nearest one before it hides."""
    hidden = box.area - box.clipped(form.height, form.width).area
    hidden += max((max(box.intersection(pose.head), box.intersection(pose.body)) for pose in nearer), default=0)
    return min(1.0, hidden / box.area)


def _write_photos(folder: Path, actors: Sequence[Actor], chosen: Callable[[Actor], Sequence[Image]]) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    for actor in actors:
        pictures = chosen(actor)
        if actor.number is not None and pictures:
            own = folder / f"{actor.number} {actor.name.replace('_', ' ')}"
            own.mkdir()
            for number, picture in enumerate(pictures, start=1):
                cv2.imwrite(str(own / f"{number}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
