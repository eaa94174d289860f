"""A list of numbers and files beside the photos, as student systems export it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from recognizer.enrolment.numbering import Numbering
from recognizer.enrolment.photo_list import read_photo_list
from recognizer.errors import PhotoError

Given = Callable[..., Path]


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """Write a list, and empty files beside it under ``photos``."""

    def write(text: str | bytes, *files: str) -> Path:
        for name in files:
            (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "photos" / name).touch()
        (tmp_path / "photos").mkdir(exist_ok=True)
        (tmp_path / "list.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / "list.csv"

    return write


def photos_of(path: Path, numbering: Numbering | None = None) -> dict[str, list[str]]:
    folder = read_photo_list(path, path.parent / "photos", numbering)
    return {one.number: [folder.shown(photo) for photo in one.photos] for one in folder.students}


@pytest.mark.parametrize(
    "text",
    [
        "S1,a/1.jpg\nS2,2.png\nS1,3.jpg\n",
        "S1;a/1.jpg\r\nS2;2.png\r\nS1;3.jpg\r\n",
        "S1\ta\\1.jpg\n\nS2\t2.png\n\t\nS1\t3.jpg",
        "\ufeffFile,Faculty,Number\na/1.jpg,Law,S1\n2.png,,S2\n3.jpg,Law,S1\n",
        '"S1","a/1.jpg"\n"S2","2.png"\n" S1 ","3.jpg"\n',
        "S1,a/1.jpg\nS2,2.png\nS1,3.jpg\nS1,3.jpg\n",
    ],
    ids=["commas", "semicolons of Windows", "tabs and empty lines", "headings", "quotes", "a line twice"],
)
def test_a_list_says_whose_photo_is_which(given: Given, text: str) -> None:
    path = given(text, "a/1.jpg", "2.png", "3.jpg", "nobodys.jpg")
    assert photos_of(path) == {"S1": ["a/1.jpg", "3.jpg"], "S2": ["2.png"]}


def test_names_come_along_and_numbers_are_written_as_in_the_database(given: Given) -> None:
    path = given("number,name,file\n2023_cs_001,Zoë Nováková,1.jpg\ns2,,2.jpg\n", "1.jpg", "2.jpg")
    folder = read_photo_list(path, path.parent / "photos", Numbering(["2023/CS/001", "S2"]))
    assert [(one.number, one.name) for one in folder.students] == [("2023/CS/001", "Zoë Nováková"), ("S2", "")]


def test_what_is_missing_or_no_photo_is_told_and_its_student_is_not_forgotten(given: Given) -> None:
    path = given("S1,gone.jpg\nS2,text.doc\nS 3,3.jpg\n7_1,4.jpg\nS5,\nS6\n", "text.doc", "3.jpg", "4.jpg")
    folder = read_photo_list(path, path.parent / "photos", Numbering(["7/1"]))
    assert ("7/1", ("4.jpg",)) in [(one.number, tuple(map(folder.shown, one.photos))) for one in folder.students]
    assert [(one.number, one.photos) for one in folder.students if not one.photos] == [
        (number, ()) for number in ("S1", "S2", "S5", "S6")
    ]
    told = {folder.shown(one.path): one.reason for one in (*folder.ignored, *folder.ambiguous)}
    assert told["gone.jpg"] == "in line 1 of the list, but not there"
    assert told["text.doc"].startswith("not a photo")
    assert told["3.jpg"].startswith("line 3 of the list has no student number: ")
    # It may be anybody's photo, so that somebody is not enrolled.
    assert [folder.shown(one.path) for one in folder.ambiguous] == ["3.jpg"]


def test_a_file_is_found_whose_name_the_list_spells_in_another_way(given: Given) -> None:
    apart = unicodedata.normalize("NFD", "Zoë.jpg")
    path = given("S1,FOTOS\\A.JPG\nS2,Zoë.jpg\nS3,b.JPG\n", "Fotos/a.jpg", apart, "b.jpg", "B.jpg")
    assert photos_of(path) == {"S1": ["Fotos/a.jpg"], "S2": [apart], "S3": []}  # b.jpg or B.jpg: nobody knows.


def test_a_number_written_in_another_case_further_down_is_the_same_student(given: Given) -> None:
    path = given("S1,1.jpg\ns1,2.jpg\nＳ１,3.jpg\n", "1.jpg", "2.jpg", "3.jpg")
    assert photos_of(path) == {"S1": ["1.jpg", "2.jpg", "3.jpg"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "lists no photos"),
        ("number,file\n", "lists no photos"),
        ("S1,../secret.jpg\n", "line 1 of the list .* names a file outside of"),
        ("S1,/etc/secret.jpg\n", "names a file outside of"),
        ("S1,a/../../secret.jpg\n", "names a file outside of"),
        ("S1,link/secret.jpg\n", "names a file outside of"),
        (f"S1,{'n' * 300}.jpg\n", "line 1 of the list .* names a file that cannot be looked up: nnn"),
        ("S1,1\0.jpg\n", "names a file that cannot be looked up: 1�.jpg"),
        ("S1,/etc/secret\n", "names no photo"),
        ("Number,Photo\nS1,1.jpg\n", "line 1 of the list .* names no photo: Photo; give the columns the headings"),
        ("Matrikelnummer;Datei\nS1;1.jpg\n", "names no photo: Datei"),
        ("1.jpg,S1\n2.jpg,S2\n", "names no photo: S1; .* write the number first and the file second"),
        ("S1\n", "line 1 of the list .* names no photo; give the columns the headings"),
        ("S1,1.jpg\n,2.jpg\n", "line 2 of the list .* lacks a student's number"),
        ("number,File,NUMBER\nS1,1.jpg,7\n", "has two columns number"),
        ('S1,"1.jpg\n', "is no CSV"),
        ("Zoë,1.jpg\n".encode("latin-1"), "is not in UTF-8"),
    ],
)
def test_a_list_that_cannot_be_followed_is_refused_as_a_whole(given: Given, text: str | bytes, expected: str) -> None:
    path = given(text, "1.jpg", "2.jpg")
    (path.parent / "photos" / "link").symlink_to(path.parent)
    with pytest.raises(PhotoError, match=expected):
        read_photo_list(path, path.parent / "photos")


@pytest.mark.parametrize("spelled", [".", "../photos", "../photos/../photos"])
def test_the_folder_may_be_named_from_wherever_one_stands(
    given: Given, monkeypatch: pytest.MonkeyPatch, spelled: str
) -> None:
    path = given("S1,1.jpg\nS2,a/2.jpg\n", "1.jpg", "a/2.jpg")
    monkeypatch.chdir(path.parent / "photos")
    folder = read_photo_list(path, Path(spelled))
    assert [one.number for one in folder.students] == ["S1", "S2"]
    assert not folder.ignored


def test_a_link_that_leads_to_itself_is_a_file_that_is_not_there(given: Given) -> None:
    path = given("S1,loop.jpg\nS1,loop.jpg/1.jpg\nS1,1.jpg\n", "1.jpg")
    (path.parent / "photos" / "loop.jpg").symlink_to("loop.jpg")
    folder = read_photo_list(path, path.parent / "photos")
    assert [one.reason for one in folder.ignored] == [f"in line {line} of the list, but not there" for line in (1, 2)]
    assert photos_of(path) == {"S1": ["1.jpg"]}


def test_a_list_or_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="there is no folder"):
        read_photo_list(tmp_path / "list.csv", tmp_path / "photos")
    (tmp_path / "photos").mkdir()
    with pytest.raises(PhotoError, match=r"list\.csv cannot be read \(No such file or directory\)"):
        read_photo_list(tmp_path / "list.csv", tmp_path / "photos")


@pytest.mark.parametrize("endless", ["/dev/zero", "a large file"])
def test_a_list_that_never_ends_is_told_and_not_read_whole(tmp_path: Path, endless: str) -> None:
    (tmp_path / "photos").mkdir()
    path = Path(endless)
    if not path.is_absolute():
        path = tmp_path / "list.csv"
        with path.open("wb") as file:
            file.truncate(2**40)
    with pytest.raises(PhotoError, match="is larger than 64 MB: expected a CSV of photos"):
        read_photo_list(path, tmp_path / "photos")
