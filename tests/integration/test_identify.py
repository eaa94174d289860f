"""``recognizer identify`` on photos of a class, composed of press photos that were kept back from the gallery."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.fixtures.desk import Desk, make_desk
from tests.fixtures.patience import few, only_long

ENROLLED_PHOTOS = 5
SIZES = (180, 240, 320, 480, 700)
"""Sides of the photos pasted, in pixels: a face takes a good third of one."""


@dataclass(frozen=True)
class Pasted:
    """Where whose face is; number: None for a stranger."""

    photo: str
    number: str | None
    left: int
    top: int
    size: int


@dataclass(frozen=True)
class Class:
    """Two photos of a class, and what is in them."""

    desk: Desk
    photos: list[Path]
    pasted: list[Pasted]

    def identify(self, *arguments: str) -> list[dict[str, Any]]:
        done = self.desk.run("identify", *map(str, self.photos), "--json", *arguments)
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found


def named_in(found: list[dict[str, Any]], place: Pasted) -> list[str | None]:
    def is_there(face: dict[str, Any]) -> bool:
        x, y = ((face["box"][one] + face["box"][other]) / 2 for one, other in (("left", "right"), ("top", "bottom")))
        inside = place.left <= x < place.left + place.size and place.top <= y < place.top + place.size
        return Path(face["photo"]).name == place.photo and inside

    return [face["number"] for face in found if is_there(face)]


@pytest.fixture(scope="module")
def kept_back(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Class:
    """Half of the people are enrolled; the class photos show all of them, by photos that were not enrolled."""
    desk = make_desk(tmp_path_factory.mktemp("class"))
    people = [
        person for person in sorted((media / "faces").iterdir()) if len([*person.iterdir()]) > ENROLLED_PHOTOS + 2
    ]
    for number, person in enumerate(people[::2]):
        (desk.photos / f"S{number}").mkdir()
        for photo in sorted(person.iterdir())[:ENROLLED_PHOTOS]:
            shutil.copy(photo, desk.photos / f"S{number}")
    assert desk.encode("--accept-names").returncode == 0
    photos, pasted = [], []
    for name, index, size in (
        ("large.jpg", ENROLLED_PHOTOS, (4000, 2400)),
        ("small.jpg", ENROLLED_PHOTOS + 1, (1500, 1500)),
    ):
        sheet = Image.new("RGB", size, (118, 110, 102))
        left = top = row = 0
        for position, person in enumerate(people):
            side = SIZES[position % len(SIZES)] if name == "large.jpg" else 320
            if left + side > size[0]:
                left, top, row = 0, top + row, 0
            row = max(row, side)
            with Image.open(sorted(person.iterdir())[index]) as photo:
                sheet.paste(photo.convert("RGB").resize((side, side)), (left, top))
            number = f"S{position // 2}" if position % 2 == 0 else None
            pasted.append(Pasted(name, number, left, top, side))
            left += side
        sheet.save(desk.photos.parent / name, quality=92)
        photos.append(desk.photos.parent / name)
    return Class(desk, photos, pasted)


def test_nearly_all_students_are_named_in_photos_of_a_class_and_nobody_wrongly(kept_back: Class) -> None:
    found = kept_back.identify()
    students = [place for place in kept_back.pasted if place.number]
    right = [place for place in students if place.number in named_in(found, place)]
    assert len(right) >= 0.9 * len(students)
    wrong = [place for place in kept_back.pasted if {*named_in(found, place)} - {None, place.number}]
    assert wrong == []
    assert all(named_in(found, place) for place in kept_back.pasted), "a face was not found"


@only_long
def test_only_those_asked_for_are_named_and_who_is_missing_is_said(kept_back: Class, tmp_path: Path) -> None:
    roster = tmp_path / "roster.txt"
    roster.write_text("s0\n\nS1\nS99\n")
    assert {face["number"] for face in kept_back.identify("--among", str(roster))} == {"S0", "S1", None}
    done = kept_back.desk.run("identify", str(kept_back.photos[1]), "--among", str(roster))
    assert "Not enrolled: S99" in done.stdout
    assert "1 photo: 2 students, " in done.stdout


@only_long
def test_the_drawn_photo_has_its_own_size_and_a_box_at_each_face(kept_back: Class, tmp_path: Path) -> None:
    folder = tmp_path / "drawn"
    kept_back.identify("--draw", str(folder))
    assert {path.name for path in folder.iterdir()} == {"large.jpg", "small.jpg"}
    assert (folder / "large.jpg").stat().st_mode & 0o077 == 0
    with Image.open(folder / "small.jpg") as drawn, Image.open(kept_back.photos[1]) as photo:
        assert drawn.size == photo.size
        green = sum(
            count for count, (r, g, b) in drawn.getcolors(drawn.width * drawn.height) if g > 120 > r + 60 and b < 150
        )
    assert green > 500


@pytest.mark.parametrize("arguments", few([((),), (("--json",),)]))
def test_where_nobody_is_enrolled_that_is_said_beside_the_answers(
    desk: Desk, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    Image.new("RGB", (300, 200), "grey").save(tmp_path / "class.jpg")
    done = desk.run("identify", str(tmp_path / "class.jpg"), *arguments)
    assert done.returncode == 0
    assert done.stdout.strip() == ("[]" if arguments else "No faces in 1 photo: no students, no unknown faces.")
    (told,) = done.stderr.splitlines()
    assert told.startswith("Nobody is enrolled in ")
    assert told.endswith("enrol with `recognizer encode PHOTOS`.")


@only_long
def test_nothing_is_written_where_it_would_harm_and_a_bad_photo_is_named(desk: Desk, tmp_path: Path) -> None:
    photo = tmp_path / "class.jpg"
    Image.new("RGB", (300, 200), "grey").save(photo)
    before = photo.read_bytes()
    over = desk.run("identify", str(photo), "--draw", str(tmp_path))
    assert (over.returncode, photo.read_bytes()) == (65, before)
    assert "lies in the folder for --draw" in over.stderr
    (tmp_path / "text.jpg").write_text("no photo")
    bad = desk.run("identify", str(photo), str(tmp_path / "text.jpg"))
    assert bad.returncode == 65
    assert "text.jpg: not a photo that can be read here" in bad.stderr
    nobody = desk.run("identify", str(photo))
    assert nobody.returncode == 0
    assert "No faces in 1 photo: no students, no unknown faces." in nobody.stdout
    empty = tmp_path / "empty.txt"
    empty.write_text("\n")
    assert "there are no numbers in" in desk.run("identify", str(photo), "--among", str(empty)).stderr


@only_long
def test_photos_that_cannot_be_read_are_told_and_the_others_are_answered(kept_back: Class, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(kept_back.photos[1].read_bytes()[:3000])
    good, missing = str(kept_back.photos[1]), str(tmp_path / "none.jpg")
    done = kept_back.desk.run("identify", str(cut), good, missing, "--json", "--draw", str(tmp_path / "named"))
    assert done.returncode == 65
    (told,) = done.stderr.splitlines()
    assert "cut.jpg: damaged or cut short; " in told
    assert "none.jpg: there is no such file" in told
    alone = kept_back.desk.run("identify", good, "--json")
    assert json.loads(done.stdout) == json.loads(alone.stdout) != []
    assert [path.stem for path in (tmp_path / "named").iterdir()] == [kept_back.photos[1].stem]


@only_long
def test_the_same_photo_given_twice_tells_no_more_than_once(kept_back: Class, tmp_path: Path) -> None:
    photo = kept_back.photos[1]
    copy = tmp_path / f"a copy{photo.suffix}"
    shutil.copy(photo, copy)
    once = kept_back.desk.run("identify", str(photo), "--json")
    again = kept_back.desk.run("identify", str(photo), str(copy), str(photo), "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout) == json.loads(once.stdout)
    assert [line.partition(" is the same photo as ")[2] for line in again.stderr.splitlines()] == [
        f"{photo}: it counts once."
    ] * 2


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        ("none.jpg", "there is no such file"),
        ("loop.jpg", "there is no such file"),
        ("pipe.jpg", "not a plain file"),
        (".", "not a plain file"),
    ],
)
def test_what_is_no_file_is_told_at_once(desk: Desk, tmp_path: Path, photo: str, reason: str) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    told = desk.run("identify", str(tmp_path / photo), "--draw", str(tmp_path / "named"))
    assert (told.returncode, told.stdout) == (65, "")
    assert reason in told.stderr


@pytest.mark.parametrize("given", few(["link", "photo"]))
def test_no_other_photo_beside_one_that_was_given_is_drawn_over(desk: Desk, tmp_path: Path, given: str) -> None:
    originals, elsewhere = tmp_path / "originals", tmp_path / "elsewhere"
    for folder in (originals, elsewhere):
        folder.mkdir()
    for name in ("class.png", "class.jpg"):
        Image.new("RGB", (300, 200), "grey").save(originals / name)
    (elsewhere / "class.png").symlink_to(originals / "class.png")
    (tmp_path / "to originals").symlink_to(originals)
    before = (originals / "class.jpg").read_bytes()
    photo = (originals if given == "photo" else elsewhere) / "class.png"
    told = desk.run("identify", str(photo), "--draw", str(tmp_path / "to originals"))
    assert told.returncode == 65
    assert "choose another folder" in told.stderr
    assert (originals / "class.jpg").read_bytes() == before


@pytest.mark.parametrize("place", few(["a file", "a loop", "no file system", "a name too long", "a folder in it"], 2))
def test_a_photo_that_cannot_be_drawn_is_told_in_a_line_and_the_answers_are_kept(
    desk: Desk, tmp_path: Path, place: str
) -> None:
    photo = tmp_path / ("c" * (251 if place == "a name too long" else 1) + ".jpg")
    Image.new("RGB", (300, 200), "grey").save(photo)
    folder = Path("/proc/named") if place == "no file system" else tmp_path / "named"
    if place == "a file":
        folder.write_text("mine")
    if place == "a loop":
        folder.symlink_to(folder)
    if place == "a folder in it":
        (folder / photo.name).mkdir(parents=True)
    told = desk.run("identify", str(photo), "--draw", str(folder))
    assert told.returncode == 65
    # Nobody is enrolled at this desk, which is told beside it.
    assert len([line for line in told.stderr.splitlines() if not line.startswith("Nobody is enrolled in ")]) == 1
    # Where it can be known before the search nothing is searched.
    assert ("No faces in 1 photo" in told.stdout) == (place not in ("a file", "a loop"))


@only_long
def test_a_list_of_numbers_is_read_as_people_write_it_and_printed_safely(kept_back: Class, tmp_path: Path) -> None:
    roster = tmp_path / "roster.txt"
    roster.write_bytes(b"\xef\xbb\xbf  s0 \r\nS1\t\r\n\x1b[31mS9\x07\r\n")
    done = kept_back.desk.run("identify", str(kept_back.photos[1]), "--among", str(roster))
    assert "1 photo: 2 students, " in done.stdout
    assert "Not enrolled: �[31mS9�" in done.stdout
    endless = kept_back.desk.run("identify", str(kept_back.photos[1]), "--among", "/dev/zero")
    assert (endless.returncode, endless.stdout) == (65, "")
    assert "too long for a list of numbers" in endless.stderr


@only_long
def test_boxes_are_in_the_photos_own_pixels_however_wide_the_photo(desk: Desk, portraits: dict[str, Path]) -> None:
    panorama = Image.new("RGB", (11_000, 900), "grey")
    with Image.open(portraits["hopper"]) as portrait:
        face = portrait.convert("RGB").resize((600, 700))
    panorama.paste(face, (10_200, 100))
    panorama.save(desk.photos / "panorama.jpg")

    done = desk.run("identify", str(desk.photos / "panorama.jpg"), "--json")

    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert 10_200 <= found["box"]["left"] < found["box"]["right"] <= 10_800
