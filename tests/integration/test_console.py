"""What the commands print reaches any console, and a pipe that is closed early ends them quietly."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.environment import ROOT, product_environment
from tests.fixtures.desk import Desk, make_desk
from tests.fixtures.patience import few

CONSOLES = {
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "strict": {"PYTHONIOENCODING": "ascii:strict"},
    "old locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""},
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
}

Run = subprocess.CompletedProcess[bytes]


@pytest.fixture(scope="module")
def enrolled(portraits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A student whose number and name no old console can show."""
    desk = make_desk(tmp_path_factory.mktemp("console"))
    (desk.photos / "Ж77 Ольга 😀").mkdir()
    shutil.copy(portraits["hopper"], desk.photos / "Ж77 Ольга 😀" / "фото.jpg")
    (desk.photos / "Ж77 Ольга 😀" / "плохое.jpg").write_text("This is no photo.")
    (desk.photos / "замечания.txt").touch()
    assert desk.encode().returncode == 0
    return desk


def environment_of(desk: Desk) -> dict[str, str]:
    return product_environment(
        gallery_path=str(desk.settings.path),
        gallery_key_file=str(desk.settings.key_file),
        database_url=desk.database_url,
        room="Зал 1",
    )


def run(desk: Desk, console: dict[str, str], *arguments: str) -> Run:
    return subprocess.run(
        [sys.executable, "-m", "recognizer", *arguments],
        cwd=ROOT,
        env=environment_of(desk) | console,
        capture_output=True,
        check=False,
        timeout=100,
    )


@pytest.mark.parametrize(
    ("command", "encoding"),
    few([("encode", "old locale"), *product(["gallery"], CONSOLES), ("encode", "strict")], 2),
)
def test_a_report_is_printed_whatever_the_consoles_encoding(enrolled: Desk, command: str, encoding: str) -> None:
    console = CONSOLES[encoding]
    photos = [str(enrolled.photos)] if command == "encode" else []
    done = run(enrolled, console, *command.split(), *photos)
    assert b"Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    assert ("Ж77" if encoding == "utf-8" else r"\u041677") in done.stdout.decode()


def test_an_error_that_names_what_the_console_cannot_show_is_still_one_line(enrolled: Desk) -> None:
    done = run(enrolled, CONSOLES["strict"], "gallery", "remove", "Ж78")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert b"is not enrolled" in done.stderr


@pytest.mark.parametrize("encoding", ["strict", "latin-1"])
def test_the_check_tells_numbers_apart_that_the_console_cannot_show(
    enrolled: Desk, migrated_sqlite: Path, encoding: str
) -> None:
    database = {"ROLLCALL_DATABASE_URL": f"sqlite:///{migrated_sqlite}"}
    done = run(enrolled, CONSOLES[encoding] | database, "check")
    assert r"no student has the number \u041677" in done.stdout.decode()


def test_numbers_are_whole_in_json_on_any_console(enrolled: Desk) -> None:
    done = run(enrolled, CONSOLES["strict"], "gallery", "--json")
    assert json.loads(done.stdout)["students"] == [{"number": "Ж77", "references": 1}]


@pytest.mark.parametrize("command", few(["check", "encode", "gallery", "gallery --json"], 1))
def test_a_pipe_closed_by_its_reader_ends_a_command_quietly(enrolled: Desk, command: str) -> None:
    photos = [str(enrolled.photos)] if command.startswith("encode") else []
    process = subprocess.Popen(
        [sys.executable, "-m", "recognizer", *command.split(), *photos],
        cwd=ROOT,
        env=environment_of(enrolled),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(100) == 141
    assert b"Traceback" not in errors
    assert b"BrokenPipe" not in errors
