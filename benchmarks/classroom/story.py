"""The story: who comes, where they sit or pass, when they look away, and when they go. Pure functions of time.

Lengths without a unit are in parts of a face's side; seconds count from the clip's beginning.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from benchmarks.classroom.figure import Pose
from benchmarks.classroom.room import Row

SMALLEST_FACE, LARGEST_FACE = 50.0, 160.0

EMPTY_SECONDS = 2.0
"""How long nobody is there at first; less in a clip below half a minute."""

WALKING = 3.6
"""Faces a second."""
STANDING = 0.65
"""How far a standing head is above a seated one."""
SITTING_DOWN_SECONDS = 0.9
TURNING_SECONDS = 0.4
WALKING_YAW = 52.0

AWAY_YAW, AWAY_PITCH = 35.0, 22.0
"""Degrees from which a face counts as looking away."""

_OUTSIDE = 1.5


class Part(Protocol):
    """One person's part in the story."""

    @property
    def row(self) -> int: ...

    @property
    def is_seated(self) -> bool: ...

    @property
    def largest_face(self) -> float: ...

    def pose(self, seconds: float) -> Pose | None:
        """None while they are not there."""

    def mood(self, seconds: float) -> int:
        """How often they have looked away so far: they come back with another face."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A look away: a turn, a while, and back."""

    from_seconds: float
    to_seconds: float
    yaw: float
    pitch: float

    def share(self, seconds: float) -> float:
        """How far it is done, 0 to 1."""
        begun = (seconds - self.from_seconds) / TURNING_SECONDS
        left = (self.to_seconds - seconds) / TURNING_SECONDS
        return _smooth(min(begun, left))


@dataclass(frozen=True, slots=True)
class Sway:
    """What a body does that sits still: small waves, each of its own length."""

    phases: tuple[float, ...]

    def wave(self, index: int, seconds: float) -> float:
        """-1 to 1; eight different ones."""
        phase = self.phases[index]
        pace = 0.35 + 0.11 * index + 0.05 * math.sin(phase * 7)
        return 0.7 * math.sin(pace * seconds + phase) + 0.3 * math.sin(2.3 * pace * seconds + 2 * phase)


