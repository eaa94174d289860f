"""The file that says which group each person of an evaluation is of."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizer.errors import PhotoError
from recognizer.evaluation.groupings import read_groupings

PEOPLE = ["S1001 Ada Lovelace", "S1002", "müller"]


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "groups.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_each_column_is_a_grouping_and_people_go_by_folder_or_number(tmp_path: Path) -> None:
    text = "number,sex,age\ns1001,f,18-24\nS1002,m,25-34\n\nMu\u0308ller,f,18-24\n".replace("Mu", "mu")
    sex, age = read_groupings(write(tmp_path, text), PEOPLE)
    assert (sex.name, sex.groups) == ("sex", ["f", "m"])
    assert sex.group_of == {"S1001 Ada Lovelace": "f", "S1002": "m", "müller": "f"}
    assert age.groups == ["18-24", "25-34"]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_spreadsheets_delimiter_and_byte_order_mark_are_understood(tmp_path: Path, delimiter: str) -> None:
    text = "\ufeffFolder,sex\nS1001 Ada Lovelace,f\nS1002,m\nmüller,m\n".replace(",", delimiter)
    (sex,) = read_groupings(write(tmp_path, text), PEOPLE)
    assert sex.groups == ["f", "m"]


@pytest.mark.parametrize(
    "text",
    [
        "number,sex,\nS1001,f,\nS1002,m,\nmüller,m,\n",
        "number,sex,,\nS1001,f\nS1002,m,,,\nmüller,m,\u00a0\n,,,\n",
        "number;sex;;\nS1001;f;;\nS1002;m;;\nmüller;m;;\n",
    ],
)
def test_empty_columns_and_lines_that_a_spreadsheet_exports_too_are_no_matter(tmp_path: Path, text: str) -> None:
    (sex,) = read_groupings(write(tmp_path, text), PEOPLE)
    assert (sex.name, sex.groups) == ("sex", ["f", "m"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty: expected a first line such as number,sex,age"),
        ("number\nS1001\nS1002\nmüller\n", "does not name its columns"),
        ("S1001,f\nS1002,m\nmüller,m\n", "does not name its columns"),
        ("number,sex,\nS1001,f,a\nS1002,m,b\nmüller,m,a\n", "must give each column a name of its own"),
        ("number,,sex\nS1001,,f\nS1002,,m\nmüller,,m\n", "must give each column a name of its own"),
        ("number,,\nS1001,,\nS1002,,\nmüller,,\n", "does not name its columns"),
        ("number,sex,sex\nS1001,f,a\nS1002,m,b\nmüller,m,a\n", "must give each column a name of its own"),
        ("number,sex\nS1001,f\nS1002,m\nmüller,m\nS9,f\n", "people who have no folder: S9; take their lines out"),
        ("number,sex\nS1001,f\nS1002,m\n", "has no line for müller: add one for each"),
        (
            "number,sex\nS1001,f\nS1002,\nmüller,m\n",
            "line 3 of the list of groups .* gives no sex: give one, or wr",
        ),
        ("number,sex,age\nS1001,f,1\nS1002,m\nmüller,m,2\n", "line 3 of the list of groups .* gives no age"),
        ("number,sex\nS1001,f\nS1002,m,x\nmüller,m\n", "line 3 of the list of groups .* more cells than the first"),
        ("number,sex\nS1001,f\ns1001,m\nS1002,m\nmüller,m\n", "line 3 of the list of groups .* names s1001 once more"),
        ("number,sex\nS1001,f\nS1002,f\nmüller,f\n", "all people are of one sex .*: leave that column out"),
        ('number,sex\nS1001,"f\nS1002,m\n', "is no CSV"),
    ],
)
def test_a_file_that_is_not_right_is_refused_with_what_to_do(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PhotoError, match=words):
        read_groupings(write(tmp_path, text), PEOPLE)


def test_years_are_no_groups(tmp_path: Path) -> None:
    people = [f"S{index}" for index in range(40)]
    text = "number,age\n" + "".join(f"{name},{20 + index}\n" for index, name in enumerate(people))
    with pytest.raises(PhotoError, match=r"age has 40 groups .* put them together, such as years into 18-24"):
        read_groupings(write(tmp_path, text), people)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="cannot be read"):
        read_groupings(tmp_path / "away.csv", PEOPLE)
    with pytest.raises(PhotoError, match="not in UTF-8"):
        read_groupings(write(tmp_path, "number,sex\nmüller,m\n", "latin-1"), PEOPLE)


def test_a_number_that_two_folders_have_names_neither(tmp_path: Path) -> None:
    text = "number,sex\nS1,f\n"
    with pytest.raises(PhotoError, match="no folder: S1;"):
        read_groupings(write(tmp_path, text), ["S1 Ada", "S1 Bob"])


@pytest.mark.parametrize("other", ["18 TO 24", "18  to 24", "18\u00a0to 24", " 18 to 24 ", "\uff11\uff18 to 24"])
def test_one_group_that_is_spelt_in_two_ways_stays_one_group(tmp_path: Path, other: str) -> None:
    text = f"number,age\nS1001,18 to 24\nS1002,{other}\nmüller,25 to 34\n"
    (age,) = read_groupings(write(tmp_path, text), PEOPLE)
    assert age.groups == ["18 to 24", "25 to 34"]
    assert age.group_of["S1002"] == "18 to 24"


def test_one_group_in_two_spellings_is_no_comparison(tmp_path: Path) -> None:
    text = "number,sex\nS1001,f\nS1002,F\nmüller,f\n"
    with pytest.raises(PhotoError, match="all people are of one sex"):
        read_groupings(write(tmp_path, text), PEOPLE)


@pytest.mark.parametrize("headings", ["Sex,sex", "age group,age  group"])
def test_one_heading_in_two_spellings_is_refused(tmp_path: Path, headings: str) -> None:
    text = f"number,{headings}\nS1001,f,a\nS1002,m,b\nmüller,m,a\n"
    with pytest.raises(PhotoError, match="must give each column a name of its own"):
        read_groupings(write(tmp_path, text), PEOPLE)
