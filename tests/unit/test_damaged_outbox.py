"""Whatever happens to the outbox's file: what can be read of it waits still, and the loss is told."""

from __future__ import annotations

import logging
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.observation import SightSpan
from recognizer.domain.register.outbox_fault import OutboxFault
from recognizer.errors import OutboxUnavailable
from recognizer.storage.files import sqlite_log
from recognizer.storage.files.outbox import SqliteOutbox
from recognizer.storage.files.sqlite_pages import read_rows
from tests.environment import ROOT
from tests.fixtures.small_disk import SmallDisk

AT = datetime(2026, 10, 5, 9, 1)  # noqa: DTZ001 - naive UTC
ENTRY = Evidence.of(Sighting("S1", AT, "front", 0.3, "S7", 0.6, 5, 1), 1, student_id=12)
PAGE = 4096
MANY = 200


def seen(number: int) -> Evidence:
    return replace(ENTRY, student_number=f"Ž{number}", distance=number / 1000)


def fill(path: Path, count: int = MANY) -> dict[str, Evidence]:
    """Put so many entries into an outbox, of which one is refused, and a span of sight; by the student's number."""
    with closing(SqliteOutbox(path)) as outbox:
        for number in range(count):
            outbox.put(seen(number))
        outbox.put(SightSpan("front", AT, AT + timedelta(minutes=5)))
        ((receipt, _),) = outbox.pending(Evidence, 1)
        outbox.refuse(receipt, "the student is gone")
    return {seen(number).student_number: seen(number) for number in range(count)}


def waiting(path: Path) -> tuple[dict[str, Evidence], list[OutboxFault]]:
    """What waits when the outbox is opened again."""
    with closing(SqliteOutbox(path)) as outbox:
        entries = [entry for _, entry in outbox.pending(Evidence, 10_000)]
        assert len({entry.key for entry in entries}) == len(entries), "none is there twice"
        return {entry.student_number: entry for entry in entries}, [f for _, f in outbox.pending(OutboxFault, 10)]


def put_and_be_killed(path: Path) -> None:
    """Put forty entries more, of which the log alone holds the most, as by a recognizer that is killed."""
    put_and_die = (
        "import os, pathlib; from tests.unit import test_damaged_outbox as t; "
        f"outbox = t.SqliteOutbox(pathlib.Path({str(path)!r})); "
        "[outbox.put(t.seen(number)) for number in range(500, 540)]; os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", put_and_die], cwd=ROOT, check=False, timeout=60)


def page_of(path: Path, number: int) -> int:
    """The page that holds an entry."""
    return path.read_bytes().index(f"Ž{number}".encode()) // PAGE


def test_a_file_with_a_damaged_page_loses_what_stood_there_and_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "outbox.sqlite3"
    put = fill(path)
    content = bytearray(path.read_bytes())
    start = page_of(path, 100) * PAGE
    content[start : start + PAGE] = random.Random(1).randbytes(PAGE)
    path.write_bytes(content)

    with caplog.at_level(logging.ERROR):
        found, (fault,) = waiting(path)
    assert all(put[number] == entry for number, entry in found.items())
    lost = len(put) - len(found)
    assert 1 <= lost <= PAGE // 300, "a page has room for no more"
    assert fault == OutboxFault(fault.happened_at, "damaged", fault.entries_saved, 0, PAGE)
    assert fault.entries_saved >= len(found)
    assert f"{fault.entries_saved} entries could be read out of" in caplog.text
    assert "4,096 bytes could not" in caplog.text


