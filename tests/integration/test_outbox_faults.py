"""What the outbox could not keep is told in the portal's database, by the real parent where it matters."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from recognizer.domain.register.outbox_fault import OutboxFault
from recognizer.errors import RegisterUnavailable
from recognizer.ops.clock import utc_now
from recognizer.storage.database.outbox_fault import SqlOutboxFaultBoard
from tests.fixtures.classroom import ROOM, Classroom
from tests.fixtures.made_up_camera import Parent
from tests.fixtures.mariadb import MariaDB, MigratedMariaDB
from tests.fixtures.patience import only_long
from tests.fixtures.place import SEEN, Place
from tests.fixtures.small_disk import SmallDisk
from tests.fixtures.waiting import wait_for

FAULT = OutboxFault(SEEN, "no room", entries_lost=3)
PAGE = 4096


def test_a_fault_is_written_once_and_grows(place: Place) -> None:
    board = SqlOutboxFaultBoard(place.engine, ROOM)
    for lost in (3, 3, 7, 5):
        board.record(replace(FAULT, entries_lost=lost))
    board.record(replace(FAULT, happened_at=SEEN + timedelta(days=1), reason="damaged", bytes_unreadable=2**33))
    first, second = place.classroom.rows("SELECT * FROM outbox_fault ORDER BY happened_at")
    assert (first["reason"], first["entries_lost"], first["entries_saved"]) == ("no room", 7, 0)
    assert (second["reason"], second["bytes_unreadable"]) == ("damaged", 2**33)


def test_a_fault_of_a_room_that_is_gone_waits(place: Place) -> None:
    with pytest.raises(RegisterUnavailable):
        SqlOutboxFaultBoard(place.engine, "elsewhere").record(FAULT)


@only_long
def test_after_a_torn_outbox_what_was_in_it_is_marked_and_the_portal_is_told(
    migrated_mariadb: MigratedMariaDB,
    classroom_in: Callable[[str], Classroom],
    start_parent: Callable[..., Parent],
    tmp_path: Path,
) -> None:
    """Seen while the database was dead; the machine's disk is damaged then, in the middle of the lesson."""
    server: MariaDB = migrated_mariadb.server
    classroom = classroom_in(migrated_mariadb.owner_url)
    first = start_parent(migrated_mariadb.recognizer_url, frames=1)
    assert first.process.wait(60) == 0, first.output()
    classroom.forget()
    server.kill()
    away = start_parent(migrated_mariadb.recognizer_url, frames=2)
    assert away.process.wait(60) == 69, away.output()
    outbox = tmp_path / "state" / "outbox.sqlite3"
    with closing(sqlite3.connect(outbox)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = outbox.read_bytes()
    outbox.write_bytes(b"\xff" * PAGE + content[PAGE:])
    torn_at = utc_now()

    parent = start_parent(migrated_mariadb.recognizer_url)
    wait_for(lambda: "could be read out of" in parent.output(), "it to be read", 30)
    server.start()
    mark = wait_for(lambda: classroom.marks().get("S1001"), "the mark", 30)
    assert mark.first_seen_at < torn_at
    (fault,) = wait_for(lambda: classroom.rows("SELECT * FROM outbox_fault"), "the fault to be told", 30)
    assert (fault["reason"], fault["entries_lost"], fault["bytes_unreadable"]) == ("damaged", 0, PAGE)
    assert fault["entries_saved"] >= 1


def test_a_full_disk_is_told_in_the_portal_with_what_is_in_memory(
    small_disk: SmallDisk,
    start_parent: Callable[..., Parent],
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    tmp_path: Path,
) -> None:
    """While the register takes nothing either, for somebody else writes there; the board is asked in between."""
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    state = small_disk.path / "state"
    state.mkdir()
    with classroom.transaction() as connection:
        # What is seen is not taken, the heartbeat is.
        connection.exec_driver_sql("ALTER TABLE evidence RENAME TO evidence_away")
    small_disk.fill()
    parent = start_parent(classroom.database_url, state=state)

    def in_memory() -> int:
        return max((row["kept_in_memory"] for row in classroom.rows("SELECT * FROM camera_status")), default=0)

    wait_for(in_memory, "the portal to be told", 30)
    small_disk.make_room()
    wait_for(lambda: not in_memory(), "all to be on the disk", 30)
    with classroom.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE evidence_away RENAME TO evidence")
    wait_for(classroom.marks, "the mark", 30)
    parent.process.terminate()
    assert parent.process.wait(5) == 0, parent.output()
