"""``recognizer identify``: who is in the photos of a class."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from recognizer.bootstrap.class_photos import SMALLEST_FACE_PIXELS, build_identification, build_photo_reader
from recognizer.bootstrap.gallery import build_gallery_store
from recognizer.class_photos.drawing import draw_names
from recognizer.class_photos.faces import PhotoFace, PhotoReader
from recognizer.class_photos.naming import NamedFace, name_faces
from recognizer.commands.output import make_console, print_beside, progress_bar
from recognizer.config.configuration import Config
from recognizer.domain.following.detection import fingerprint
from recognizer.domain.register.numbers import fold_number, normalize_number
from recognizer.enrolment.photo_folder import printable
from recognizer.errors import PhotoError
from recognizer.ops.whole_file import replace_file
from recognizer.ops.wording import count_of

_MOST_ROSTER_BYTES = 16 * 1024 * 1024
"""More than any university's numbers; what is longer is no list, and might never end."""

SUMMARY = "name the students in photos of a class"

_DESCRIPTION = f"""\
Say which students are in the photos of a class, such as a phone takes. Several photos of one class add up: a face that
is found in more than one of them is compared by the mean of its pictures. Faces from {SMALLEST_FACE_PIXELS} pixels of
width on are looked for, at the photo's full size. Nothing is kept, and the register is left as it is."""

