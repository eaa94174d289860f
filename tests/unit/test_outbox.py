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

from recognizer.domain.ports.delivery import Receipt
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.observation import BlindSpan, SightSpan
from recognizer.errors import OutboxUnavailable
from recognizer.storage.files.outbox import SqliteOutbox
from tests.environment import ROOT

AT = datetime(2026, 10, 5, 9, 0, 0, 123456)  # noqa: DTZ001 - naive UTC
HOUR = datetime(2026, 10, 5, 9)  # noqa: DTZ001 - naive UTC
ENTRY = Evidence(1, "007", "front", HOUR, AT, AT, 1, 0.31, "Zoë", 0.6, 5, True, 7)


FIRST_RELEASE = """
CREATE TABLE entry (
    receipt INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL, student_number TEXT NOT NULL, status TEXT NOT NULL,
    first_seen_at TEXT NOT NULL, last_seen_at TEXT NOT NULL, distance REAL NOT NULL, camera_name TEXT NOT NULL,
    UNIQUE (session_id, student_number)
);
CREATE TABLE refused (
    session_id INTEGER NOT NULL, student_number TEXT NOT NULL, status TEXT NOT NULL,
    first_seen_at TEXT NOT NULL, last_seen_at TEXT NOT NULL, distance REAL NOT NULL, camera_name TEXT NOT NULL,
    reason TEXT NOT NULL, refused_at TEXT NOT NULL,
    PRIMARY KEY (session_id, student_number)
);
INSERT INTO entry VALUES (3, 1, 'S1', 'present', '2026-10-05T08:50:00', '2026-10-05T10:05:00', 0.3, 'front');
INSERT INTO entry VALUES (4, 1, 'S2', 'late', '2026-10-05T09:01:00', '2026-10-05T09:02:00', 0.3, 'front');
INSERT INTO refused VALUES (1, 'S3', 'late', '2026-10-05T09:01:00', '2026-10-05T09:01:00', 0.3, 'front', 'gone',
    '2026-10-05T09:01:01');
"""
"""As that release left its file."""


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[SqliteOutbox]:
    outbox = SqliteOutbox(tmp_path / "outbox.sqlite3")
    yield outbox
    outbox.close()


def entries(outbox: SqliteOutbox) -> list[Evidence]:
    return [entry for _, entry in outbox.pending(Evidence, 100)]


def first_receipt(outbox: SqliteOutbox) -> Receipt:
    return outbox.pending(Evidence, 1)[0][0]


def test_facts_come_out_as_they_went_in(outbox: SqliteOutbox) -> None:
    sight = SightSpan("front", AT, AT + timedelta(minutes=1))
    blind = BlindSpan("front", AT, AT + timedelta(minutes=1), "no picture")
    for fact in (ENTRY, sight, blind):
        outbox.put(fact)

    assert entries(outbox) == [ENTRY]
    assert [span for _, span in outbox.pending(SightSpan, 10)] == [sight]
    assert [span for _, span in outbox.pending(BlindSpan, 10)] == [blind]
    assert outbox.depth() == 3


def test_the_oldest_come_first_and_no_more_than_asked_for(outbox: SqliteOutbox) -> None:
    for number in ("3", "1", "2"):
        outbox.put(replace(ENTRY, student_number=number))
    outbox.put(replace(ENTRY, student_number="3", minutes=2))

    # What grows keeps its place.
    assert [entry.student_number for _, entry in outbox.pending(Evidence, 2)] == ["3", "1"]


def test_what_grows_is_merged_where_it_waits(outbox: SqliteOutbox) -> None:
    outbox.put(ENTRY)
    outbox.put(replace(ENTRY, last_seen_at=AT + timedelta(minutes=10), minutes=1 << 10, distance=0.4))

    assert entries(outbox) == [replace(ENTRY, last_seen_at=AT + timedelta(minutes=10), minutes=1 | 1 << 10)]


def test_what_is_done_is_forgotten_unless_it_has_grown_meanwhile(outbox: SqliteOutbox) -> None:
    outbox.put(ENTRY)
    receipt = first_receipt(outbox)
    grown = replace(ENTRY, last_seen_at=AT + timedelta(minutes=1), minutes=3)
    outbox.put(grown)

    outbox.done(receipt)
    assert entries(outbox) == [grown]
    outbox.done(first_receipt(outbox))
    assert outbox.depth() == 0


def test_a_refused_entry_is_kept_apart_with_the_reason(outbox: SqliteOutbox) -> None:
    outbox.put(ENTRY)
    outbox.refuse(first_receipt(outbox), "the student is gone")

    assert (outbox.depth(), outbox.refused()) == (0, 1)
    (refusal,) = outbox.refusals()
    assert (refusal.fact, refusal.reason) == (ENTRY, "the student is gone")


def test_what_was_refused_waits_again_with_what_came_since(outbox: SqliteOutbox) -> None:
    outbox.put(ENTRY)
    outbox.refuse(first_receipt(outbox), "the student is gone")
    outbox.put(replace(ENTRY, minutes=2))

    assert outbox.retry() == 1

    assert (outbox.refused(), outbox.refusals()) == (0, [])
    assert [entry.minutes for entry in entries(outbox)] == [3]


def test_what_is_refused_twice_is_one(outbox: SqliteOutbox) -> None:
    for minutes in (1, 2):
        outbox.put(replace(ENTRY, minutes=minutes))
        outbox.refuse(first_receipt(outbox), f"reason {minutes}")

    (refusal,) = outbox.refusals()
    assert isinstance(refusal.fact, Evidence)
    assert (refusal.fact.minutes, refusal.reason) == (3, "reason 2")


def test_what_a_newer_release_wrote_is_set_aside_and_stops_nothing(outbox: SqliteOutbox, tmp_path: Path) -> None:
    outbox.put(ENTRY)
    with sqlite3.connect(tmp_path / "outbox.sqlite3") as connection:
        connection.execute('UPDATE waiting SET content = \'{"mood": "good"}\'')
    connection.close()
    outbox.put(replace(ENTRY, student_number="008"))

    assert [entry.student_number for entry in entries(outbox)] == ["008"]
    assert (outbox.depth(), outbox.refused(), outbox.retry()) == (1, 1, 0)


def test_the_first_releases_marks_become_evidence_and_those_set_aside_wait_again(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "outbox.sqlite3") as connection:
        connection.executescript(FIRST_RELEASE)
    connection.close()

    outbox = SqliteOutbox(tmp_path / "outbox.sqlite3")
    found = entries(outbox)
    outbox.close()
    outbox = SqliteOutbox(tmp_path / "outbox.sqlite3")
    assert entries(outbox) == found
    outbox.close()

    assert [(entry.student_number, entry.hour.hour, entry.minutes) for entry in found] == [
        ("S1", 8, 1 << 50),
        ("S1", 10, 1 << 5),
        ("S2", 9, 1 << 1 | 1 << 2),
        ("S3", 9, 1 << 1),
    ]
    assert (found[0].first_seen_at, found[1].last_seen_at) == (
        HOUR - timedelta(minutes=10),
        HOUR + timedelta(minutes=65),
    )
    assert {(entry.distance, entry.camera_name, entry.is_confirmed) for entry in found} == {(0.3, "front", True)}


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
    outbox.depth()
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
        SqliteOutbox(tmp_path / "missing" / "outbox.sqlite3").put(ENTRY)


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
    outbox.put(ENTRY)

    assert (tmp_path / "outbox.sqlite3").stat().st_mode & 0o077 == 0
