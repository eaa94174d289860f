"""``recognizer encode`` and ``recognizer gallery`` as an admin types them."""

from __future__ import annotations

import json
import os
import pickle
import pty
import re
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests.fixtures.desk import Desk, make_desk
from tests.fixtures.hostile import Hostile, signed
from tests.fixtures.photos import STORED, bomb, save

UNCHECKED = "the database did not answer: whether it knows these student numbers was not checked"


def fill(photos: Path, portraits: dict[str, Path]) -> None:
    """A folder with all that can go right or wrong."""
    with Image.open(portraits["hopper"]) as photo:
        hopper = photo.convert("RGB")
    with Image.open(portraits["collins"]) as photo:
        collins = photo.convert("RGB")
    for folder in ("S1 Grace Hopper", "S2 Zoë Nováková 王小明", "S3 Nobody Good", "S4"):
        (photos / folder).mkdir()
    for orientation, store in STORED.items():
        save(store(np.array(hopper)), photos / "S1 Grace Hopper" / f"turned {orientation}.jpg", orientation)
    collins.save(photos / "S2 Zoë Nováková 王小明" / "porträt.webp")
    bad = photos / "S3 Nobody Good"
    (bad / "text.jpg").write_text("This is no photo.")
    (bad / "truncated.jpg").write_bytes(portraits["hopper"].read_bytes()[:20_000])
    bomb(bad / "bomb.png", 10_000, 10_001)
    Image.new("RGB", (400, 400), "grey").save(bad / "none.png")
    hopper.resize((hopper.width // 4, hopper.height // 4)).save(bad / "tiny.png")
    hopper.filter(ImageFilter.GaussianBlur(9)).save(bad / "blurred.png")
    two = Image.new("RGB", (1024, 512))
    two.paste(collins, (0, 0))
    two.paste(hopper.resize((384, 450)), (560, 0))
    two.save(bad / "two.png")
    shutil.copy(portraits["collins"], photos / "S5 Eileen Collins.png")
    shutil.copy(portraits["photographer"], photos / "S6 A Photographer.png")
    (photos / "readme.txt").touch()


@dataclass(frozen=True)
class Encoded:
    """The folder above, after one encode with --json."""

    desk: Desk
    code: int
    errors: str
    report: dict[str, Any]

    def reasons(self, number: str) -> dict[str, str]:
        student = next(student for student in self.report["students"] if student["number"] == number)
        return {Path(photo["photo"]).name: photo["reason"] for photo in student["refused"]}


@pytest.fixture(scope="module")
def encoded(portraits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Encoded:
    desk = make_desk(tmp_path_factory.mktemp("encode"))
    fill(desk.photos, portraits)
    done = desk.encode("--json")
    return Encoded(desk, done.returncode, done.stderr, json.loads(done.stdout))


def test_a_photo_is_accepted_however_the_camera_was_held(encoded: Encoded) -> None:
    assert encoded.desk.store.load().count_references("S1") == 8
    assert encoded.reasons("S1") == {}


def test_every_bad_photo_is_refused_with_its_reason(encoded: Encoded) -> None:
    assert encoded.reasons("S3") == {
        "text.jpg": "unreadable",
        "truncated.jpg": "unreadable",
        "bomb.png": "unreadable",
        "none.png": "no face",
        "tiny.png": "too small",
        "blurred.png": "too blurred",
        "two.png": "several faces",
    }
    assert encoded.reasons("S6") == {"S6 A Photographer.png": "no face"}


def test_a_student_without_a_good_photo_makes_the_exit_code_3_and_the_others_are_enrolled(encoded: Encoded) -> None:
    assert encoded.code == 3
    assert encoded.report["without_good_photo"] == ["S3", "S4", "S6"]
    assert encoded.desk.store.load().students == ("S1", "S2", "S5")


def test_names_may_be_of_any_script(encoded: Encoded) -> None:
    student = encoded.report["students"][1]
    assert student["name"] == "Zoë Nováková 王小明"
    assert [photo["photo"] for photo in student["accepted"]] == ["S2 Zoë Nováková 王小明/porträt.webp"]


def test_json_is_all_that_is_printed(encoded: Encoded) -> None:
    assert encoded.errors == ""
    assert encoded.report["ignored"] == [
        {"path": "readme.txt", "reason": "not a photo (JPEG, PNG, WebP, AVIF, TIFF, BMP, GIF)"}
    ]
    assert [warning.split(" (")[0] for warning in encoded.report["warnings"]] == ["S2 and S5 look alike", UNCHECKED]
    assert encoded.report["numbers_checked"] is False


def test_encoding_again_changes_nothing_and_says_so_in_a_table(encoded: Encoded) -> None:
    before = encoded.desk.settings.path.stat()
    done = encoded.desk.encode()
    assert done.returncode == 3
    assert re.search(r"S1 +Grace Hopper +8 \(8 unchanged\)", done.stdout)
    assert re.search(r"S3 +Nobody Good +none +blurred\.png", done.stdout)
    assert re.search(r"truncated\.jpg +unreadable: damaged or cut short", done.stdout)
    assert "Nothing new for" in done.stdout
    assert "readme.txt" in done.stderr
    assert "S4 has no good photo and is not enrolled" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    after = encoded.desk.settings.path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_good_folder_is_enrolled_with_exit_code_0_and_listed(desk: Desk, portraits: dict[str, Path]) -> None:
    (desk.photos / "S1001 Grace Hopper").mkdir()
    shutil.copy(portraits["hopper"], desk.photos / "S1001 Grace Hopper" / "portrait.jpg")
    shutil.copy(portraits["collins"], desk.photos / "S1002 Eileen Collins.png")
    done = desk.encode()
    assert (done.returncode, done.stderr.strip()) == (0, f"Warning  {UNCHECKED}")
    assert re.search(r"S1002 +Eileen Collins +1", done.stdout)
    assert "2 new references" in done.stdout
    listed = desk.run("gallery")
    assert listed.returncode == 0
    assert re.search(r"S1001 +1\b[^S]*S1002 +1\b", listed.stdout)


def test_a_dry_run_judges_and_writes_nothing(desk: Desk, portraits: dict[str, Path]) -> None:
    shutil.copy(portraits["hopper"], desk.photos / "S1001.jpg")
    done = desk.encode("--dry-run", "--json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert report["dry_run"] is True
    assert report["students"][0]["accepted"] == [{"photo": "S1001.jpg", "new": True, "renewed": False}]
    assert not desk.settings.path.parent.exists()


def test_a_hostile_gallery_is_refused_untouched_and_not_run(hopper_enrolled: Desk, tmp_path: Path) -> None:
    desk, evidence = hopper_enrolled, tmp_path / "evidence"
    hostile = pickle.dumps(Hostile(evidence))
    signed_hostile = signed(hostile, desk.settings.key_file.read_bytes().strip())
    encode, remove = ("encode", str(desk.photos)), ("gallery", "remove", "S1001")
    for data, command in ((hostile, encode), (signed_hostile, encode), (signed_hostile, remove)):
        desk.settings.path.write_bytes(data)
        done = desk.run(*command)
        assert (done.returncode, done.stdout) == (65, "")
        assert "move it away and enrol again" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert desk.settings.path.read_bytes() == data
    assert not evidence.exists()


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


def with_students(desk: Desk, database: Path, *numbers: str) -> Desk:
    """The same desk with a database that has these students."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for number in numbers:
            connection.execute("INSERT INTO student (number, full_name, is_active) VALUES (?, 'Somebody', 1)", [number])
    return Desk(desk.photos, desk.settings, f"sqlite:///{database}")


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


def test_names_that_were_accepted_once_are_not_asked_about_again(doubtful: Desk) -> None:
    assert doubtful.encode("--accept-names").returncode == 0
    assert doubtful.store.load().students == ("1001-2", "1001_1", "Grace", "IMG_2034")
    assert subprocess_without_a_terminal(doubtful).returncode == 0


def test_a_number_that_the_database_knows_is_never_asked_about(doubtful: Desk, migrated_sqlite: Path) -> None:
    desk = with_students(doubtful, migrated_sqlite, "1001", "img_2034", "Grace")
    assert subprocess_without_a_terminal(desk).returncode == 0
    assert desk.store.load().students == ("1001", "Grace", "img_2034")


@pytest.mark.parametrize(("answer", "code"), [(b"\n", 65), (b"n\n", 65), (b"\x04", 65), (b"y\n", 0)])
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


def test_two_encodes_at_once_lose_nothing(hopper_enrolled: Desk) -> None:
    desk = hopper_enrolled
    with desk.store.held(on_wait=pytest.fail):
        gallery = desk.store.load()
        second = desk.start("encode", str(desk.photos))
        assert second.stderr is not None
        assert second.stderr.readline().startswith("Waiting for another encode")
        desk.store.save(gallery.with_reference("S7", "c" * 64, np.full(128, 0.5, np.float32)))
    second.communicate(timeout=100)
    assert second.returncode == 0
    assert desk.store.load().numbers == ("S1001", "S1001", "S7", "S1001")


def test_a_terminal_shows_progress_and_ctrl_c_keeps_what_was_encoded(desk: Desk, portraits: dict[str, Path]) -> None:
    portrait = portraits["hopper"].read_bytes()
    for n in range(100):
        # Different files, for the decoder ignores what follows the image.
        (desk.photos / f"S1 Grace Hopper {n}.jpg").write_bytes(portrait + b"%d" % n)
    ours, terminal = pty.openpty()
    process = desk.start(
        "encode", str(desk.photos), stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    )
    os.close(terminal)
    shown = read_until(ours, rb" [3-9]\S*/100")
    process.send_signal(signal.SIGINT)
    shown += read_until(ours, None)
    os.close(ours)
    assert process.wait(60) == 130
    text = shown.decode()
    assert "━" in text
    assert "Interrupted; run the same command again to go on" in text
    references = desk.store.load().count_references("S1")
    assert 3 <= references < 100
    assert re.search(rf"\b{references} new references", text)


def read_until(terminal: int, pattern: bytes | None, seconds: float = 60) -> bytes:
    """What a terminal shows until it matches, or without a pattern to its end."""
    shown, deadline = b"", time.monotonic() + seconds
    while not (pattern and re.search(pattern, re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", shown))):
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, shown.decode(errors="replace")
        try:
            more = os.read(terminal, 4096)
        except OSError:  # Linux says so when the last program has closed it.
            more = b""
        if not more:
            assert pattern is None, shown.decode(errors="replace")
            return shown
        shown += more
    return shown


def test_a_student_is_removed_by_number(hopper_enrolled: Desk) -> None:
    desk = hopper_enrolled
    assert json.loads(desk.run("gallery", "--json").stdout)["students"] == [{"number": "S1001", "references": 2}]
    unknown = desk.run("gallery", "remove", "S101")
    assert unknown.returncode == 1
    assert "S101 is not enrolled; did you mean S1001?" in unknown.stderr
    removed = desk.run("gallery", "remove", "S1001")
    assert removed.returncode == 0
    assert "Removed S1001 with 2 references" in removed.stdout
    assert "Nobody is enrolled yet" in desk.run("gallery").stdout


def test_a_renumbered_student_keeps_the_references(hopper_enrolled: Desk) -> None:
    desk = hopper_enrolled
    faulty = desk.run("gallery", "rename", "S1001", "S 2001")
    assert faulty.returncode == 1
    assert "a blank, U+0020 SPACE" in faulty.stderr
    renamed = desk.run("gallery", "rename", "s1001", "S2001")
    assert (renamed.returncode, renamed.stdout) == (0, "S1001 is S2001 now, with 2 references.\n")
    assert desk.store.load().numbers == ("S2001", "S2001")
    # Nor does case count in taking a student out.
    assert desk.run("gallery", "remove", "s2001").returncode == 0
    assert desk.store.load().numbers == ()


def test_check_names_enrolled_numbers_that_no_student_has(
    hopper_enrolled: Desk, migrated_sqlite: Path, tmp_path: Path
) -> None:
    configuration = tmp_path / "recognizer.toml"
    configuration.write_text('room = "Hall 1"\n[[cameras]]\nname = "front"\nsource = "none.mp4"\n')
    desk = with_students(hopper_enrolled, migrated_sqlite, "S2001")
    done = desk.run("--config", str(configuration), "check")
    assert done.returncode == 1
    assert "numbers: no student has the number S1001" in done.stdout
    assert "roster: no students on the rosters" in done.stdout


def test_a_folder_without_students_is_refused_in_one_line(desk: Desk) -> None:
    done = desk.encode()
    assert (done.returncode, done.stdout) == (65, "")
    assert "holds no student's photos" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_help_says_how_to_lay_out_the_folder_and_what_the_exit_codes_mean(desk: Desk) -> None:
    told = desk.run("encode", "--help").stdout
    assert "PHOTOS/S1001 Grace Hopper/front.jpg" in told
    assert "3    a student has no good photo" in told
