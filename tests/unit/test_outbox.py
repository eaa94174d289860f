"""The outbox: what was put is there after a crash, once, and never narrower than it was."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recognizer.domain.register.attendance import MarkEntry
from recognizer.errors import OutboxUnavailable
from recognizer.storage.files.outbox import SqliteOutbox
from tests.environment import ROOT

AT = datetime(2026, 10, 5, 9, 0, 0, 123456)  # noqa: DTZ001 - naive UTC
ENTRY = MarkEntry(1, "007", "present", AT, AT, 0.31, "front")


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[SqliteOutbox]:
    outbox = SqliteOutbox(tmp_path / "outbox.sqlite3")
    yield outbox
    outbox.close()


def entries(outbox: SqliteOutbox) -> list[MarkEntry]:
    return [entry for _, entry in outbox.pending(100)]


def test_an_entry_comes_out_as_it_went_in(outbox: SqliteOutbox) -> None:
    outbox.put(ENTRY)

    assert entries(outbox) == [ENTRY]
    assert outbox.depth() == 1


def test_the_oldest_come_first_and_no_more_than_asked_for(outbox: SqliteOutbox) -> None:
    for number in ("3", "1", "2"):
        outbox.put(replace(ENTRY, student_number=number))

    assert [entry.student_number for _, entry in outbox.pending(2)] == ["3", "1"]


def test_a_later_entry_for_a_mark_widens_the_one_that_waits(outbox: SqliteOutbox) -> None:
    outbox.put(ENTRY)
    later = replace(
        ENTRY, status="late", first_seen_at=AT + timedelta(minutes=9), last_seen_at=AT + timedelta(minutes=10)
    )
    outbox.put(later)

    assert entries(outbox) == [replace(ENTRY, last_seen_at=AT + timedelta(minutes=10))]


def test_what_is_done_is_forgotten_unless_a_newer_entry_came_meanwhile(outbox: SqliteOutbox) -> None:
    outbox.put(ENTRY)
    ((receipt, _),) = outbox.pending(1)
    newer = replace(ENTRY, last_seen_at=AT + timedelta(minutes=1))
    outbox.put(newer)

    outbox.done(receipt)
    assert entries(outbox) == [newer]
    outbox.done(outbox.pending(1)[0][0])
    assert outbox.depth() == 0


def test_a_refused_entry_is_kept_apart_with_the_reason(outbox: SqliteOutbox, tmp_path: Path) -> None:
    outbox.put(ENTRY)
    outbox.refuse(outbox.pending(1)[0][0], "the student is gone")

    assert outbox.depth() == 0
    with sqlite3.connect(tmp_path / "outbox.sqlite3") as connection:
        rows = connection.execute("SELECT student_number, reason FROM refused").fetchall()
    connection.close()
    assert rows == [("007", "the student is gone")]


def test_entries_outlive_a_process_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    put_and_die = (
        "import os, pathlib, tests.unit.test_outbox as t;"
        f"t.SqliteOutbox(pathlib.Path({str(path)!r})).put(t.ENTRY); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", put_and_die], cwd=ROOT, check=False, timeout=60)

    reopened = SqliteOutbox(path)
    assert entries(reopened) == [ENTRY]
    reopened.close()


def test_a_damaged_file_is_set_aside_and_the_lesson_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "outbox.sqlite3"
    path.write_bytes(b"this is no database, " * 500)

    with caplog.at_level(logging.ERROR):
        outbox = SqliteOutbox(path)
    outbox.put(ENTRY)

    assert entries(outbox) == [ENTRY]
    outbox.close()
    (kept,) = tmp_path.glob("outbox.sqlite3.damaged-*")
    assert kept.read_bytes().startswith(b"this is no database")
    assert str(kept) in caplog.text


def test_damage_while_running_is_survived_too(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    outbox = SqliteOutbox(path)
    for number in range(200):
        outbox.put(replace(ENTRY, student_number=str(number)))
    outbox.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)

    outbox.put(ENTRY)

    assert entries(outbox) == [ENTRY]
    outbox.close()


def test_a_locked_file_is_waited_for_and_not_taken_for_damage(outbox: SqliteOutbox, tmp_path: Path) -> None:
    backup = sqlite3.connect(tmp_path / "outbox.sqlite3", isolation_level=None)
    backup.execute("BEGIN IMMEDIATE")
    writer = threading.Thread(target=outbox.put, args=(ENTRY,))
    writer.start()
    writer.join(0.2)
    assert writer.is_alive()
    backup.execute("ROLLBACK")
    backup.close()
    writer.join()

    assert entries(outbox) == [ENTRY]
    assert not list(tmp_path.glob("*.damaged-*"))


def test_a_folder_that_cannot_be_written_to_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(OutboxUnavailable, match="cannot be used"):
        SqliteOutbox(tmp_path / "missing" / "outbox.sqlite3")


def test_many_threads_may_use_it(outbox: SqliteOutbox) -> None:
    def put(number: int) -> None:
        for session in range(20):
            outbox.put(replace(ENTRY, session_id=session, student_number=str(number)))

    threads = [threading.Thread(target=put, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outbox.depth() == 80


def test_only_the_owner_may_read_it(outbox: SqliteOutbox, tmp_path: Path) -> None:
    assert (tmp_path / "outbox.sqlite3").stat().st_mode & 0o077 == 0
