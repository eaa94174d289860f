"""The judge of broken rooms sees what it is there for: each lie that is told to it is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.acceptance.breaking.oracle import assert_true, judge
from tests.acceptance.breaking.room import BrokenRoom
from tests.fixtures.mariadb import trigger_names
from tests.fixtures.patience import only_long

LIES = {
    "UPDATE mark SET status = 'absent', source = 'closing' WHERE student_id = :student": "is absent by closing",
    "UPDATE mark SET first_seen_at = first_seen_at - INTERVAL 3 SECOND WHERE student_id = :student": "says first seen",
    "DELETE FROM mark WHERE student_id = :student": "has no mark",
    "UPDATE mark SET student_id = :absent WHERE student_id = :other": "and was not seen",
    "INSERT INTO mark_change (session_id, student_id, action, program, changed_at, from_status, from_source, to_status,"
    " to_source, reason) SELECT session_id, student_id, action, program, changed_at, from_status, from_source,"
    " to_status, to_source, reason FROM mark_change WHERE student_id = :student": "the history goes",
    "UPDATE evidence SET first_seen_at = first_seen_at + INTERVAL 2 SECOND WHERE student_id = :student": "begins at",
    "UPDATE evidence SET last_seen_at = last_seen_at + INTERVAL 2 SECOND WHERE student_id = :student": "ends at",
    "UPDATE evidence SET minutes = minutes ^ 1152921504606846975 WHERE student_id = :student": "nobody was shown",
    "DELETE FROM evidence WHERE student_id = :student": "there is no evidence",
    "UPDATE evidence SET student_id = :absent WHERE student_id = :other": "of what no camera showed",
    "INSERT INTO sight (room_id, camera_name, starts_at, ends_at, recorded_at) SELECT room_id, camera_name,"
    " starts_at + INTERVAL 100000 MICROSECOND, ends_at, recorded_at FROM sight"
    " WHERE room_id = :room ORDER BY starts_at DESC LIMIT 1": "told of twice",
    "UPDATE sight SET ends_at = ends_at + INTERVAL 3 SECOND WHERE room_id = :room": "is said to have seen",
    "DELETE FROM sight WHERE room_id = :room": "nothing says so",
    "DELETE FROM blind_span WHERE room_id = :room": "nothing is said of camera",
    "UPDATE camera_status SET refused_marks = 1 WHERE room_id = :room": "refused marks, not 0",
}


@only_long
def test_every_lie_is_found_out(break_room: Callable[..., BrokenRoom]) -> None:
    room = break_room()
    room.meet()
    room.start_watching()
    student, other, absent = room.numbers
    room.show(student, other)
    room.wait_for_marks(student, other)
    room.blind("dark")
    room.timepiece.sleep(2.5)
    room.blind("")
    room.timepiece.sleep(2.5)
    room.stop()
    assert_true(room)
    # A recognizer trusts a clock that was set right a little sooner than anybody reads so in its log.
    last = max(moment.at for moment in room.moments(room.cameras[0]) if student in moment.students)
    assert_true(room, wrong_clock=[(last - timedelta(seconds=0.5), last + timedelta(seconds=0.01))])

    for name in trigger_names():  # With them nobody can tell such lies.
        room.execute(f"DROP TRIGGER IF EXISTS {name}")
    rows = {row["number"]: row["id"] for row in room.rows("SELECT id, number FROM student")}
    for lie, fault in LIES.items():
        room.execute(lie, student=rows[student], other=rows[other], absent=rows[absent])
        faults = [found for found in judge(room).faults if fault in found]
        assert faults, lie
