"""How a folder of photos is read: whose each photo is, and what is no photo."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recognizer.enrolment.photo_folder import printable, read_label, read_photo_folder
from recognizer.errors import PhotoError


@pytest.mark.parametrize(
    ("label", "is_file", "expected"),
    [
        ("S1001", False, ("S1001", "")),
        ("S1001 Grace Hopper", False, ("S1001", "Grace Hopper")),
        ("S1001 Grace Hopper 2", True, ("S1001", "Grace Hopper")),
        ("S1001 Grace Hopper (2)", True, ("S1001", "Grace Hopper")),
        ("S1001 2", True, ("S1001", "")),
        ("S1001 Henry 8", False, ("S1001", "Henry 8")),
        ("007", True, ("007", "")),
        ("2026/17".replace("/", "-"), True, ("2026-17", "")),
        ("学号123 王小明", False, ("学号123", "王小明")),
        ("  S1 \t Ada  ", False, ("S1", "Ada")),
        ("a\N{COMBINING DIAERESIS}1 Zoe\N{COMBINING DIAERESIS}", False, ("ä1", "Zoë")),
        ("S1 Evil\x1b[31m", False, ("S1", "Evil�[31m")),
        ("x" * 32, False, ("x" * 32, "")),
        ("  ", False, ("", "")),
    ],
)
def test_a_name_says_the_students_number(label: str, is_file: bool, expected: tuple[str, str]) -> None:
    assert read_label(label, is_file=is_file) == expected


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("x" * 33, "it has 33 characters"),
        ("__MACOSX", "it begins with “_”"),
        ("S\x071 Bell", "U+0007"),
        ("  ", "it is empty"),
        ("S\u200b1 Ada", "U+200B ZERO WIDTH SPACE"),
        ("Smith, John (S1006)", "it contains “,” (U+002C COMMA)"),
    ],
)
def test_a_name_that_begins_with_no_number_is_ignored_and_told_why(tmp_path: Path, name: str, fault: str) -> None:
    for folder in (name, "S1"):
        (tmp_path / folder).mkdir()
    (ignored,) = read_photo_folder(tmp_path).ignored
    assert ignored.path.name == name
    assert fault in ignored.reason


def test_a_folder_is_sorted_by_student_and_everything_else_is_named(tmp_path: Path) -> None:
    for folder in ("S1001 Grace Hopper", "S1001 Grace Hopper/deeper", "S2 Empty", ".git"):
        (tmp_path / folder).mkdir()
    (tmp_path / ".DS_Store").touch()
    for file in ("10.jpg", "9.JPEG", "8.webp", "notes.txt", ".hidden.jpg"):
        (tmp_path / "S1001 Grace Hopper" / file).touch()
    for file in ("S1001 Grace Hopper 3.png", "S0 Ada.jpg", "S0 Ada 2.jpg", "list.csv", "!.jpg"):
        (tmp_path / file).touch()
    os.mkfifo(tmp_path / "S3.jpg")
    folder_of = read_photo_folder(tmp_path)
    assert [(s.number, s.name, [photo.name for photo in s.photos]) for s in folder_of.students] == [
        ("S0", "Ada", ["S0 Ada 2.jpg", "S0 Ada.jpg"]),
        ("S1001", "Grace Hopper", ["8.webp", "9.JPEG", "10.jpg", "S1001 Grace Hopper 3.png"]),
        ("S2", "Empty", []),
    ]
    assert {folder_of.shown(ignored.path): ignored.reason.split(" ")[0] for ignored in folder_of.ignored} == {
        "S1001 Grace Hopper/deeper": "a",
        "S1001 Grace Hopper/notes.txt": "not",
        "S3.jpg": "not",
        "list.csv": "not",
        "!.jpg": "its",
    }
    assert folder_of.warnings == ()


def test_two_names_for_one_number_are_questioned(tmp_path: Path) -> None:
    for name in ("S1 Grace Hopper", "S1 Eileen Collins", "S1"):
        (tmp_path / name).mkdir()
    assert read_photo_folder(tmp_path).warnings == (
        'S1 goes by different names, "Eileen Collins" and "Grace Hopper": check that all are photos of one student',
    )


def test_a_folder_that_is_none_or_holds_nobody_says_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    for path, expected in {
        tmp_path / "nowhere": "there is no folder",
        tmp_path / "notes.txt": "is a file",
        tmp_path: 'named by student number, such as "S1001 Grace Hopper"',
    }.items():
        with pytest.raises(PhotoError, match=expected):
            read_photo_folder(path)


@pytest.mark.parametrize("name", ["Größe.jpg", "ф.jpg", "😀 2.png", "plain.jpg"])
def test_a_files_name_is_shown_in_its_letters_also_where_the_locale_is_an_old_one(name: str) -> None:
    assert printable(name.encode().decode("ascii", "surrogateescape")) == name
    assert printable(name) == name
    assert printable("\udcff\x1b.jpg") == "��.jpg"
