"""Disks that are full, and files that are cut short, on the recognizer's machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.breaking import faults
from tests.acceptance.breaking.oracle import assert_true
from tests.acceptance.breaking.room import BrokenRoom
from tests.fixtures.parts import part_missing
from tests.fixtures.patience import long, only_long
from tests.fixtures.small_disk import SmallDisk, mounted_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """One on which the outbox finds the room that it takes as long as nothing else does."""
    with mounted_disk(tmp_path / "disk", kilobytes=16_384) as disk:
        yield disk


@only_long
def test_a_disk_that_is_full_while_the_database_is_away_loses_nothing(
    break_room: Callable[..., BrokenRoom], disk: SmallDisk
) -> None:
    room = break_room()
    first, second, third = room.numbers
    room.meet()
    room.start_watching(str(disk.path / "state"))
    room.show(first)
    room.wait_for_marks(first)
    with faults.refuses(room):
        disk.fill()
        begun_at = room.timepiece.true_now()
        room.show(first, second)
        room.wait_for(lambda: "is kept in memory only" in room.daemon.output(), "the alarm")
        room.show(first, second, third)
        time.sleep(2)
        room.assert_pace(begun_at)
        disk.make_room()
        room.wait_for_outbox(second, third, state=room.daemon.state)
    room.wait_for_marks(second, third)
    room.stop()
    assert_true(room)


@only_long
def test_an_outbox_that_was_cut_short_is_set_aside_and_the_lesson_goes_on(room: BrokenRoom) -> None:
    """What can be read of it is delivered, and what cannot is told."""
    first, second = room.newcomers(2)
    with faults.refuses(room):
        room.show(first)
        room.wait_for_outbox(first)
        room.kill()
        faults.cut_short(room.daemon.state / "outbox.sqlite3")
        room.start_watching()
        room.wait_for(lambda: "damaged" in room.daemon.output(), "the damage to be told")
        room.show(first, second)
        room.wait_for_outbox(first, second)
    room.wait_for_marks(first, second)
    assert list(room.daemon.state.glob("outbox.sqlite3.damaged-*"))
    told = room.wait_for(
        lambda: room.rows("SELECT reason FROM outbox_fault WHERE room_id = :room"), "the portal to know"
    )
    assert told == [{"reason": "damaged"}]
    room.promised.clear()  # Of a page that is gone nothing can be read.
    assert_true(room)


@only_long
@pytest.mark.parametrize("home", [pytest.param(None, id="no"), long("/nonexistent", name="another's")])
def test_a_user_without_a_home_or_room_for_temporary_files_is_enough(
    room: BrokenRoom, small_disk: SmallDisk, home: str | None
) -> None:
    """Every new file is for this user alone."""
    (student,) = room.newcomers(1)
    small_disk.fill()
    room.stop()
    room.start_watching(
        environment={"HOME": home, "USER": None, "LOGNAME": None, "TMPDIR": str(small_disk.path)},
        prepare=["sh", "-c", 'umask 077; exec "$@"', "sh"],
    )
    room.show(student)
    room.wait_for_marks(student)
    assert all(path.stat().st_mode & 0o077 == 0 for path in room.daemon.state.iterdir())
    assert_true(room)


@only_long
def test_a_name_of_the_database_that_nobody_knows_is_asked_for_until_somebody_does(room: BrokenRoom) -> None:
    """As while the building's name server is away."""
    (student,) = room.newcomers(1)
    names = room.folder / "hosts"
    names.write_text("127.0.0.1 localhost\n")
    as_mounted = 'mount --bind "$0" /etc/hosts && mount --bind /dev/null /etc/resolv.conf && exec "$@"'
    prepare = ["unshare", "--mount", "sh", "-c", as_mounted, str(names)]
    tried = room.try_program(*prepare, "true")
    if tried:
        part_missing(f"No file can be mounted over another here ({tried}).")
    room.stop()
    address = room.proxy.url(room.database.recognizer_url).replace("127.0.0.1", "database.rollcall.example")
    # Its server has no certificate, which a database with a name of another machine needs.
    address += f"{'&' if '?' in address else '?'}ssl_disabled=true"
    room.start_watching(database_url=address, prepare=prepare)
    room.show(student)
    room.wait_for_outbox(student)
    assert student not in room.marked()
    with names.open("a") as file:
        file.write("127.0.0.1 database.rollcall.example\n")
    room.wait_for_marks(student)
    assert_true(room)
