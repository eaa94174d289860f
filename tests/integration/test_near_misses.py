"""Near misses in the portal's tables, on real databases and with the shipped rights."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.near_miss import NearMiss
from recognizer.errors import MarkRefused
from recognizer.storage.database.near_miss import SqlNearMissBoard
from tests.fixtures.classroom import ROOM
from tests.fixtures.place import MINUTE, SEEN, Place


def near(place: Place, minute: float, distance: float, number: str = "S1001", **said: Any) -> NearMiss:
    sighting = Sighting(number, SEEN + minute * MINUTE, "front", distance, "S1002", 0.6, 5, 1, sure_below=0.45)
    return NearMiss.of(sighting, said.pop("session_id", place.classroom.session_id), **said)


def test_a_near_miss_grows_whatever_comes_first_or_twice_and_marks_nobody(place: Place) -> None:
    board = SqlNearMissBoard(place.engine, ROOM)
    for entry in (near(place, 14, 0.48), near(place, 9, 0.46), near(place, 14, 0.48)):
        board.record(entry)

    (row,) = place.classroom.rows("SELECT * FROM near_miss")
    assert (row["minutes"], row["runner_up_number"], row["encodings"]) == (1 << 14 | 1 << 9, "S1002", 5)
    assert (row["distance"], row["sure_below"]) == (pytest.approx(0.46), pytest.approx(0.45))
    assert str(row["first_seen_at"]).startswith(str(SEEN + 9 * MINUTE))
    assert not place.classroom.rows("SELECT * FROM evidence")
    assert not place.classroom.marks()


@pytest.mark.parametrize("place", ["mariadb"], indirect=True)
def test_two_recognizers_that_write_the_first_of_an_hour_at_once_both_count(place: Place) -> None:
    is_met = False

    @event.listens_for(place.engine, "before_cursor_execute")
    def meet(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        nonlocal is_met
        if statement.startswith("INSERT INTO near_miss") and not is_met:
            is_met = True
            SqlNearMissBoard(place.engine, ROOM).record(near(place, 9, 0.46))

    SqlNearMissBoard(place.engine, ROOM).record(near(place, 14, 0.48))
    (row,) = place.classroom.rows("SELECT * FROM near_miss")
    assert is_met
    assert (row["minutes"], row["distance"]) == (1 << 14 | 1 << 9, pytest.approx(0.46))


@pytest.mark.parametrize("said", [{"number": "S9999"}, {"session_id": 999_999}])
def test_one_of_nobody_or_of_no_class_session_is_refused(place: Place, said: dict[str, Any]) -> None:
    with pytest.raises(MarkRefused, match=r"S9999|999999 is gone"):
        SqlNearMissBoard(place.engine, ROOM).record(near(place, 3, 0.48, **said))
    assert not place.classroom.rows("SELECT * FROM near_miss")
