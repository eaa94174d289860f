"""``recognizer encode`` and ``recognizer gallery`` as an admin types them."""

from __future__ import annotations

import json
import os
import pickle
import pty
import re
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests.fixtures.desk import Desk, make_desk, read_until, with_students
from tests.fixtures.hostile import Hostile, signed
from tests.fixtures.patience import IS_LONG, only_long
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
    for orientation, store in tuple(STORED.items())[: None if IS_LONG else 2]:
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


@only_long
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


@only_long
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


def test_an_export_of_photos_with_a_list_is_enrolled_without_a_question(desk: Desk, portraits: dict[str, Path]) -> None:
    shutil.copy(portraits["hopper"], desk.photos / "000123.png")
    shutil.copy(portraits["collins"], desk.photos / "IMG_0007.png")
    listed = desk.photos.parent / "export.csv"
    listed.write_text("number;name;file\n1001_1;Grace Hopper;000123.png\nS7;Eileen Collins;gone.png\n")
    done = desk.encode("--from-csv", str(listed), "--json")
    assert done.returncode == 3
    report = json.loads(done.stdout)
    assert [(one["number"], one["name"], one["references"]) for one in report["students"]] == [
        ("1001_1", "Grace Hopper", 1),
        ("S7", "Eileen Collins", 0),
    ]
    assert report["ignored"] == [{"path": "gone.png", "reason": "in line 3 of the list, but not there"}]
    assert desk.store.load().students == ("1001_1",)


@only_long
def test_an_audit_lists_who_needs_which_photos_and_writes_nothing(desk: Desk, portraits: dict[str, Path]) -> None:
    shutil.copy(portraits["hopper"], desk.photos / "S1001 Grace Hopper.png")
    Image.new("RGB", (300, 300), "grey").save(desk.photos / "S1002.png")
    done = desk.encode("--audit")
    assert done.returncode == 3
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith(" S100")]
    assert [line[0] for line in lines] == ["S1002", "S1001"]
    assert "add two photos of other days" in done.stdout
    assert "2 students; no good photo: 1; one photo only: 1" in done.stdout
    assert not desk.settings.path.exists()
    (worst, other) = json.loads(desk.encode("--audit", "--json").stdout)
    assert (worst["number"], worst["missed"], worst["findings"]) == ("S1002", "always", ["no good photo"])
    assert worst["refused"] == [{"photo": "S1002.png", "reason": "no face", "detail": ""}]
    assert (other["number"], other["photos"], other["missed"]) == ("S1001", 1, "often")


@only_long
def test_an_audit_tells_also_what_is_nobodys_photo(desk: Desk, portraits: dict[str, Path]) -> None:
    shutil.copy(portraits["hopper"], desk.photos / "S1001.png")
    (desk.photos / "list.csv").write_text("S1001,S1001.png\nS1002,gone.png\nS 1003,S1001.png\n")
    done = desk.encode("--audit", "--from-csv", str(desk.photos / "list.csv"))
    assert done.returncode == 3
    assert "gone.png: in line 2 of the list, but not there" in done.stderr
    assert "Refused  S1001.png: line 3 of the list has no student number" in done.stderr


@only_long
def test_a_colour_photo_on_a_large_page_is_not_called_greyscale(desk: Desk, portraits: dict[str, Path]) -> None:
    page = Image.new("RGB", (1600, 2200), "white")
    page.paste(Image.open(portraits["hopper"]).convert("RGB").resize((300, 370)), (200, 200))
    page.save(desk.photos / "S1001.png")
    (only,) = json.loads(desk.encode("--audit", "--json").stdout)
    assert only["findings"] == ["one photo only"]


@only_long
def test_a_dry_run_judges_and_writes_nothing(desk: Desk, portraits: dict[str, Path]) -> None:
    shutil.copy(portraits["hopper"], desk.photos / "S1001.jpg")
    done = desk.encode("--dry-run", "--json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert report["dry_run"] is True
    assert report["students"][0]["accepted"] == [{"photo": "S1001.jpg", "new": True, "renewed": False}]
    assert not desk.settings.path.parent.exists()


@only_long
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


@only_long
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


@only_long
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


@only_long
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
