"""The recognizer's own part of "one answer": what it writes is what the portal's ``decide`` says of the same facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.attendance.decision import Excused, Facts, Seen, Word, decide
from recognizer.domain.register.evidence import Evidence
from tests.fixtures.classroom import seed_classroom
from tests.fixtures.patience import IS_LONG
from tests.fixtures.place import MINUTE, SEEN, Place, place_in

EARLIEST, LATEST = -40, 100


@st.composite
def entries(draw: st.DrawFn) -> tuple[float, str, float, bool, bool]:
    """Minutes after the start, camera, distance, whether the clock was right, and whether it was a look-alike maybe."""
    minute = draw(st.integers(EARLIEST * 2, LATEST * 2)) / 2
    return (
        minute,
        draw(st.sampled_from(["front", "back"])),
        draw(st.sampled_from([0.1, 0.2, 0.3])),
        draw(st.sampled_from([True, True, True, False])),
        draw(st.sampled_from([False, False, True])),
    )


@pytest.fixture(scope="module")
def room(_migrated_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    path = tmp_path_factory.mktemp("decision") / "rollcall.sqlite3"
    path.write_bytes(_migrated_once.read_bytes())
    with place_in(seed_classroom(url := f"sqlite:///{path}"), url, url) as place:
        yield place


def seen_in(place: Place) -> list[Seen]:
    columns = "camera_name, hour, first_seen_at, last_seen_at, minutes, distance, is_confirmed, is_between"
    return [
        Seen(**{name: _instant(value) if name in _INSTANTS else value for name, value in row.items()})
        for row in place.classroom.rows(f"SELECT {columns} FROM evidence")
    ]


_INSTANTS = ("hour", "first_seen_at", "last_seen_at")


def _instant(value: object) -> datetime:
    return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)


EXAMPLES = 150 if IS_LONG else 30


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seen=st.lists(entries(), min_size=1, max_size=8),
    moved=st.sampled_from([0, 0, 20, -20]),
    late_after=st.sampled_from([0, 5, 15]),
    before=st.sampled_from(["", "absent", "unseen", "expected", "excused", "a person's"]),
)
def test_the_recognizer_writes_what_decide_says(
    room: Place, seen: list[tuple[float, str, float, bool, bool]], moved: int, late_after: int, before: str
) -> None:
    _reset(room, before, moved, late_after)
    for minute, camera, distance, is_confirmed, is_between in seen:
        entry: Evidence = room.seen(minute=minute, camera=camera, distance=distance)
        room.register.record(replace(entry, is_confirmed=is_confirmed, is_between=is_between))

    starts_at = (SEEN + moved * MINUTE).replace(tzinfo=UTC)
    facts = Facts(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=60),
        late_after_minutes=late_after,
        is_closed=False,
        word=Word("absent", 1, "left") if before == "a person's" else None,
        evidence=seen_in(room),
        excuse=Excused(date(2026, 11, 23), date(2026, 11, 27), "Ama Adjei") if before == "excused" else None,
    )
    answer = decide(facts)
    rows = room.classroom.rows("SELECT * FROM mark")
    if answer.seen is None:
        # The second rule does not apply: the recognizer leaves everything as it was, but for an absence in doubt.
        doubtful = any(-15 <= minute - moved < 60 for minute, *_ in seen)
        assert answer.source == (_STATUSES[before][1] if before in ("excused", "a person's") else "nobody")
        left = "unseen" if before == "absent" and doubtful else _STATUSES[before][0]
        assert [row["status"] for row in rows] == ([left] if before else [])
        if _STATUSES[before][1] == "closing" and doubtful:
            assert rows[0]["because"] == decide(replace(facts, is_closed=True)).because
        return
    (row,) = rows
    assert (row["status"], row["source"]) == (answer.status, answer.source)
    assert row["because"] == ("" if answer.source == "camera" else row["because"])
    assert _instant(row["first_seen_at"]) <= answer.seen.first_seen_at
    assert _instant(row["last_seen_at"]) >= answer.seen.last_seen_at
    changes = room.classroom.rows("SELECT * FROM mark_change ORDER BY id")
    if before != "a person's":
        assert (changes[-1]["to_status"], changes[-1]["to_source"]) == (row["status"], "camera")
        assert (changes[0]["from_status"], changes[0]["from_source"]) == _STATUSES[before]
    else:
        assert changes == []


_STATUSES = {
    "": ("", ""),
    "absent": ("absent", "closing"),
    "unseen": ("unseen", "closing"),
    "expected": ("expected", "nobody"),
    "excused": ("excused", "excuse"),
    "a person's": ("absent", "lecturer"),
}


def _reset(place: Place, before: str, moved: int, late_after: int) -> None:
    for table in ("mark_change", "mark", "evidence"):
        place.change(f"DELETE FROM {table}")
    place.change(
        "UPDATE class_session SET starts_at = :start, ends_at = :end, late_after_minutes = :late",
        start=str(SEEN + moved * MINUTE),
        end=str(SEEN + (moved + 60) * MINUTE),
        late=late_after,
    )
    if before:
        status, source = _STATUSES[before]
        place.change(
            "INSERT INTO mark (session_id, student_id, status, source, marked_by_id) VALUES (:session, :student,"
            " :status, :source, CASE WHEN :source = 'lecturer' THEN 1 END)",
            session=place.classroom.session_id,
            student=place.classroom.student_id("S1001"),
            status=status,
            source=source,
        )
