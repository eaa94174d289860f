"""Whose number a name of a folder or file means, and which names are no numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizer.enrolment.doubtful_numbers import find_doubtful
from recognizer.enrolment.numbering import Numbering
from recognizer.enrolment.photo_folder import read_photo_folder

KNOWN = ("2023/CS/001", "2024_1", "2024/1", "S1001", "Straße/7", "S 5", "1001", "old#1")


@pytest.mark.parametrize(
    ("written", "is_file", "expected"),
    [
        ("S1001", False, ("S1001",)),
        ("s1001", False, ("S1001",)),
        ("Ｓ１００１", False, ("S1001",)),
        ("2023_CS_001", False, ("2023/CS/001",)),
        ("2023_cs_001", True, ("2023/CS/001",)),
        ("STRASSE_7", False, ("Straße/7",)),
        ("2024_1", False, ("2024/1", "2024_1")),
        ("old#1", False, ("old#1",)),
        ("S9", False, ("S9",)),
        ("1001_1", True, ("1001",)),
        ("1001-12", True, ("1001",)),
        ("s1001.2", True, ("S1001",)),
        ("2023_CS_001_2", True, ("2023/CS/001",)),
        # A folder has no counter.
        ("1001_1", False, ("1001_1",)),
        ("1002_1", True, ("1002_1",)),
    ],
)
def test_a_name_means_the_number_that_the_database_has(written: str, is_file: bool, expected: tuple[str, ...]) -> None:
    assert Numbering(KNOWN).resolve(written, is_file=is_file) == expected


def test_without_a_database_a_name_means_the_number_that_the_gallery_has() -> None:
    numbering = Numbering(None, ["2023/CS/001", "S1"])
    assert numbering.resolve("2023_cs_001") == ("2023/CS/001",)
    assert numbering.resolve("s1_2", is_file=True) == ("S1",)
    assert numbering.resolve("s2") == numbering.resolve("S2") == ("s2",)
    assert not numbering.is_checked
    assert not numbering.knows("S1")


def test_the_database_has_the_last_word_before_the_gallery() -> None:
    numbering = Numbering(["S1", "2023/1"], ["s1", "2023_1", "S2"])
    assert numbering.resolve("s1") == ("S1",)
    assert numbering.respell(["s1", "2023_1", "S2"]) == {"s1": "S1", "2023_1": "2023/1"}


def test_old_numbers_that_differ_in_case_alone_are_told_apart_by_it() -> None:
    numbering = Numbering(["s1", "S1"])
    assert numbering.resolve("s1") == ("s1",)
    assert numbering.resolve("S1") == ("S1",)


def test_photos_of_one_student_in_folders_of_different_spelling_come_together(tmp_path: Path) -> None:
    for name in ("S1001 Grace Hopper", "s1001"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").touch()
    (tmp_path / "S1001-2.jpg").touch()
    (student,) = read_photo_folder(tmp_path, Numbering(["S1001"])).students
    assert (student.number, student.name, len(student.photos)) == ("S1001", "Grace Hopper", 3)


@pytest.mark.parametrize("blank", ["\t", "\u00a0", "\u2009", "\u202f", "\u3000", " \u00a0"])
def test_a_number_ends_at_the_first_white_space_of_any_kind(tmp_path: Path, blank: str) -> None:
    """A Mac writes a no-break space where Alt is held, and a Japanese keyboard one as wide as a letter."""
    for name in (f"S7{blank}Ann{blank}Lee", f"S7{blank}2.jpg"):
        (tmp_path / name).touch() if name.endswith(".jpg") else (tmp_path / name).mkdir()
    folder = read_photo_folder(tmp_path)
    assert [(each.number, each.name) for each in folder.students] == [("S7", "Ann Lee")]
    assert folder.ignored == folder.ambiguous == folder.warnings == ()


def test_a_new_student_in_folders_of_different_case_is_one(tmp_path: Path) -> None:
    for name in ("S7 Ann", "s7"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").touch()
    assert [(one.number, len(one.photos)) for one in read_photo_folder(tmp_path).students] == [("S7", 2)]


def test_a_name_that_fits_two_students_is_given_to_neither_and_both_are_named(tmp_path: Path) -> None:
    (tmp_path / "2024_1 Ada").mkdir()
    (tmp_path / "2024_1 Ada 2.jpg").touch()
    folder = read_photo_folder(tmp_path, Numbering(KNOWN))
    assert folder.students == ()
    assert [file.path.name for file in folder.ambiguous] == ["2024_1 Ada", "2024_1 Ada 2.jpg"]
    assert "2024/1 and 2024_1" in folder.ambiguous[0].reason


@pytest.mark.parametrize("name", ["_1001", "-1001", "_S1 Ann"])
def test_a_folder_that_begins_with_a_sign_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    """Hidden, with a dot, it would be passed over; a number begins with a letter or a digit."""
    for folder in (name, "S1 Ann"):
        (tmp_path / folder).mkdir()
    found = read_photo_folder(tmp_path, Numbering({"1001", "S1"}, enrolled=[name.split()[0]]))
    assert [student.number for student in found.students] == ["S1"]
    (refused,) = found.ignored
    assert refused.path.name == name
    assert "a student number begins with a letter or a digit" in refused.reason


def test_an_old_number_that_breaks_the_rule_is_enrolled_where_the_database_has_it(tmp_path: Path) -> None:
    (tmp_path / "old#1 Ada").mkdir()
    assert [student.number for student in read_photo_folder(tmp_path, Numbering(KNOWN)).students] == ["old#1"]


@pytest.mark.parametrize(
    "number",
    [
        "1001_1",
        "1001-2",
        "S1001.3",
        "1001__3",
        "1001_v4",
        "DJI_0012",
        "IMG_2034",
        "img2034",
        "IMG_E2034",
        "FB_IMG_1234567890",
        "received_1234567890",
        "Фото1",
        "DSC0001",
        "DSC_0001",
        "DSCN12",
        "PXL_20240115_1",
        "image1",
        "Foto_3",
        "scan0001",
        "20240115_103022",
        "IMG-20240115-WA0003",
        "Grace",
        "John_Smith",
        "王小明",
        "S1005-Ada",
        "S1005_Lovelace",
        "S1005_Ada_Lovelace",
        "1005__Ada-Lovelace",
        "1005_front_2",
        "1005-Ada-Lovelace-1",
        "Ada_1005",
        "Lovelace_Ada_1005",
        "smith-john-1005",
        "王小明_1005",
        "Grace_1",
        "Passbild1005",
        "MVI_0001",
    ],
)
def test_what_looks_like_a_counter_a_camera_or_a_person_is_doubtful(number: str) -> None:
    assert find_doubtful(["S1", number, "S2"]) == (number,)


@pytest.mark.parametrize(
    "number",
    [
        "S1001",
        "007",
        "2023/CS/001",
        "2023_CS_001",
        "2023-001",
        "ab123",
        "k1234567",
        "学号123",
        "Ж77",
        "٣٤٥",
        "1.234.567",
        "imgard7",
        "2024A17",
        "2021-CS-07",
        "CSC_1001",
        "X_12345",
        "S1234567D",
        "1001a",
    ],
)
def test_what_looks_like_a_students_number_is_not_doubtful(number: str) -> None:
    assert find_doubtful([number]) == ()


def test_several_that_differ_in_a_counter_alone_are_doubtful() -> None:
    assert find_doubtful(["grace1", "grace2", "ada1", "S1", "S2", "STU01", "STU02"]) == ("grace1", "grace2")
    assert find_doubtful(["Grace_1", "Grace_2"]) == ("Grace_1", "Grace_2")
    assert find_doubtful(["1001a", "1001b", "S1234567D", "S1234568F"]) == ("1001a", "1001b")
    assert find_doubtful(["1001", "1001-B", "1002"]) == ("1001-B",)


def test_what_all_numbers_begin_with_is_no_name() -> None:
    assert find_doubtful(["Stud_1001", "Stud_1002", "Stud_1003", "Ada_1004"]) == ("Ada_1004",)
