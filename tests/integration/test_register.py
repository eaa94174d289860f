"""What was seen in the register: evidence, the mark that follows from it, and its history, on real databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recognizer.errors import MarkRefused, RegisterUnavailable
from recognizer.storage.database.inspection import DatabaseInspection
from recognizer.storage.database.register import SqlRegister
from tests.fixtures.classroom import ROSTER
from tests.fixtures.place import MINUTE, SEEN, Place


def test_a_mark_is_inserted_with_all_it_says_and_its_evidence(place: Place) -> None:
    place.register.record(place.seen(minute=3))

    mark = place.classroom.marks()["S1001"]
    assert (mark.status, mark.source, mark.camera_name, mark.note) == ("present", "camera", "front", "")
    assert (mark.first_seen_at, mark.last_seen_at) == (SEEN + 3 * MINUTE, SEEN + 3 * MINUTE)
    assert mark.distance == pytest.approx(0.25)
    (evidence,) = place.classroom.rows("SELECT * FROM evidence")
    assert (evidence["minutes"], evidence["runner_up_number"], evidence["encodings"]) == (1 << 3, "S1002", 5)
    assert place.history() == [("", "", "present", "camera")]


def test_the_same_entry_twice_changes_nothing(place: Place) -> None:
    tables = ("mark", "evidence", "mark_change")
    place.register.record(place.seen())
    before = [place.classroom.rows(f"SELECT * FROM {table}") for table in tables]

    place.register.record(place.seen())

    assert [place.classroom.rows(f"SELECT * FROM {table}") for table in tables] == before


def test_seen_times_only_widen_and_first_seen_distance_and_camera_are_of_one_entry(place: Place) -> None:
    place.register.record(place.seen(minute=5))
    place.register.record(place.seen(minute=7, distance=0.1, camera="back"))
    place.register.record(place.seen(minute=6))

    mark = place.classroom.marks()["S1001"]
    assert (mark.first_seen_at, mark.last_seen_at) == (SEEN + 5 * MINUTE, SEEN + 7 * MINUTE)
    assert (mark.distance, mark.camera_name) == (pytest.approx(0.25), "front")
    place.register.record(place.seen(minute=2, distance=0.3, camera="back"))
    mark = place.classroom.marks()["S1001"]
    assert (mark.first_seen_at, mark.distance, mark.camera_name) == (SEEN + 2 * MINUTE, pytest.approx(0.1), "back")
    assert len(place.history()) == 1


def test_evidence_grows_by_minutes_and_keeps_the_best_distance_with_what_went_with_it(place: Place) -> None:
    place.register.record(place.seen(minute=5, distance=0.3))
    place.register.record(replace(place.seen(minute=40, distance=0.2), runner_up_number="S1003", encodings=9))
    place.register.record(replace(place.seen(minute=7, distance=0.5), runner_up_number="", encodings=1))

    (row,) = place.classroom.rows("SELECT * FROM evidence")
    assert row["minutes"] == 1 << 5 | 1 << 40 | 1 << 7
    assert (row["distance"], row["runner_up_number"], row["encodings"]) == (pytest.approx(0.2), "S1003", 9)


def test_the_class_session_as_it_stands_says_who_is_late_whatever_the_schedule_said(place: Place) -> None:
    place.register.record(place.seen("S1001", minute=14))
    place.register.record(place.seen("S1002", minute=16))
    place.change("UPDATE class_session SET late_after_minutes = 5")
    place.register.record(place.seen("S1003", minute=6))

    marks = place.classroom.marks()
    assert [marks[number].status for number in ROSTER] == ["present", "late", "late"]


def test_a_late_mark_becomes_present_when_an_earlier_sighting_arrives_and_the_history_says_so(place: Place) -> None:
    place.register.record(place.seen(minute=30))
    place.register.record(place.seen(minute=2))

    mark = place.classroom.marks()["S1001"]
    assert (mark.status, mark.first_seen_at, mark.last_seen_at) == ("present", SEEN + 2 * MINUTE, SEEN + 30 * MINUTE)
    assert place.history() == [("", "", "late", "camera"), ("late", "camera", "present", "camera")]


def test_only_what_lies_in_the_window_counts(place: Place) -> None:
    """The window is from a quarter of an hour before the start until before the end."""
    for minute, is_marked in ((-15.1, False), (60, False), (-15, True)):
        place.register.record(place.seen(minute=minute))
        assert bool(place.classroom.marks()) is is_marked, minute
    assert len(place.classroom.rows("SELECT * FROM evidence")) == 2


def test_where_the_first_sighting_lies_before_the_window_the_minutes_tell(place: Place) -> None:
    """As when the class session was moved: seen from 9:00 on, it now begins at 9:40."""
    place.change(
        "UPDATE class_session SET starts_at = :start, ends_at = :end",
        start=str(SEEN + 40 * MINUTE),
        end=str(SEEN + 50 * MINUTE),
    )
    for minute in (0, 27, 55):
        place.register.record(place.seen(minute=minute))

    mark = place.classroom.marks()["S1001"]
    # A minute counts from its beginning; the last sighting is after the end.
    assert mark.first_seen_at == SEEN.replace(minute=27, second=0, microsecond=0)
    assert mark.last_seen_at == SEEN + 27 * MINUTE


@pytest.mark.parametrize(("status", "source"), [("absent", "closing"), ("unseen", "closing"), ("expected", "nobody")])
def test_what_arrives_after_closing_marks_at_once(place: Place, status: str, source: str) -> None:
    place.change("UPDATE class_session SET closed_at = ends_at")
    place.change(
        "INSERT INTO mark (session_id, student_id, status, source, because) VALUES (:session, :student, :status,"
        " :source, 'blind')",
        session=place.classroom.session_id,
        student=place.classroom.student_id("S1001"),
        status=status,
        source=source,
    )

    place.register.record(place.seen(minute=20))

    (row,) = place.classroom.rows("SELECT status, source, because FROM mark")
    assert tuple(row.values()) == ("late", "camera", "")
    assert place.history() == [(status, source, "late", "camera")]


def test_an_excuse_gives_way_to_what_was_seen(place: Place) -> None:
    place.change(
        "INSERT INTO mark (session_id, student_id, status, source) VALUES (:session, :student, 'excused', 'excuse')",
        session=place.classroom.session_id,
        student=place.classroom.student_id("S1001"),
    )
    place.register.record(place.seen())

    assert place.history() == [("excused", "excuse", "present", "camera")]


def test_a_persons_status_is_left_alone_and_the_seen_times_widen(place: Place) -> None:
    place.register.record(place.seen())
    place.change(
        "UPDATE mark SET status = 'absent', source = 'lecturer', note = 'left', marked_by_id = (SELECT id FROM account)"
    )

    place.register.record(place.seen(minute=-5))
    place.register.record(place.seen(minute=30))

    mark = place.classroom.marks()["S1001"]
    assert (mark.status, mark.source, mark.note) == ("absent", "lecturer", "left")
    assert (mark.first_seen_at, mark.last_seen_at) == (SEEN - 5 * MINUTE, SEEN + 30 * MINUTE)
    assert len(place.history()) == 1


def test_two_cameras_that_see_a_student_make_one_mark_and_keep_the_evidence_of_each(place: Place) -> None:
    for camera in ("front", "back", "front"):
        place.register.record(place.seen(minute=5, camera=camera))

    assert list(place.classroom.marks()) == ["S1001"]
    assert len(place.history()) == 1
    kept = place.classroom.rows("SELECT camera_name FROM evidence ORDER BY camera_name")
    assert [row["camera_name"] for row in kept] == ["back", "front"]


def test_what_a_mark_of_an_older_recognizer_says_counts_though_it_has_no_evidence(place: Place) -> None:
    place.register.record(place.seen(minute=1))
    place.change("DELETE FROM evidence")

    place.register.record(place.seen(minute=30, camera="back"))

    mark = place.classroom.marks()["S1001"]
    assert (mark.status, mark.first_seen_at, mark.camera_name) == ("present", SEEN + MINUTE, "front")
    assert mark.last_seen_at == SEEN + 30 * MINUTE


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE roster_entry SET since = '2026-10-06'",
        "UPDATE roster_entry SET until = '2026-10-04'",
        "UPDATE student SET is_active = 0",
        "DELETE FROM roster_entry",
    ],
)
def test_who_is_not_on_the_roster_of_that_day_has_evidence_and_no_mark(place: Place, change: str) -> None:
    place.change(change)
    place.register.record(place.seen())

    assert place.classroom.marks() == {}
    assert len(place.classroom.rows("SELECT * FROM evidence")) == 1


@pytest.mark.parametrize("change", ["since = '2026-10-05'", "until = '2026-10-05'"])
def test_the_first_and_the_last_day_of_a_membership_are_part_of_it(place: Place, change: str) -> None:
    place.change(f"UPDATE roster_entry SET {change}")
    place.register.record(place.seen())

    assert set(place.classroom.marks()) == {"S1001"}


def test_what_was_seen_by_a_wrong_clock_is_kept_and_marks_nobody_until_a_person_confirms_it(place: Place) -> None:
    place.register.record(place.seen(is_confirmed=False))
    assert place.classroom.marks() == {}
    (row,) = place.classroom.rows("SELECT is_confirmed FROM evidence")
    assert not row["is_confirmed"]

    place.change("UPDATE evidence SET is_confirmed = 1")
    place.register.record(place.seen(minute=61, camera="back"))
    assert place.classroom.marks()["S1001"].status == "present"


@pytest.mark.parametrize(("minute", "left"), [(20, ("unseen", "closing", "clock")), (70, ("absent", "closing", ""))])
def test_what_a_wrong_clock_saw_puts_an_absence_in_doubt(
    place: Place, minute: float, left: tuple[str, str, str]
) -> None:
    place.change("UPDATE class_session SET closed_at = ends_at")
    place.change(
        "INSERT INTO mark (session_id, student_id, status, source) VALUES (:session, :student, 'absent', 'closing')",
        session=place.classroom.session_id,
        student=place.classroom.student_id("S1001"),
    )

    for _ in range(2):
        place.register.record(place.seen(minute=minute, is_confirmed=False))

    (row,) = place.classroom.rows("SELECT status, source, because FROM mark")
    assert tuple(row.values()) == left
    assert place.history() == ([] if left[0] == "absent" else [("absent", "closing", "unseen", "closing")])


def test_what_a_wrong_clock_saw_stands_beside_what_a_right_one_saw_in_that_hour(place: Place) -> None:
    for minute, is_confirmed in ((1, False), (20, True), (2, False), (21, True)):
        place.register.record(place.seen(minute=minute, is_confirmed=is_confirmed))

    rows = place.classroom.rows("SELECT minutes, is_confirmed, clock_was_wrong FROM evidence ORDER BY first_seen_at")
    assert [tuple(map(int, row.values())) for row in rows] == [(0b110, 0, 1), (0b11 << 20, 1, 0)]
    assert place.classroom.marks()["S1001"].status == "late"


def test_what_a_person_has_confirmed_grows_by_what_arrives_later_and_marks(place: Place) -> None:
    place.register.record(place.seen(minute=20, is_confirmed=False))
    place.change("UPDATE evidence SET is_confirmed = 1")
    place.register.record(place.seen(minute=30))
    assert place.classroom.marks()["S1001"].status == "late"

    for _ in range(2):
        place.register.record(place.seen(minute=2, is_confirmed=False))

    rows = place.classroom.rows("SELECT minutes, is_confirmed, clock_was_wrong FROM evidence ORDER BY first_seen_at")
    assert [tuple(map(int, row.values())) for row in rows] == [(1 << 2 | 1 << 20, 1, 1), (1 << 30, 1, 0)]
    assert place.classroom.marks()["S1001"].status == "present"
    assert place.history()[-1] == ("late", "camera", "present", "camera")


def test_a_number_in_other_letters_is_the_same_students(place: Place) -> None:
    place.register.record(place.seen("s1001"))
    place.register.record(place.seen("Ｓ１００２"))

    assert set(place.classroom.marks()) == {"S1001", "S1002"}


def test_an_old_number_that_breaks_the_rule_is_compared_letter_by_letter(place: Place) -> None:
    place.change("UPDATE student SET number = 'S 1', folded_number = NULL WHERE number = 'S1001'")
    place.register.record(place.seen("S 1"))
    with pytest.raises(MarkRefused):
        place.register.record(place.seen("s 1"))

    assert set(place.classroom.marks()) == {"S 1"}


def test_a_student_who_was_renumbered_since_is_found(place: Place) -> None:
    seen = place.seen("S1001", student_id=place.classroom.student_id("S1001"))
    place.change("UPDATE student SET number = 'S2001', folded_number = 's2001' WHERE number = 'S1001'")

    place.register.record(seen)
    assert set(place.classroom.marks()) == {"S2001"}
    # Without the row it must wait until the number is put back.
    with pytest.raises(MarkRefused, match="no student with the number S1001"):
        place.register.record(place.seen("S1001"))


def test_a_student_who_was_merged_into_another_is_seen_as_that_one(place: Place) -> None:
    place.register.record(place.seen("S1001"))
    place.change(f"UPDATE student SET merged_into_id = {place.classroom.student_id('S1002')} WHERE number = 'S1001'")
    place.change(f"DELETE FROM roster_entry WHERE student_id = {place.classroom.student_id('S1002')}")
    later = replace(place.seen("S1001"), camera_name="back")
    place.register.record(replace(later, first_seen_at=SEEN + 20 * MINUTE, last_seen_at=SEEN + 20 * MINUTE))

    marks = place.classroom.marks()
    assert set(marks) == {"S1001", "S1002"}
    assert marks["S1002"].first_seen_at == marks["S1001"].first_seen_at, "the first sighting of either number"
    assert marks["S1002"].status == "present"


def test_what_the_database_will_never_take_is_refused(place: Place) -> None:
    with pytest.raises(MarkRefused, match="no student with the number S9"):
        place.register.record(place.seen("S9"))
    with pytest.raises(MarkRefused, match="class session 4711 is gone"):
        place.register.record(replace(place.seen(), session_id=4711))
    with pytest.raises(MarkRefused):
        place.register.record(replace(place.seen(), last_seen_at=SEEN - MINUTE))
    assert place.classroom.marks() == {}
    assert place.classroom.rows("SELECT * FROM evidence") == []


def test_a_room_that_is_gone_keeps_what_was_seen_waiting(place: Place) -> None:
    with pytest.raises(RegisterUnavailable, match='no room "elsewhere"'):
        SqlRegister(place.engine, "elsewhere").record(place.seen())


# SQLite has no lengths; there the configuration alone keeps to them.
@pytest.mark.parametrize("place", ["mariadb"], indirect=True)
def test_text_too_long_is_refused_and_never_cut(place: Place) -> None:
    with pytest.raises(MarkRefused):
        place.register.record(place.seen(camera="c" * 65))


# SQLite's lock is the whole file's; its transactions are short.
@pytest.mark.parametrize("place", ["mariadb"], indirect=True)
def test_a_row_that_another_holds_is_tried_again_later(place: Place) -> None:
    """Error 1205: the transaction is undone as a whole, and the same connection works again afterwards."""
    place.register.record(place.seen())
    with place.portal.begin() as connection:
        connection.exec_driver_sql("UPDATE mark SET note = 'held'")
        with pytest.raises(RegisterUnavailable, match="Lock wait timeout"):
            place.register.record(place.seen(minute=3))

    place.register.record(place.seen(minute=3))

    assert place.classroom.marks()["S1001"].last_seen_at == SEEN + 3 * MINUTE


def test_a_suspicion_is_noted_once_and_changes_no_mark(place: Place) -> None:
    place.register.record(place.seen(minute=3))
    for minute, suspicion in ((4, "still"), (5, "twice"), (6, "")):
        place.register.record(replace(place.seen(minute=minute), suspicion=suspicion))
    (row,) = place.classroom.rows("SELECT suspicion, minutes FROM evidence")
    assert (row["suspicion"], row["minutes"]) == ("still", 0b1111000)
    assert place.history() == [("", "", "present", "camera")]


def test_a_database_of_the_release_before_has_no_place_for_a_suspicion_and_takes_all_else(own_place: Place) -> None:
    own_place.change("ALTER TABLE evidence DROP COLUMN suspicion")
    assert DatabaseInspection(own_place.engine).missing_columns() == []
    assert DatabaseInspection(own_place.engine).missing_rights() == []
    own_place.register.record(replace(own_place.seen(minute=3), suspicion="still"))
    assert own_place.classroom.marks()["S1001"].status == "present"
    assert len(own_place.classroom.rows("SELECT * FROM evidence")) == 1
