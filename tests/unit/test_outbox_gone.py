"""An outbox that somebody deletes, replaces or empties, while it is in use or while the recognizer is stopped."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.outbox_fault import OutboxFault
from recognizer.errors import OutboxUnavailable
from recognizer.storage.files.outbox import SqliteOutbox

AT = datetime(2026, 10, 5, 9, 1)  # noqa: DTZ001 - naive UTC
ENTRY = Evidence.of(Sighting("S1", AT, "front", 0.3, "S7", 0.6, 5, 1), 1, student_id=12)
OTHER = replace(ENTRY, student_number="S2")
LATER = replace(ENTRY, student_number="S3")


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[SqliteOutbox]:
    with closing(SqliteOutbox(tmp_path / "outbox.sqlite3")) as outbox:
        yield outbox


def waiting(outbox: SqliteOutbox) -> set[str]:
    return {entry.student_number for _, entry in outbox.pending(Evidence, 100)}


def faults(outbox: SqliteOutbox) -> list[tuple[str, int]]:
    return [(fault.reason, fault.entries_saved) for _, fault in outbox.pending(OutboxFault, 100)]


def delete(path: Path) -> None:
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()


def delete_without_its_log(path: Path) -> None:
    path.unlink()


def delete_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)
    path.parent.mkdir()


def restore_a_backup(path: Path) -> None:
    with closing(SqliteOutbox(path.with_name("backup"))) as backup:
        backup.put(OTHER)
    path.with_name("backup").replace(path)


@pytest.mark.parametrize("take_away", [delete, delete_without_its_log, delete_the_folder, restore_a_backup])
def test_what_waits_in_a_file_that_is_taken_away_while_it_is_in_use_is_kept_and_told(
    outbox: SqliteOutbox, tmp_path: Path, take_away: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    outbox.put(ENTRY)
    outbox.put(OTHER)
    ((_, _), (refused, _)) = outbox.pending(Evidence, 2)
    outbox.refuse(refused, "the student is gone")
    with caplog.at_level(logging.ERROR):
        take_away(tmp_path / "outbox.sqlite3")
        outbox.put(LATER)
    assert waiting(outbox) == {"S1", "S2", "S3"}, "what was refused waits again"
    assert faults(outbox) == [("deleted", 2)]
    assert "was deleted or replaced by another program" in caplog.text
    outbox.close()
    assert waiting(SqliteOutbox(tmp_path / "outbox.sqlite3")) == {"S1", "S2", "S3"}, "after a restart too"


def test_a_file_that_is_taken_away_twice_is_told_twice(outbox: SqliteOutbox, tmp_path: Path) -> None:
    for number in range(2):
        outbox.put(replace(ENTRY, student_number=f"S{number}"))
        delete(tmp_path / "outbox.sqlite3")
    assert waiting(outbox) == {"S0", "S1"}
    assert len(faults(outbox)) == 2


def test_what_was_in_a_deleted_file_is_remembered_until_a_new_one_can_be_begun(
    outbox: SqliteOutbox, tmp_path: Path
) -> None:
    outbox.put(ENTRY)
    delete(tmp_path / "outbox.sqlite3")
    (tmp_path / "outbox.sqlite3").mkdir()
    for _ in range(3):
        with pytest.raises(OutboxUnavailable):
            outbox.depth()
    (tmp_path / "outbox.sqlite3").rmdir()
    assert waiting(outbox) == {"S1"}
    assert faults(outbox) == [("deleted", 1)]


def test_who_only_looks_into_it_reads_the_file_that_is_there_now(outbox: SqliteOutbox, tmp_path: Path) -> None:
    outbox.put(ENTRY)
    with closing(SqliteOutbox(tmp_path / "outbox.sqlite3", is_holder=False)) as looking:
        assert looking.depth() == 1
        restore_a_backup(tmp_path / "outbox.sqlite3")
        assert waiting(outbox) == {"S1", "S2"}
        assert waiting(looking) == {"S1", "S2"}
        assert faults(looking) == [("deleted", 1)]


@pytest.mark.parametrize("is_in_use", [False, True])
def test_a_file_that_was_cut_to_nothing_is_told_and_what_its_log_holds_is_read(tmp_path: Path, is_in_use: bool) -> None:
    path = tmp_path / "outbox.sqlite3"
    outbox = SqliteOutbox(path)
    outbox.put(ENTRY)
    if is_in_use:
        path.write_bytes(b"")
    else:
        # As after a power cut: the entry is in the log alone.
        for part in ("", "-wal"):
            shutil.copy(f"{path}{part}", tmp_path / f"kept{part}")
        outbox.close()
        for part in ("", "-wal"):
            shutil.move(tmp_path / f"kept{part}", f"{path}{part}")
        path.write_bytes(b"")
        outbox = SqliteOutbox(path)
    outbox.put(OTHER)
    assert waiting(outbox) == {"S1", "S2"}
    ((reason, _),) = faults(outbox)
    assert reason == "damaged"
    outbox.close()