@dataclass(frozen=True, slots=True)
class Stay:
    """A student's: walks along the row to a seat, sits there, and leaves the way they came, or stays to the end."""

    row: int
    seat_x: float
    seat_y: float
    face_pixels: float
    edge_x: float
    arrives_at: float
    leaves_at: float
    """When they get up; infinite for who stays."""
    glances: tuple[Glance, ...]
    sway: Sway

    @property
    def is_seated(self) -> bool:
        return True

    @property
    def largest_face(self) -> float:
        return min(LARGEST_FACE, self.face_pixels * 1.04)

    @property
    def walk_seconds(self) -> float:
        return abs(self.edge_x - self.seat_x) / (WALKING * self.face_pixels)

    def pose(self, seconds: float) -> Pose | None:
        walk = self.walk_seconds
        inside = min(seconds - self.arrives_at, self.leaves_at + SITTING_DOWN_SECONDS + walk - seconds)
        if inside < 0:
            return None
        walked = min(1.0, inside / walk)
        seated = _smooth((inside - walk) / SITTING_DOWN_SECONDS)
        leads = 1.0 if (self.seat_x > self.edge_x) == (seconds < self.leaves_at) else -1.0
        walking = 1 - _smooth((inside - walk + TURNING_SECONDS) / TURNING_SECONDS)
        away = [(glance, share) for glance in self.glances if (share := glance.share(seconds)) > 0]
        yaw = leads * WALKING_YAW * walking + sum(glance.yaw * share for glance, share in away)
        pitch = sum(glance.pitch * share for glance, share in away)
        size = float(np.clip(self.face_pixels * (1 + 0.03 * self.sway.wave(0, seconds)), SMALLEST_FACE, LARGEST_FACE))
        step = 0.05 * walking * abs(math.sin(5.5 * seconds + self.sway.phases[0]))
        return Pose(
            x=self.edge_x + (self.seat_x - self.edge_x) * walked + 0.09 * size * self.sway.wave(1, seconds),
            y=self.seat_y - size * (STANDING * (1 - seated) + step) + 0.04 * size * self.sway.wave(2, seconds),
            face_pixels=size,
            roll=4.0 * self.sway.wave(3, seconds),
            yaw=yaw + 9.0 * self.sway.wave(4, seconds),
            pitch=pitch + 5.0 * self.sway.wave(5, seconds),
        )

    def mood(self, seconds: float) -> int:
        return sum((glance.from_seconds + glance.to_seconds) / 2 <= seconds for glance in self.glances)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stranger's: walks through along a row, and stops once on the way to look into the room, at the camera."""

    row: int
    y: float
    face_pixels: float
    from_x: float
    stop_x: float
    to_x: float
    begins_at: float
    stop_seconds: float
    number: int
    sway: Sway

    @property
    def is_seated(self) -> bool:
        return False

    @property
    def largest_face(self) -> float:
        return self.face_pixels

    def pose(self, seconds: float) -> Pose | None:
        pace = WALKING * self.face_pixels
        stops_at = self.begins_at + abs(self.stop_x - self.from_x) / pace
        goes_at = stops_at + self.stop_seconds
        ends_at = goes_at + abs(self.to_x - self.stop_x) / pace
        if not self.begins_at <= seconds < ends_at:
            return None
        times, places = [self.begins_at, stops_at, goes_at, ends_at], [self.from_x, self.stop_x, self.stop_x, self.to_x]
        leg = bisect.bisect_right(times, seconds) - 1
        x = float(np.interp(seconds, times, places))
        looking = _smooth(min(seconds - stops_at, goes_at - seconds) / TURNING_SECONDS)
        leads = math.copysign(1.0, places[-1] - places[-2] if leg == 2 else places[1] - places[0])
        step = 0.05 * (1 - looking) * abs(math.sin(5.5 * seconds + self.sway.phases[0]))
        return Pose(
            x=x + 0.04 * self.face_pixels * self.sway.wave(1, seconds),
            y=self.y - self.face_pixels * (STANDING + step),
            face_pixels=self.face_pixels,
            roll=3.0 * self.sway.wave(3, seconds),
            yaw=leads * WALKING_YAW * (1 - looking) + 8.0 * self.sway.wave(4, seconds),
            pitch=5.0 * self.sway.wave(5, seconds),
        )

    def mood(self, seconds: float) -> int:
        return self.number


def is_away(pose: Pose) -> bool:
    """Whether the face is turned too far to be known."""
    return abs(pose.yaw) >= AWAY_YAW or abs(pose.pitch) >= AWAY_PITCH


def write_stays(rows: Sequence[Row], students: int, width: int, seconds: float, rng: np.random.Generator) -> list[Stay]:
    """A seat for every student. Raises SystemExit when the room has too few."""
    seats = [(row, seat) for row, place in enumerate(rows) for seat in range(place.seats)]
    if len(seats) < students:
        raise SystemExit(f"{students} students want to sit, but a picture of that size has {len(seats)} seats")
    # The front fills up first.
    liking = np.array([rows[row].face_pixels ** 2 for row, _ in seats])
    chosen = rng.choice(len(seats), students, replace=False, p=liking / liking.sum())
    return [_stay(rows, seats[index], width, seconds, rng) for index in chosen]