@pytest.mark.parametrize("part", [0.0001, 0.1, 0.5, 0.9])
def test_a_file_that_was_cut_off_gives_what_is_left(tmp_path: Path, part: float) -> None:
    path = tmp_path / "outbox.sqlite3"
    put = fill(path)
    content = path.read_bytes()
    left = int(len(content) * part) or 1
    path.write_bytes(content[:left])

    found, (fault,) = waiting(path)
    assert all(put[number] == entry for number, entry in found.items())
    # Some pages have no entries; of a page that is not whole none is read.
    assert len(found) >= (left // PAGE - 8) * 5
    assert fault.bytes_unreadable == (PAGE if left < PAGE else len(content) - left // PAGE * PAGE)


def test_an_entry_whose_end_is_cut_off_is_set_aside_and_counted(tmp_path: Path) -> None:
    """SQLite itself sees nothing amiss in a file whose last page is not whole."""
    path = tmp_path / "outbox.sqlite3"
    put = fill(path)
    path.write_bytes(path.read_bytes()[:-100])
    with closing(SqliteOutbox(path)) as outbox:
        found = [entry for _, entry in outbox.pending(Evidence, 1000)]
        told = outbox.refused() + sum(fault.entries_lost + 1 for _, fault in outbox.pending(OutboxFault, 10))
    assert all(put[entry.student_number] == entry for entry in found)
    assert len(put) - len(found) <= told, "one had been refused before"


def test_a_file_whose_beginning_is_gone_gives_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    put = fill(path)
    content = bytearray(path.read_bytes())
    content[:PAGE] = bytes(PAGE)
    path.write_bytes(content)

    found, (fault,) = waiting(path)
    assert found == put
    assert (fault.entries_lost, fault.bytes_unreadable) == (0, PAGE)
    assert fault.entries_saved == MANY + 1, "the span of sight too"


def test_what_only_the_log_of_a_killed_recognizer_holds_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    fill(path)
    put_and_be_killed(path)
    assert "Ž539".encode() not in path.read_bytes()
    content = bytearray(path.read_bytes())
    start = page_of(path, 100) * PAGE
    content[start : start + PAGE] = b"\xff" * PAGE
    path.write_bytes(content)

    found, (fault,) = waiting(path)
    assert {f"Ž{number}" for number in range(500, 540)} < set(found)
    assert fault.bytes_unreadable == PAGE


FRAME = 24 + PAGE
"""Bytes of a page in the log, which has 32 before the first."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a killed recognizer has left."""
    folder = tmp_path_factory.mktemp("killed")
    fill(folder / "outbox.sqlite3", 5)
    put_and_be_killed(folder / "outbox.sqlite3")
    return folder


def torn(killed: Path, folder: Path, tear: Callable[[bytes], bytes], *, with_index: bool = True) -> Path:
    """A copy of it whose log is torn. Without its index it is as after a power cut."""
    shutil.copytree(killed, folder, dirs_exist_ok=True)
    log = folder / "outbox.sqlite3-wal"
    log.write_bytes(tear(log.read_bytes()))
    if not with_index:
        (folder / "outbox.sqlite3-shm").unlink()
    return folder / "outbox.sqlite3"


def flipped(content: bytes, position: int) -> bytes:
    changed = bytearray(content)
    changed[position] ^= 0xFF
    return bytes(changed)


ALL = {f"Ž{number}" for number in (*range(5), *range(500, 540))}


@pytest.mark.parametrize("with_index", [True, False], ids=["killed", "power cut"])
def test_a_log_that_is_whole_is_no_fault(killed: Path, tmp_path: Path, with_index: bool) -> None:
    found, faults = waiting(torn(killed, tmp_path, lambda log: log, with_index=with_index))
    assert set(found) == ALL - {"Ž0"}, "one of them had been refused"
    assert faults == []
    assert not list(tmp_path.glob("*.damaged-*"))


@pytest.mark.parametrize("with_index", [True, False], ids=["killed", "power cut"])
@pytest.mark.parametrize(
    "position",
    [0, 9, 18, 30, 32 + 2 * FRAME + 2, 32 + 2 * FRAME + 10, 32 + 2 * FRAME + 20, 32 + 2 * FRAME + 3000],
    ids=["magic", "page size", "salt", "sum", "page number", "salt of a frame", "sum of a frame", "content"],
)
def test_what_stands_behind_a_flipped_byte_of_the_log_is_kept_and_told(
    killed: Path, tmp_path: Path, position: int, with_index: bool, caplog: pytest.LogCaptureFixture
) -> None:
    path = torn(killed, tmp_path, lambda log: flipped(log, position), with_index=with_index)
    found, (fault,) = waiting(path)
    assert set(found) >= ALL - {"Ž0"}
    assert fault.reason == "damaged"
    assert fault.entries_saved >= 40
    assert "write-ahead log is damaged" in caplog.text
    assert waiting(path) == (found, [fault]), "it is told once"


@pytest.mark.parametrize("with_index", [True, False], ids=["killed", "power cut"])
def test_the_end_of_a_log_that_is_cut_within_a_page_is_told(killed: Path, tmp_path: Path, with_index: bool) -> None:
    path = torn(killed, tmp_path, lambda log: log[:-100], with_index=with_index)
    found, (fault,) = waiting(path)
    assert len(ALL) - 3 <= len(found) < len(ALL)
    assert fault.bytes_unreadable >= PAGE


@pytest.mark.parametrize("left", [0, 20, 32, 32 + FRAME, 32 + 10 * FRAME, 32 + 10 * FRAME + 24, 32 + 11 * FRAME - 9])
def test_whatever_is_left_of_the_log_of_a_killed_recognizer_is_kept_and_the_rest_told(
    killed: Path, tmp_path: Path, left: int
) -> None:
    whole = (killed / "outbox.sqlite3-wal").stat().st_size
    path = torn(killed, tmp_path, lambda log: log[:left])
    found, (fault,) = waiting(path)
    assert set(found) < ALL
    lost_frames = (whole - 32) // FRAME - max(left - 32, 0) // FRAME
    assert fault.bytes_unreadable == lost_frames * PAGE


def test_a_log_without_its_database_is_read(killed: Path, tmp_path: Path) -> None:
    path = torn(killed, tmp_path, lambda log: log)
    path.unlink()
    found, (fault,) = waiting(path)
    assert set(found) >= ALL - {"Ž0"} - {f"Ž{number}" for number in range(1, 5)}
    assert fault.reason == "damaged"


def test_who_only_looks_into_it_leaves_a_torn_log_to_the_recognizer(killed: Path, tmp_path: Path) -> None:
    """SQLite would begin the log anew when it closes the file."""
    path = torn(killed, tmp_path, lambda log: flipped(log, 32 + 2 * FRAME + 3000))
    with (
        closing(SqliteOutbox(path, is_holder=False)) as outbox,
        pytest.raises(OutboxUnavailable, match="when it starts"),
    ):
        outbox.depth()
    assert set(waiting(path)[0]) >= ALL - {"Ž0"}


def test_a_commit_that_nobody_was_told_of_is_no_fault(killed: Path, tmp_path: Path) -> None:
    """The recognizer was killed while it wrote: the frame is begun, and the index does not count it."""
    begun = (killed / "outbox.sqlite3-wal").read_bytes()[-FRAME:]
    for number, part in enumerate((begun[:24], begun[:1000], begun)):
        folder = tmp_path / str(number)
        assert waiting(torn(killed, folder, lambda log, part=part: log + part))[1] == []


def test_no_tear_of_any_kind_stops_it_or_goes_untold(killed: Path, tmp_path: Path) -> None:
    """At random: what is missing afterwards is told, and nothing is made up."""
    draw, whole = random.Random(20261128), (killed / "outbox.sqlite3-wal").read_bytes()
    for attempt in range(40):
        content = bytearray(whole[: draw.randrange(len(whole) + 1)] if attempt % 3 == 0 else whole)
        for _ in range(draw.randrange(3)):
            if content:
                start, length = draw.randrange(len(content)), draw.choice([1, 8, 100, PAGE, 3 * PAGE])
                content[start : start + length] = draw.randbytes(len(content[start : start + length]))
        path = torn(killed, tmp_path / str(attempt), lambda _, content=bytes(content): content)
        found, faults = waiting(path)
        assert set(found) <= ALL
        assert faults or set(found) == ALL - {"Ž0"}


def test_a_byte_that_turns_one_student_into_another_marks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    put = fill(path, 20)
    content = path.read_bytes()
    position = content.index('"student_number": "Ž7"'.encode())
    content = content[:position] + content[position:].replace("Ž7".encode(), "Ž8".encode(), 1)
    path.write_bytes(bytes(PAGE) + content[PAGE:])

    found, (fault,) = waiting(path)
    assert found == {number: entry for number, entry in put.items() if number != "Ž7"}
    assert fault.entries_lost == 1


def test_a_page_size_of_another_machine_is_read(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    put = fill(path, 50)
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode = DELETE")
        file.execute("PRAGMA page_size = 1024")
        file.execute("VACUUM")
    content = bytearray(path.read_bytes())
    content[-1024:] = b"\xff" * 1024
    path.write_bytes(content)
    rows = read_rows(path)
    assert len({row[4] for row in rows.rows if len(row) == 5 and row[0] is None}) >= len(put) - 6


def test_no_damage_of_any_kind_stops_it_or_makes_anything_up(tmp_path: Path) -> None:
    """Bytes, runs of bytes and pages are changed at random, and the end is cut off at random."""
    path, draw = tmp_path / "whole" / "outbox.sqlite3", random.Random(20261127)
    path.parent.mkdir()
    put = fill(path)
    whole = path.read_bytes()
    for attempt in range(40):
        content = bytearray(whole[: draw.randrange(1, len(whole) + 1)] if attempt % 3 == 0 else whole)
        for _ in range(draw.randrange(1, 6)):
            start = draw.randrange(len(content))
            length = draw.choice([1, 8, 100, PAGE, 3 * PAGE])
            content[start : start + length] = draw.randbytes(len(content[start : start + length]))
        damaged = tmp_path / str(attempt) / "outbox.sqlite3"
        damaged.parent.mkdir()
        damaged.write_bytes(content)
        with closing(SqliteOutbox(damaged)) as outbox:
            outbox.put(seen(999))
            found = [entry for _, entry in outbox.pending(Evidence, 10_000)]
        keys = {entry.key for entry in put.values()} | {seen(999).key}
        assert {entry.key for entry in found} <= keys
        assert seen(999) in found


def test_pages_of_nothing_but_noise_give_no_row_and_no_error(tmp_path: Path) -> None:
    draw = random.Random(3)
    path = tmp_path / "noise"
    for kind in (2, 5, 10, 13, 77):
        content = bytearray(draw.randbytes(PAGE * 20))
        for start in range(0, len(content), PAGE):
            content[start] = kind
            content[start + 3] = 0
        path.write_bytes(content)
        assert not [row for row in read_rows(path).rows if row[0] is None and len(row) in (5, 6)]


def test_what_waited_in_a_damaged_file_of_the_first_release_becomes_evidence(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    with closing(sqlite3.connect(path)) as file:
        file.execute(
            "CREATE TABLE entry (receipt INTEGER PRIMARY KEY AUTOINCREMENT, session_id INTEGER NOT NULL,"
            " student_number TEXT NOT NULL, status TEXT NOT NULL, first_seen_at TEXT NOT NULL,"
            " last_seen_at TEXT NOT NULL, distance REAL NOT NULL, camera_name TEXT NOT NULL,"
            " UNIQUE (session_id, student_number))"
        )
        values = ("S3", "present", AT.isoformat(), (AT + timedelta(minutes=3)).isoformat(), 0.3, "front")
        file.execute("INSERT INTO entry VALUES (1, 7, ?, ?, ?, ?, ?, ?)", values)
        file.commit()
    path.write_bytes(bytes(PAGE) + path.read_bytes()[PAGE:])

    found, (fault,) = waiting(path)
    assert (found["S3"].session_id, found["S3"].first_seen_at, found["S3"].distance) == (7, AT, 0.3)
    assert fault.entries_saved == 1


def test_it_is_read_once_and_told_once(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    fill(path, 5)
    path.write_bytes(bytes(PAGE) + path.read_bytes()[PAGE:])
    first, (fault,) = waiting(path)
    assert len(first) == 5
    with closing(SqliteOutbox(path)) as outbox:
        for kind in (Evidence, OutboxFault, SightSpan):
            for receipt, _ in outbox.pending(kind, 10):
                outbox.done(receipt)
    assert waiting(path) == ({}, [])

    # The new one is damaged too: what is read twice is the same fact.
    path.write_bytes(b"torn" * 5000)
    again, faults = waiting(path)
    assert again == first
    assert fault in faults
    assert len(faults) == 2


def test_a_power_cut_between_setting_aside_and_reading_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    put = fill(path, 5)
    path.rename(tmp_path / "outbox.sqlite3.damaged-20261005T090100000000")
    found, (fault,) = waiting(path)
    assert found == put
    assert fault.happened_at == AT


def test_on_a_full_disk_it_is_read_as_soon_as_there_is_room(small_disk: SmallDisk) -> None:
    path = small_disk.path / "outbox.sqlite3"
    put = fill(path, 5)
    content = path.read_bytes()
    path.write_bytes(bytes(PAGE) + content[PAGE:])
    small_disk.fill()
    outbox = SqliteOutbox(path)
    for _ in range(3):
        with pytest.raises(OutboxUnavailable):
            outbox.depth()
    small_disk.make_room()
    assert outbox.depth() == len(put) + 2, "a span of sight, and the fault"
    outbox.close()
    assert len(list(small_disk.path.glob("*.damaged-*"))) <= 2


def test_a_block_that_the_disk_does_not_give_costs_that_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "outbox.sqlite3"
    fill(path)
    bad, pread = page_of(path, 100) * PAGE, os.pread

    def read(descriptor: int, count: int, position: int) -> bytes:
        if position == bad:
            raise OSError(5, "Input/output error")
        return pread(descriptor, count, position)

    monkeypatch.setattr(sqlite_log.os, "pread", read)
    rows = read_rows(path)
    assert rows.unreadable_bytes == PAGE
    assert len(rows.rows) > MANY - 20


@pytest.fixture
def held() -> Callable[[Path], sqlite3.Connection]:
    def hold(path: Path) -> sqlite3.Connection:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        return holder

    return hold


def test_a_file_that_is_locked_for_long_is_said_to_be_locked_and_is_left_as_it_is(
    tmp_path: Path, held: Callable[[Path], sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "outbox.sqlite3"
    put = fill(path, 3)
    connect = sqlite3.connect
    holder = held(path)
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **kw: connect(*args, **kw | {"timeout": 0.1}))
    outbox = SqliteOutbox(path)
    for _ in range(3):
        with pytest.raises(OutboxUnavailable, match="is held by another program"):
            outbox.put(ENTRY)
    holder.execute("ROLLBACK")
    holder.close()
    outbox.put(ENTRY)
    outbox.close()
    assert not list(tmp_path.glob("*.damaged-*"))
    assert set(waiting(path)[0]) == {*list(put)[1:], "S1"}, "one of them had been refused"


def test_who_only_looks_into_it_leaves_a_damaged_file_to_the_recognizer_that_may_be_writing_there(
    tmp_path: Path,
) -> None:
    path = tmp_path / "outbox.sqlite3"
    put = fill(path, 3)
    path.write_bytes(bytes(PAGE) + path.read_bytes()[PAGE:])
    with (
        closing(SqliteOutbox(path, is_holder=False)) as outbox,
        pytest.raises(OutboxUnavailable, match="when it starts"),
    ):
        outbox.depth()
    assert not list(tmp_path.glob("*.damaged-*"))
    assert waiting(path)[0] == put