_EPILOG = """\
examples:
  recognizer identify one.jpg two.jpg              who of the gallery is in these two photos of a class
  recognizer identify one.jpg --among roster.txt   who of those whose numbers stand in the file, one a line; it also
                                                   says who of them was not found
  recognizer identify one.jpg --json               a list: photo, box, number or null, distance, runner-up
  recognizer identify one.jpg --draw named         and the photo with boxes and numbers, as named/one.jpg

the answers:
  A face is named as in a camera's picture, with `tolerance` and `strangers_named` of the configuration. In one photo a
  student is named once. The same photo given twice counts once. Fewer numbers in --among leave fewer to be taken for,
  so that more are found; whoever else is enrolled is an unknown face then. Boxes are in pixels of the photo, upright.

exit codes:
  0    done
  65   a photo cannot be read (the others are answered all the same), or the gallery cannot be used
  69   a model file is missing
  78   the configuration is wrong"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("photos", metavar="PHOTO", type=Path, nargs="+", help="a photo of the class")
    parser.add_argument("--among", metavar="FILE", type=Path, help="a text file of the numbers to look for, one a line")
    parser.add_argument("--draw", metavar="FOLDER", type=Path, help="also put the photos with boxes and numbers there")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


@dataclass(frozen=True, slots=True)
class _Found:
    """photos: those that were looked into. unreadable: of each other one, its name and why it cannot be read."""

    photos: list[Path] = field(default_factory=list)
    faces: list[PhotoFace] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Answers:
    """All faces, photo by photo from left to right.

    wanted: the numbers that were asked for, None for the whole gallery. enrolled: those that the gallery has.
    """

    photos: Sequence[Path]
    named: Sequence[NamedFace]
    wanted: frozenset[str] | None
    enrolled: frozenset[str]

    def of(self, photo: int) -> list[NamedFace]:
        return [named for named in self.named if named.face.photo == photo]

    def numbers(self) -> dict[str, list[NamedFace]]:
        """By the number of each student found, their faces."""
        found: dict[str, list[NamedFace]] = {}
        for named in self.named:
            if named.candidate is not None and named.candidate.number is not None:
                found.setdefault(named.candidate.number, []).append(named)
        return dict(sorted(found.items()))


def execute(arguments: argparse.Namespace, config: Config) -> int:
    """Identify, print, and return the exit code. Raises RecognizerError."""
    photos: list[Path] = arguments.photos
    listed = None if arguments.among is None else _read_numbers(arguments.among)
    if arguments.draw is not None:
        _require_place(photos, arguments.draw)
    gallery = build_gallery_store(config).load()
    if not gallery.numbers:
        print_beside(f"Nobody is enrolled in {config.gallery.path}: enrol with `recognizer encode PHOTOS`.")
    wanted = None if listed is None else _as_enrolled(listed, gallery.students)
    identification, reader = build_identification(config, gallery, wanted), build_photo_reader(config)
    found = _look_for_faces(photos, reader)
    if not found.photos:
        raise PhotoError("; ".join(found.unreadable))
    answers = _Answers(found.photos, name_faces(found.faces, identification), wanted, frozenset(gallery.students))
    if arguments.json:
        sys.stdout.write(json.dumps([_as_plain(named, found.photos) for named in answers.named], indent=2) + "\n")
    else:
        _print(answers)
    if arguments.draw is not None:
        # Last: the answers are told also where the disk is full.
        _draw(answers, reader, arguments.draw)
    if found.unreadable:
        raise PhotoError("; ".join(found.unreadable))
    return 0


def _look_for_faces(paths: Sequence[Path], reader: PhotoReader) -> _Found:
    """Look into each photo once: the same picture twice tells no more of a face than once."""
    found, by_content = _Found(), dict[bytes, Path]()
    with progress_bar("Looking for faces", len(paths), "photos") as advance:
        for path in paths:
            try:
                image = reader.read_photo(path)
            except PhotoError as error:
                found.unreadable.append(f"{printable(str(path))}: {error}")
            else:
                if (same := by_content.setdefault(fingerprint(image), path)) is path:
                    found.faces.extend(reader.find_faces(image, len(found.photos)))
                    found.photos.append(path)
                else:
                    print_beside(f"{printable(str(path))} is the same photo as {printable(str(same))}: it counts once.")
            advance(path.name)
    return found


def _read_numbers(path: Path) -> frozenset[str]:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_ROSTER_BYTES + 1)
        lines = content.decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text in UTF-8"
        raise PhotoError(f"the numbers in {printable(str(path))} cannot be read ({reason})") from None
    if len(content) > _MOST_ROSTER_BYTES:
        raise PhotoError(f"{printable(str(path))} is too long for a list of numbers: write one a line")
    numbers = frozenset(normalize_number(line.strip()) for line in lines if line.strip())
    if not numbers:
        raise PhotoError(f"there are no numbers in {printable(str(path))}: write one a line")
    return numbers


def _as_enrolled(numbers: Collection[str], enrolled: Sequence[str]) -> frozenset[str]:
    """The numbers as the gallery writes them, since case does not count; those that it has not as they were given."""
    written = {fold_number(number): number for number in enrolled}
    return frozenset(written.get(fold_number(number), number) for number in numbers)


def _require_place(photos: Sequence[Path], folder: Path) -> None:
    """Raise PhotoError where photos cannot be drawn into the folder, or would be drawn over a photo."""
    names = [_drawn_name(photo) for photo in photos]
    if len(set(names)) < len(names):
        raise PhotoError("two photos have the same name: rename one, or draw them in two runs")
    if os.path.lexists(folder) and not folder.is_dir():
        raise PhotoError(f"{printable(str(folder))} is no folder: choose another for --draw")
    # Unlike Path.resolve it does not mind a link that leads to itself.
    place = Path(os.path.realpath(folder))
    for photo in photos:
        if place in (Path(os.path.realpath(photo)).parent, Path(os.path.realpath(photo.parent))):
            # Beside class.png there may be a class.jpg, which nobody named here.
            raise PhotoError(
                f"{printable(str(photo))} lies in the folder for --draw, where a photo may be drawn over: choose "
                "another folder"
            )


def _draw(answers: _Answers, reader: PhotoReader, folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for photo, path in enumerate(answers.photos):
            drawn = draw_names(reader.read_photo(path), answers.of(photo))
            replace_file(folder / _drawn_name(path), [drawn])
    except OSError as error:
        raise PhotoError(f"{printable(str(error.filename))} cannot be written ({error.strerror})") from None


def _drawn_name(photo: Path) -> str:
    return f"{photo.stem}.jpg"


def _as_plain(named: NamedFace, photos: Sequence[Path]) -> dict[str, Any]:
    place, candidate = named.face.box, named.candidate
    return {
        "photo": printable(str(photos[named.face.photo])),
        "box": {"top": place.top, "right": place.right, "bottom": place.bottom, "left": place.left},
        "number": candidate.number if candidate else None,
        "distance": _finite(candidate.distance) if candidate else None,
        "runner_up": candidate.runner_up_number if candidate else None,
        "runner_up_distance": _finite(candidate.runner_up_distance) if candidate else None,
        "photos_compared": named.photos,
        "refused": named.face.refusal or None,
    }


def _finite(distance: float | None) -> float | None:
    """In an empty gallery the nearest student is infinitely far, for which JSON has no number."""
    return None if distance is None or distance == float("inf") else round(distance, 4)


def _print(answers: _Answers) -> None:
    console = make_console()
    found = answers.numbers()
    if found:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        table.add_column("Student", no_wrap=True)
        table.add_column("Photos")
        table.add_column("Distance", justify="right")
        table.add_column("Next nearest")
        for number, faces in found.items():
            shown = ", ".join(printable(answers.photos[named.face.photo].name) for named in faces)
            nearest = min((named.candidate for named in faces if named.candidate), key=lambda answer: answer.distance)
            runner_up = nearest.runner_up_number or ""
            if nearest.runner_up_distance is not None:
                runner_up += f" ({nearest.runner_up_distance:.2f})"
            table.add_row(Text(number), Text(shown), f"{nearest.distance:.2f}", Text(runner_up))
        console.print(table)
    console.print(Text(_summarize(answers, len(found)), style="bold"), soft_wrap=True)
    wanted = answers.wanted or frozenset()
    for what, numbers in (
        ("Not found", (wanted & answers.enrolled) - found.keys()),
        ("Not enrolled", wanted - answers.enrolled),
    ):
        if numbers:
            console.print(Text(f"{what}: {printable(', '.join(sorted(numbers)))}"), soft_wrap=True)


def _summarize(answers: _Answers, students: int) -> str:
    unknown = sum(named.candidate is not None and named.candidate.number is None for named in answers.named)
    poor = sum(named.candidate is None for named in answers.named)
    parts = [count_of(students, "student"), count_of(unknown, "unknown face")]
    if poor:
        parts.append(f"{count_of(poor, 'face')} too poor to compare")
    seen = f"{count_of(len(answers.named), 'face')} in {count_of(len(answers.photos), 'photo')}"
    return f"{seen[0].upper()}{seen[1:]}: {', '.join(parts)}."
