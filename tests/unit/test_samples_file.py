"""What lessons taught, on disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import numpy as np
import pytest

from recognizer.cli import build_parser
from recognizer.commands import gallery as gallery_command
from recognizer.config.configuration import Config, GalleryConfig
from recognizer.errors import GalleryError
from recognizer.storage.files.gallery_file import SignedGalleryFile
from recognizer.storage.files.gallery_key import load_keys
from recognizer.storage.files.samples_file import MAGIC, SignedSamplesFile
from recognizer.storage.files.sealing import Key, KeyRing
from recognizer.storage.files.signed_pickle import read_signed, write_signed
from tests.fixtures.lessons import face, gallery, lesson_sample

SAMPLES = [lesson_sample(face(0.2)), lesson_sample(face(0.3, 4), 2, is_vouched=True)]
ROOM = "A 101"


class Files:
    def __init__(self, folder: Path) -> None:
        self.gallery = GalleryConfig(path=folder / "gallery.pkl", key_file=folder / "gallery.key")
        SignedGalleryFile(self.gallery).save(gallery())
        self.path = folder / "state" / "learned.pkl"

    def store(self, room: str = ROOM) -> SignedSamplesFile:
        return SignedSamplesFile(self.path, room, self.gallery)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_samples_come_back_as_they_were_saved(files: Files) -> None:
    assert files.store().load() == []
    files.store().save(SAMPLES)
    assert files.store().load() == SAMPLES


def test_only_its_owner_may_read_the_file(files: Files) -> None:
    before = os.umask(0)
    try:
        files.store().save(SAMPLES)
    finally:
        os.umask(before)
    assert stat.S_IMODE(files.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.path.parent.stat().st_mode) == 0o700


def test_each_save_is_another_version_and_none_is_left_where_nothing_is_kept(files: Files) -> None:
    assert files.store().version() is None
    files.store().save(SAMPLES)
    before = files.store().version()
    files.store().save(SAMPLES[:1])
    assert files.store().version() not in (None, before)
    files.store().save([])
    assert files.store().version() is None
    files.store().forget()


def test_what_another_room_was_taught_is_none_of_this_one(files: Files) -> None:
    files.store().save(SAMPLES)
    assert files.store("B 202").load() == []


@pytest.mark.parametrize("fault", ["other key", "one bit", "cut short", "empty", "other file"])
def test_what_was_changed_or_signed_with_another_key_is_refused(files: Files, fault: str) -> None:
    files.store().save(SAMPLES)
    whole = files.path.read_bytes()
    match fault:
        case "other key":
            files.gallery.key_file.write_text("k" * 64)
        case "one bit":
            files.path.write_bytes(whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:])
        case "cut short":
            files.path.write_bytes(whole[: len(whole) // 2])
        case "empty":
            files.path.write_bytes(b"")
        case "other file":
            files.path.write_bytes(files.gallery.path.read_bytes())
    with pytest.raises(GalleryError, match="what lessons taught"):
        files.store().load()


class Code:
    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("touched"),)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"model": "another"},
        {"encodings": np.full((2, 128), np.nan, np.float32)},
        {"encodings": np.zeros((1, 128), np.float32)},
        {"encodings": np.zeros((2, 64), np.float32)},
        {"samples": [{}, {}]},
        {"samples": None},
    ],
    ids=lambda change: "-".join(change),
)
def test_what_does_not_fit_together_is_refused_though_it_is_signed(files: Files, change: dict[str, object]) -> None:
    files.store().save(SAMPLES)
    key = load_keys(files.gallery).in_use
    content = read_signed(files.path, MAGIC, KeyRing((key,)))
    write_signed(files.path, MAGIC, content | change, key, key.seal)
    with pytest.raises(GalleryError):
        files.store().load()


def test_nothing_in_the_file_is_run(files: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    key = load_keys(files.gallery).in_use
    write_signed(files.path, MAGIC, {"room": Code()}, key, key.seal)
    with pytest.raises(GalleryError, match="damaged"):
        files.store().load()
    assert not (tmp_path / "touched").exists()


def test_a_folder_that_takes_nothing_is_a_line_and_the_old_file_stays(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.store().save(SAMPLES)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GalleryError, match="cannot be written"):
        files.store().save(SAMPLES[:1])
    assert files.store().load() == SAMPLES
    assert [path.name for path in files.path.parent.iterdir()] == ["learned.pkl"]


def test_a_student_is_not_taken_out_where_what_was_learned_cannot_be_looked_for(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config(room=ROOM, state_dir=files.path.parent, gallery=files.gallery)
    files.path.parent.mkdir()
    files.path.with_name("learned.pkl").write_bytes(b"")
    exists = Path.exists

    def look(path: Path) -> bool:
        if path == files.path:
            raise PermissionError(13, "Permission denied")
        return exists(path)

    monkeypatch.setattr(Path, "exists", look)
    arguments = build_parser().parse_args(["gallery", "remove", "S1"])
    with pytest.raises(GalleryError, match="cannot be looked for"):
        gallery_command.execute(arguments, config)
    assert SignedGalleryFile(files.gallery).load().students == ("S1", "S2")


@pytest.mark.parametrize("fault", ["other key", "other room", "damaged"])
def test_a_student_is_taken_out_with_a_file_that_cannot_be_used(files: Files, fault: str) -> None:
    files.store("B 202" if fault == "other room" else ROOM).save(SAMPLES)
    if fault == "other key":
        write_signed(files.path, MAGIC, {}, Key(b"k" * 64), Key(b"k" * 64).seal)
    elif fault == "damaged":
        files.path.write_bytes(b"rollcall samples")
    config = Config(room=ROOM, state_dir=files.path.parent, gallery=files.gallery)
    assert gallery_command.execute(build_parser().parse_args(["gallery", "remove", "S1"]), config) == 0
    assert not files.path.exists()
    assert SignedGalleryFile(files.gallery).load().students == ("S2",)


def test_other_students_keep_what_they_taught(files: Files) -> None:
    other = lesson_sample(face(1.0, 9), 1, "S2")
    files.store().save([*SAMPLES, other])
    config = Config(room=ROOM, state_dir=files.path.parent, gallery=files.gallery)
    assert gallery_command.execute(build_parser().parse_args(["gallery", "remove", "s1"]), config) == 0
    assert files.store().load() == [other]