def _stay(rows: Sequence[Row], seat: tuple[int, int], width: int, seconds: float, rng: np.random.Generator) -> Stay:
    row, number = seat
    place = rows[row]
    face = float(np.clip(place.face_pixels * rng.uniform(0.92, 1.06), SMALLEST_FACE, LARGEST_FACE))
    x = width * (number + 0.5) / place.seats + rng.uniform(-0.15, 0.15) * face
    edge = -_OUTSIDE * face if x < width / 2 else width + _OUTSIDE * face
    walk = abs(edge - x) / (WALKING * face)
    empty = empty_seconds(seconds)
    is_late = rng.random() < 0.2
    arrives = rng.uniform(0.4, 0.62) * seconds if is_late else rng.uniform(empty, empty + 0.32 * seconds)
    seated_at = arrives + walk + SITTING_DOWN_SECONDS
    soonest, latest = max(seated_at + 0.25 * seconds, 0.6 * seconds), 0.95 * seconds
    leaves_early = not is_late and rng.random() < 0.2 and soonest < latest
    leaves = rng.uniform(soonest, latest) if leaves_early else math.inf
    glances = _glances(seated_at, min(leaves, seconds), rng)
    return Stay(row, x, place.y, face, edge, arrives, leaves, glances, _sway(rng))


def _glances(begin: float, end: float, rng: np.random.Generator) -> tuple[Glance, ...]:
    """Now and then aside, to a neighbour or out of the window, or down at the table; some do it more than others."""
    attention = rng.uniform(0.6, 1.6)
    glances: list[Glance] = []
    at = begin + attention * rng.uniform(1.0, 7.0)
    while True:
        lasts = 2 * TURNING_SECONDS + rng.uniform(0.5, 3.5)
        if at + lasts > end:
            return tuple(glances)
        if rng.random() < 0.6:
            turn = (float(rng.choice([-1, 1]) * rng.uniform(45, 75)), float(rng.uniform(-5, 12)))
        else:
            turn = (float(rng.uniform(-12, 12)), float(rng.uniform(30, 48)))
        glances.append(Glance(at, at + lasts, *turn))
        at += lasts + attention * rng.uniform(2.5, 8.0)


def write_passages(rows: Sequence[Row], width: int, seconds: float, rng: np.random.Generator) -> list[Passage]:
    """One stranger's: one, and in a long clip one every half minute."""
    passages: list[Passage] = []
    for part in np.array_split(np.linspace(empty_seconds(seconds), seconds, 101), max(1, round(seconds / 30))):
        row = int(rng.integers(len(rows)))
        face = float(np.clip(rows[row].face_pixels * rng.uniform(0.95, 1.1), SMALLEST_FACE, LARGEST_FACE))
        left, right = -_OUTSIDE * face, width + _OUTSIDE * face
        begin, end = (left, right) if rng.random() < 0.5 else (right, left)
        if rng.random() < 0.3:
            end = begin
        stop = rng.uniform(0.15, 0.85) * width
        lasts = (abs(stop - begin) + abs(end - stop)) / (WALKING * face) + 3
        # Late enough not to meet oneself, early enough to be seen.
        starts = rng.uniform(part[0], max(part[0], part[-1] - lasts))
        passages.append(
            Passage(row, rows[row].y, face, begin, stop, end, starts, rng.uniform(2.0, 5.0), len(passages), _sway(rng))
        )
    return passages


def empty_seconds(seconds: float) -> float:
    """How long nobody is there at first."""
    return min(EMPTY_SECONDS, seconds / 15)


def write_light(seconds: float, rng: np.random.Generator) -> Callable[[float], float]:
    """How bright the room is at a time: clouds pass, and once somebody dims the lamps for a while."""
    phase, pace = rng.uniform(0, 6.3), rng.uniform(0.15, 0.3)
    dims_at, lasts = rng.uniform(0.35, 0.6) * seconds, rng.uniform(0.15, 0.3) * seconds

    def light(at: float) -> float:
        dimmed = _smooth(min((at - dims_at) / 0.5, (dims_at + lasts - at) / 0.5))
        return 0.97 + 0.09 * math.sin(pace * at + phase) + 0.02 * math.sin(1.7 * at) - 0.2 * dimmed

    return light


def _sway(rng: np.random.Generator) -> Sway:
    return Sway(tuple(float(phase) for phase in rng.uniform(0, 2 * math.pi, 8)))


def _smooth(share: float) -> float:
    """0 before 0, 1 after 1, and without a jolt between."""
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)
