"""The truth about a clip: who is where in which frame, kept as JSON beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from recognizer.domain.following.geometry import Box

FORMAT = 2


@dataclass(frozen=True, slots=True)
class Appearance:
    """One face in one frame. face_pixels: its height; is_away: turned too far to be known.

    covered: the share of the face hidden by others or outside the picture, 0 to 1, by boxes.
    """

    frame: int
    box: Box
    face_pixels: int
    is_away: bool
    covered: float


@dataclass(frozen=True, slots=True)
class Role:
    """One person of the clip; ``number`` is None for a stranger."""

    name: str
    number: str | None
    appearances: tuple[Appearance, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """About one clip. photos: the folder of the photos to enrol, one sub-folder for each student, which the clip shows.

    other_photos: the same with photos that it does not show, for those students who have any.
    """

    clip: Path
    photos: Path
    other_photos: Path
    width: int
    height: int
    frames_per_second: float
    frames: int
    seed: int
    roles: tuple[Role, ...]

    @property
    def students(self) -> tuple[Role, ...]:
        return tuple(role for role in self.roles if role.number is not None)

    def with_other_photos(self) -> Truth:
        """The same clip for those who are enrolled with other photos; students who have none are strangers to it."""
        enrolled = {folder.name.split()[0] for folder in self.other_photos.iterdir()}
        roles = tuple(role if role.number in enrolled else replace(role, number=None) for role in self.roles)
        return replace(self, photos=self.other_photos, roles=roles)

    @property
    def strangers(self) -> tuple[Role, ...]:
        return tuple(role for role in self.roles if role.number is None)


def truth_path(clip: Path) -> Path:
    """Where the truth about a clip is kept."""
    return clip.with_suffix(".json")


def photos_path(clip: Path, kind: Literal["photos", "other-photos"]) -> Path:
    """Where the photos to enrol are kept."""
    return clip.with_name(f"{clip.stem}-{kind}")


def save_truth(truth: Truth) -> None:
    """Beside the clip; paths in it are names in the same folder."""
    document = {
        "format": FORMAT,
        "clip": truth.clip.name,
        "photos": truth.photos.name,
        "other_photos": truth.other_photos.name,
        "width": truth.width,
        "height": truth.height,
        "frames_per_second": truth.frames_per_second,
        "frames": truth.frames,
        "seed": truth.seed,
        "columns": ["frame", "top", "right", "bottom", "left", "face_pixels", "is_away", "covered_percent"],
        "people": [
            {
                "name": role.name,
                "role": "stranger" if role.number is None else "student",
                "number": role.number,
                "appearances": [_row(appearance) for appearance in role.appearances],
            }
            for role in truth.roles
        ],
    }
    truth_path(truth.clip).write_text(json.dumps(document, separators=(",", ":")), "utf-8")


def load_truth(clip: Path) -> Truth:
    """Raises SystemExit when there is none, or it is another release's."""
    path = truth_path(clip)
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise SystemExit(f"{path} cannot be read: render the clip with `python -m benchmarks classroom`") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SystemExit(f"{path} is of another release: render the clip anew with `python -m benchmarks classroom`")
    return Truth(
        clip=clip,
        photos=clip.with_name(document["photos"]),
        other_photos=clip.with_name(document["other_photos"]),
        width=document["width"],
        height=document["height"],
        frames_per_second=document["frames_per_second"],
        frames=document["frames"],
        seed=document["seed"],
        roles=tuple(
            Role(person["name"], person["number"], tuple(_appearance(row) for row in person["appearances"]))
            for person in document["people"]
        ),
    )


def _row(appearance: Appearance) -> list[int]:
    box = appearance.box
    shares = [appearance.face_pixels, int(appearance.is_away), round(100 * appearance.covered)]
    return [appearance.frame, box.top, box.right, box.bottom, box.left, *shares]


def _appearance(row: list[Any]) -> Appearance:
    frame, top, right, bottom, left, face_pixels, is_away, covered = row
    return Appearance(frame, Box(top, right, bottom, left), face_pixels, bool(is_away), covered / 100)
