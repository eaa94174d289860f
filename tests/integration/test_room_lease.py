"""Of all recognizers that ask for a room the database admits one, by its own clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from recognizer.domain.ports.lease import Identity
from recognizer.errors import RegisterUnavailable
from recognizer.storage.database import room_lease
from recognizer.storage.database.connection import make_engine
from recognizer.storage.database.inspection import DatabaseInspection
from recognizer.storage.database.room_lease import SqlLeaseBoard
from tests.fixtures.classroom import ROOM
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.place import Place
from tests.fixtures.waiting import wait_for

LONG = 45.0
SHORT = 0.5


def board_of(place: Place, machine: str, run: str = "1", seconds: float = LONG, room: str = ROOM) -> SqlLeaseBoard:
    return SqlLeaseBoard(place.engine, room, Identity(f"holder on {machine}", f"{machine} {run}", machine), seconds)


def test_the_first_has_the_room_and_renews_it_and_the_second_is_told_who_has_it(place: Place) -> None:
    first, second = board_of(place, "desk-1"), board_of(place, "desk-2")
    assert first.take(is_start=True) is None
    held = second.take(is_start=True)
    assert held is not None
    assert (held.holder, held.machine) == ("holder on desk-1", "desk-1")
    assert first.take(is_start=False) is None
    assert second.take(is_start=False) == held, "it is the same lease, since the same time"
    assert DatabaseInspection(place.engine).lease(ROOM) == held
    (row,) = place.classroom.rows("SELECT * FROM room_lease")
    assert (row["token"], row["machine"]) == ("desk-1 1", "desk-1")


def test_who_waits_is_written_down_until_it_has_the_room(place: Place) -> None:
    first, second = board_of(place, "desk-1"), board_of(place, "desk-2")
    waiting = "SELECT machine, waiting_machine, waiting_at IS NULL AS nobody FROM room_lease"
    first.take(is_start=True)
    assert [tuple(row.values()) for row in place.classroom.rows(waiting)] == [("desk-1", None, 1)]
    second.take(is_start=True)
    first.take(is_start=False)
    assert [tuple(row.values()) for row in place.classroom.rows(waiting)] == [("desk-1", "desk-2", 0)]
    first.release()
    second.take(is_start=False)
    assert [tuple(row.values()) for row in place.classroom.rows(waiting)] == [("desk-2", None, 1)]


def test_after_a_clean_end_another_has_it_at_once(place: Place) -> None:
    first, second = board_of(place, "desk-1"), board_of(place, "desk-2")
    first.take(is_start=True)
    second.release()
    assert second.take(is_start=True) is not None, "what one does not hold one cannot give back"
    first.release()
    assert DatabaseInspection(place.engine).lease(ROOM) is None
    assert second.take(is_start=False) is None
    first.release()
    assert first.take(is_start=False) is not None


def test_after_a_power_cut_another_has_it_once_it_has_expired_by_the_databases_clock(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = board_of(place, "desk-1", seconds=SHORT), board_of(place, "desk-2")
    if place.engine.dialect.name != "sqlite":
        # A machine's own clock has no say in it.
        now = room_lease.utc_now()
        monkeypatch.setattr(room_lease, "utc_now", lambda: now + timedelta(days=1))
    began = time.monotonic()
    assert first.take(is_start=True) is None
    assert second.take(is_start=True) is not None
    wait_for(lambda: second.take(is_start=False) is None, "the lease to expire", 10)
    assert time.monotonic() - began >= SHORT
    taken_from = first.take(is_start=False)
    assert taken_from is not None
    assert taken_from.machine == "desk-2"


def test_the_same_machine_has_it_at_once_when_it_starts_again(place: Place) -> None:
    assert board_of(place, "desk-1", "1").take(is_start=True) is None
    assert board_of(place, "desk-1", "2").take(is_start=True) is None


def test_of_two_copies_of_one_machine_the_one_that_started_last_has_it_and_they_do_not_take_turns(place: Place) -> None:
    """Disks are copied with the machine's id on them."""
    first, second = board_of(place, "desk-1", "1"), board_of(place, "desk-1", "2")
    assert first.take(is_start=True) is None
    assert second.take(is_start=True) is None
    for _ in range(3):
        assert first.take(is_start=False) is not None
        assert second.take(is_start=False) is None


def test_each_room_has_its_own(place: Place) -> None:
    place.change("INSERT INTO room (name) VALUES ('B 202')")
    assert board_of(place, "desk-1").take(is_start=True) is None
    assert board_of(place, "desk-1", "2", room="B 202").take(is_start=True) is None
    assert board_of(place, "desk-2").take(is_start=True) is not None


def test_a_room_that_the_portal_does_not_know_can_be_asked_for_again(place: Place) -> None:
    with pytest.raises(RegisterUnavailable, match="knows no room"):
        board_of(place, "desk-1", room="elsewhere").take(is_start=True)


@pytest.mark.parametrize("is_expired", [False, True])
def test_of_many_that_ask_at_the_same_moment_one_has_it(place: Place, is_expired: bool) -> None:
    url = place.engine.url.render_as_string(hide_password=False)
    if is_expired:
        board_of(place, "desk-0", seconds=0).take(is_start=True)
    gate, answers = threading.Barrier(5), []

    def ask(name: str) -> None:
        engine = make_engine(url)
        board = SqlLeaseBoard(engine, ROOM, Identity(name, name, name), LONG)
        gate.wait()
        answers.append((board.take(is_start=True), name))
        engine.dispose()

    threads = [threading.Thread(target=ask, args=(f"desk-{number}",)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    (winner,) = [name for lease, name in answers if lease is None]
    assert {lease.machine for lease, _ in answers if lease is not None} == {winner}
    assert len(answers) == 5


def test_the_lease_goes_with_its_room(migrated_mariadb: MigratedMariaDB, classroom_in: Callable[..., object]) -> None:
    """The portal deletes rooms that were never used, as its own user."""
    classroom_in(migrated_mariadb.owner_url)
    engine = make_engine(migrated_mariadb.recognizer_url)
    migrated_mariadb.server.execute(f"INSERT INTO {migrated_mariadb.name}.room (name) VALUES ('B 202')")
    assert SqlLeaseBoard(engine, "B 202", Identity("h", "t", "m"), LONG).take(is_start=True) is None
    portal = make_engine(migrated_mariadb.portal_url)
    with portal.begin() as connection:
        connection.exec_driver_sql("DELETE FROM room_lease")
        connection.exec_driver_sql("DELETE FROM room WHERE name = 'B 202'")
    engine.dispose()
    portal.dispose()
