"""``recognizer encode`` and the numbers of students: known, unknown, and doubtful ones."""

from __future__ import annotations

import json
import os
import pty
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.fixtures.desk import Desk, read_until, with_students
from tests.fixtures.patience import few, only_long


@only_long
def test_numbers_that_the_database_does_not_know_are_named(
    desk: Desk, portraits: dict[str, Path], migrated_sqlite: Path
) -> None:
    shutil.copy(portraits["hopper"], desk.photos / "S1001 Grace Hopper.jpg")
    shutil.copy(portraits["collins"], desk.photos / "S1002 Eileen Collins.png")
    with closing(sqlite3.connect(migrated_sqlite)) as connection, connection:
        connection.execute("INSERT INTO student (number, full_name, is_active) VALUES ('S1001', 'Grace Hopper', 1)")
    done = Desk(desk.photos, desk.settings, f"sqlite:///{migrated_sqlite}").encode()
    assert done.returncode == 0
    assert "the database does not know S1002: add this student in the portal" in done.stderr


def test_a_folders_name_is_matched_with_the_number_that_the_database_has(
    desk: Desk, portraits: dict[str, Path], migrated_sqlite: Path
) -> None:
    shutil.copy(portraits["hopper"], desk.photos / "2023_cs_001 Grace Hopper.jpg")
    shutil.copy(portraits["collins"], desk.photos / "s1002-2.png")
    shutil.copy(portraits["photographer"], desk.photos / "7_1 Somebody.png")
    done = with_students(desk, migrated_sqlite, "2023/CS/001", "S1002", "7/1", "7_1").encode("--json")
    report = json.loads(done.stdout)
    assert [(student["number"], student["known"]) for student in report["students"]] == [
        ("2023/CS/001", True),
        ("S1002", True),
    ]
    assert desk.store.load().students == ("2023/CS/001", "S1002")
    assert report["ambiguous"][0]["path"] == "7_1 Somebody.png"
    assert "7/1 and 7_1" in report["ambiguous"][0]["reason"]
    assert report["warnings"] == []
    assert done.returncode == 3


@only_long
def test_who_was_enrolled_in_another_spelling_gets_the_databases(hopper_enrolled: Desk, migrated_sqlite: Path) -> None:
    desk = hopper_enrolled
    desk.store.save(desk.store.load().renamed({"S1001": "s1001"}))
    done = with_students(desk, migrated_sqlite, "S1001").encode()
    assert done.returncode == 0
    assert "the references of s1001 are S1001's now" in done.stderr
    assert set(desk.store.load().numbers) == {"S1001"}


NOT_NUMBERS = ("1001_1.jpg", "1001-2.jpg", "IMG_2034.jpg", "Grace Hopper.jpg")


@pytest.fixture
def doubtful(desk: Desk, portraits: dict[str, Path]) -> Desk:
    """Photos named as people really name them."""
    for n, name in enumerate(NOT_NUMBERS):
        (desk.photos / name).write_bytes(portraits["hopper"].read_bytes() + b"%d" % n)
    return desk


def test_names_that_are_no_numbers_are_refused_where_nobody_can_be_asked(doubtful: Desk) -> None:
    done = subprocess_without_a_terminal(doubtful)
    assert done.returncode == 65
    assert "1001-2, 1001_1, Grace, IMG_2034" in done.stderr
    assert "--accept-names" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not doubtful.settings.path.exists()
    dry = doubtful.encode("--dry-run", "--json")
    assert dry.returncode == 0
    assert any("1001-2, 1001_1, Grace, IMG_2034" in warning for warning in json.loads(dry.stdout)["warnings"])


def subprocess_without_a_terminal(desk: Desk) -> subprocess.CompletedProcess[str]:
    process = desk.start("encode", str(desk.photos), stdin=subprocess.DEVNULL)
    output, errors = process.communicate(timeout=100)
    return subprocess.CompletedProcess([], process.returncode, output, errors)


@only_long
def test_names_that_were_accepted_once_are_not_asked_about_again(doubtful: Desk) -> None:
    assert doubtful.encode("--accept-names").returncode == 0
    assert doubtful.store.load().students == ("1001-2", "1001_1", "Grace", "IMG_2034")
    assert subprocess_without_a_terminal(doubtful).returncode == 0


@only_long
def test_a_number_that_the_database_knows_is_never_asked_about(doubtful: Desk, migrated_sqlite: Path) -> None:
    desk = with_students(doubtful, migrated_sqlite, "1001", "img_2034", "Grace")
    assert subprocess_without_a_terminal(desk).returncode == 0
    assert desk.store.load().students == ("1001", "Grace", "img_2034")


@pytest.mark.parametrize(("answer", "code"), few([(b"\n", 65), (b"y\n", 0), (b"n\n", 65), (b"\x04", 65)], 2))
def test_on_a_terminal_one_question_lists_the_names_and_no_is_the_answer_by_default(
    doubtful: Desk, answer: bytes, code: int
) -> None:
    ours, terminal = pty.openpty()
    process = doubtful.start(
        "encode", str(doubtful.photos), stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    )
    os.close(terminal)
    shown = read_until(ours, rb"\[y/N\]")
    assert b"1001-2, 1001_1, Grace, IMG_2034" in shown
    os.write(ours, answer)
    read_until(ours, None)
    os.close(ours)
    assert process.wait(60) == code
    assert doubtful.settings.path.exists() == (code == 0)


@pytest.fixture
def silent_server() -> Iterator[str]:
    """The address of a database server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@only_long
def test_a_database_that_does_not_answer_is_done_without(
    desk: Desk, portraits: dict[str, Path], silent_server: str
) -> None:
    shutil.copy(portraits["hopper"], desk.photos / "S1001.jpg")
    url = f"mysql+pymysql://recognizer:hunter2@{silent_server}/rollcall"
    done = Desk(desk.photos, desk.settings, url).encode()
    assert done.returncode == 0
    assert "the database did not answer" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert desk.store.load().students == ("S1001",)
