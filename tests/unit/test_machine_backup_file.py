"""The file of `recognizer backup`, where it is damaged or made by somebody who means harm."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from recognizer.errors import BackupError
from recognizer.storage.files import machine_backup
from tests.fixtures.spoilt_zip import NESTED, claim_size, damaged_copies, make_zip

AT = datetime(2026, 10, 5, 9)  # noqa: DTZ001 - naive UTC
MEMBERS = {"recognizer.toml": b'room = "A 101"\n' * 20, "gallery.key": b"0" * 64, "outbox.sqlite3": b"rows" * 100}
ABOUT = json.dumps({"rollcall_recognizer_backup": 1, "made_at": "now", "files": ["outbox.sqlite3"]})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "room.zip"
    machine_backup.write(path, MEMBERS, AT, "0.2.0")
    return path


def test_however_a_file_is_damaged_it_is_read_as_it_was_or_refused_in_one_line(path: Path) -> None:
    refused = 0
    for copy in damaged_copies(path.read_bytes(), 1000):
        path.write_bytes(copy)
        try:
            _, members = machine_backup.read(path)
        except BackupError as error:
            refused += 1
            assert "\n" not in str(error)
        else:
            assert list(members.values()) == list(MEMBERS.values())
    assert refused > 500


@pytest.mark.parametrize("about", ["[]", "{}", '{"rollcall_recognizer_backup": 1}', NESTED, "null", ""])
def test_what_says_nothing_of_itself_is_no_backup(path: Path, about: str) -> None:
    make_zip(path, {"about.json": about})
    with pytest.raises(BackupError, match="is no backup of a recognizer"):
        machine_backup.read(path)


def test_a_small_file_that_would_fill_the_memory_is_refused_before_it_is_unpacked(path: Path) -> None:
    make_zip(path, {"about.json": ABOUT, "outbox.sqlite3": "0" * 1000})
    assert machine_backup.read(path)[1]
    claim_size(path, "outbox.sqlite3", machine_backup.MOST_BYTES)
    with pytest.raises(BackupError, match="more than 1024 MB"):
        machine_backup.read(path)


def test_what_could_not_be_restored_for_its_size_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_backup, "MOST_BYTES", 500)
    with pytest.raises(BackupError, match=r"outbox\.sqlite3 is too large"):
        machine_backup.write(tmp_path / "large.zip", MEMBERS, AT, "0.2.0")
    assert list(tmp_path.iterdir()) == []
