"""Closing, late facts, coverage, changed times, rosters and taking back: the portal's shipped user on MariaDB."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.admin.timetable import register_words
from portal.attendance.models import ClassSession, Mark, MarkChange, Room, RosterEntry, Student
from portal.attendance.services.closing import (
    check_register,
    close_due,
    close_if_due,
    close_session,
    turn_rest_absent,
)
from portal.attendance.services.correction import (
    NothingToTakeBack,
    StaleCorrection,
    back_to_camera,
    confirm_evidence,
    correct_mark,
    undo_word,
)
from portal.attendance.services.deciding import decide_anew
from portal.attendance.services.rosters import (
    apply_roster_to_held_sessions,
    decide_open_registers,
    end_membership,
    held_sessions_to_change,
)
from portal.attendance.services.timetable import change_session, change_zone
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.portal_database import RoomsRecognizer, recognizer_of
from tests.portal.school import NINE, School, found_school

MINUTE = timedelta(minutes=1)
END = NINE + 50 * MINUTE
"""Of the school's class session, of 50 minutes."""
DUE = END + 15 * MINUTE


@pytest.fixture
def school(portal_on_mariadb: MigratedMariaDB) -> School:
    return found_school()


@pytest.fixture
def recognizer(portal_on_mariadb: MigratedMariaDB, school: School) -> RoomsRecognizer:
    return recognizer_of(portal_on_mariadb, school.room)


@pytest.fixture
def élodie(school: School) -> Student:
    return school.students[0]


def at(minute: float) -> datetime:
    return NINE + minute * MINUTE


def register(session: ClassSession) -> dict[str, str]:
    """What the rows say, by student number; those that do not count in brackets."""
    rows = Mark.objects.filter(session=session).select_related("student")
    return {
        row.student.number: f"{row.status} {row.because}".strip() if row.on_roster else f"({row.status})"
        for row in rows
    }


def history(session: ClassSession, student: Student) -> list[str]:
    """Each change, the earliest first."""
    changes = MarkChange.objects.filter(session=session, student=student).order_by("pk")
    return [
        f"{change.program or change.changed_by.name}: {change.from_status or '-'} > {change.to_status}"
        for change in changes
    ]


def watch(recognizer: RoomsRecognizer, school: School) -> None:
    """The room's one camera saw all of it, and everybody is enrolled."""
    recognizer.sight(at(-30), at(120))
    for student in school.students:
        recognizer.enrol(student, at(-10_000))


def test_closing_gives_everyone_on_the_roster_of_that_day_an_answer(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(3), at(40))
    late, ill = school.students[1:3]
    recognizer.evidence(school.session, late, at(20))
    correct_mark(school.session, ill, "excused", "letter", school.lecturer)
    RosterEntry.objects.filter(student=school.students[3]).update(until=date(2026, 11, 22))
    assert not close_if_due(school.session, DUE - MINUTE)
    assert close_if_due(school.session, DUE)
    assert register(school.session) == {"0042": "present", "S1001": "late", "S1002": "excused"}
    assert school.session.closed_at is not None


def test_who_was_not_seen_is_absent_and_the_history_says_who_decided_it(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    close_session(school.session)
    assert register(school.session) == dict.fromkeys(("0042", "S1001", "S1002", "S1003"), "absent")
    assert history(school.session, élodie) == ["portal: - > absent"]
    assert "100 %" in MarkChange.objects.filter(student=élodie).get().reason


def test_an_inactive_student_is_not_expected_and_keeps_the_row_that_is_there(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    school.see(élodie)
    Student.objects.filter(number__in=["0042", "S1001"]).update(is_active=False)
    close_session(school.session)
    assert register(school.session) == {"0042": "(present)", "S1002": "absent", "S1003": "absent"}


def test_whoever_closes_again_changes_nothing(school: School, recognizer: RoomsRecognizer) -> None:
    watch(recognizer, school)
    assert close_session(school.session)
    written = MarkChange.objects.count()
    assert not close_session(school.session)
    assert decide_anew(school.session) == 0
    assert MarkChange.objects.count() == written == 4


def test_two_who_open_the_page_at_once_close_it_once(school: School, recognizer: RoomsRecognizer) -> None:
    watch(recognizer, school)
    started = threading.Barrier(4)
    closed: list[bool] = []

    def visit() -> None:
        session = ClassSession.objects.get(pk=school.session.pk)
        started.wait()
        closed.append(close_if_due(session))
        connection.close()

    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert sorted(closed) == [False, False, False, True]
    assert MarkChange.objects.count() == Mark.objects.count() == 4


def test_the_timer_closes_what_is_due_and_nothing_else(school: School, recognizer: RoomsRecognizer) -> None:
    now = timezone.now()
    running = school.meet(now - 30 * MINUTE)
    just_over = school.meet(now - 60 * MINUTE, minutes=50)
    cancelled = school.meet(NINE + timedelta(days=1), is_cancelled=True)
    assert close_due() == (1, 0)
    assert ClassSession.objects.get(closed_at__isnull=False) == school.session
    assert close_due() == (0, 0)
    assert not any(register(session) for session in (running, just_over, cancelled))


def test_a_register_that_cannot_be_closed_does_not_stop_the_others(school: School, portal_on_mariadb: Any) -> None:
    """A row that the database refuses: the fault is said, and the next one is closed."""
    other = school.meet(NINE + timedelta(days=1))
    name = portal_on_mariadb.name
    trigger = (
        f"CREATE TRIGGER {name}.refuse BEFORE INSERT ON {name}.mark FOR EACH ROW"
        f" IF NEW.session_id = {school.session.pk} THEN SIGNAL SQLSTATE '45000'; END IF"
    )
    portal_on_mariadb.server.execute(trigger)
    try:
        assert close_due() == (1, 1)
    finally:
        portal_on_mariadb.server.execute(f"DROP TRIGGER {name}.refuse")
    other.refresh_from_db()
    assert other.closed_at
    assert close_due() == (1, 0)


def test_sight_that_arrives_after_closing_decides_anew(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    close_session(school.session)
    assert register(school.session)["0042"] == "unseen blind"
    recognizer.sight(at(-30), at(120))
    assert close_due() == (1, 0)
    assert register(school.session)["0042"] == "unseen not enrolled"
    for student in school.students:
        recognizer.enrol(student, at(-10_000))
    school.session.refresh_from_db()
    assert close_if_due(school.session)
    assert set(register(school.session).values()) == {"absent"}
    assert history(school.session, élodie) == ["portal: - > unseen", "portal: unseen > absent"]


def test_a_further_camera_that_was_blind_takes_an_absence_back(school: School, recognizer: RoomsRecognizer) -> None:
    watch(recognizer, school)
    close_session(school.session)
    recognizer.blind(at(0), at(30), camera="back", reason="covered")
    assert close_due() == (1, 0)
    assert set(register(school.session).values()) == {"unseen blind"}


def test_late_sight_that_moves_what_was_covered_decides_anew_whoever_was_enrolled_for_a_part(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    """Thirty minutes are covered before and after; the student could be named in the last thirty alone."""
    school.course.least_coverage_percent = 60
    school.course.save()
    for student in school.students:
        recognizer.enrol(student, at(20) if student == élodie else at(-10_000))
    recognizer.sight(at(0), at(30), camera="front")
    close_session(school.session)
    assert register(school.session) == {
        "0042": "unseen not enrolled",
        "S1001": "absent",
        "S1002": "absent",
        "S1003": "absent",
    }
    recognizer.sight(at(30), at(50), camera="front")
    recognizer.blind(at(0), at(20), camera="back")
    recognizer.sight(at(20), at(50), camera="back")
    assert close_due() == (1, 0)
    assert set(register(school.session).values()) == {"absent"}
    assert close_due() == (0, 0)


def test_a_span_that_goes_on_after_the_class_session_is_no_news(
    school: School, recognizer: RoomsRecognizer, portal_on_mariadb: MigratedMariaDB
) -> None:
    """Case P02: a camera that goes on, or is repaired on Tuesday, changes nothing about Monday."""
    watch(recognizer, school)
    close_session(school.session)
    portal_on_mariadb.server.execute(
        f"UPDATE {portal_on_mariadb.name}.sight SET ends_at = ends_at + INTERVAL 5 HOUR,"
        " recorded_at = recorded_at + INTERVAL 5 MINUTE"
    )
    recognizer.sight(at(24 * 60), at(25 * 60))
    assert close_due() == (0, 0)


def test_monday_without_a_camera_stays_not_observed_when_one_sees_on_tuesday(
    school: School, recognizer: RoomsRecognizer
) -> None:
    close_session(school.session)
    recognizer.sight(at(24 * 60), at(25 * 60))
    recognizer.sight(END - timedelta(seconds=1), END)
    for student in school.students:
        recognizer.enrol(student, at(-10_000))
    close_due()
    assert set(register(school.session).values()) == {"unseen blind"}


def test_what_was_seen_by_a_wrong_clock_marks_nobody_until_a_person_confirms_it(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(3), is_confirmed=False)
    close_session(school.session)
    assert register(school.session)["0042"] == "unseen clock"
    mark = confirm_evidence(school.session, élodie, school.lecturer)
    assert (mark.status, mark.source, mark.first_seen_at) == ("present", "camera", at(3))
    assert history(school.session, élodie) == ["portal: - > unseen", "Ama Adjei: unseen > present"]
    with pytest.raises(ValueError, match="waits to be confirmed"):
        confirm_evidence(school.session, élodie, school.lecturer)


@pytest.mark.parametrize(("each_sees_all", "expected"), [(False, "unseen blind"), (True, "absent")])
def test_every_camera_must_have_seen_unless_each_sees_all(
    school: School, recognizer: RoomsRecognizer, each_sees_all: bool, expected: str
) -> None:
    Room.objects.update(each_camera_sees_all=each_sees_all)
    watch(recognizer, school)
    recognizer.sight(at(-30), at(20), camera="back")
    recognizer.blind(at(20), at(120), camera="back")
    close_session(school.session)
    assert set(register(school.session).values()) == {expected}


def test_a_camera_that_was_dark_all_along_is_no_witness(school: School, recognizer: RoomsRecognizer) -> None:
    """Case C07."""
    recognizer.blind(at(-15), at(60))
    for student in school.students:
        recognizer.enrol(student, at(-10_000))
    close_session(school.session)
    assert set(register(school.session).values()) == {"unseen blind"}


def test_the_courses_rule_says_how_much_must_be_covered(school: School, recognizer: RoomsRecognizer) -> None:
    school.course.least_coverage_percent = 40
    school.course.save()
    for student in school.students:
        recognizer.enrol(student, at(-10_000))
    recognizer.sight(at(0), at(20))
    close_session(school.session)
    assert set(register(school.session).values()) == {"absent"}


def test_a_person_who_checks_the_register_may_turn_the_rest_absent(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    school.see(school.students[1])
    guest = Student.objects.create(number="G1", full_name="A Guest")
    correct_mark(school.session, guest, "present", "sat in", school.lecturer)
    close_session(school.session)
    assert turn_rest_absent(school.session, school.lecturer) == 3
    assert register(school.session) == {
        "0042": "absent",
        "S1001": "present",
        "S1002": "absent",
        "S1003": "absent",
        "G1": "(present)",
    }
    assert (school.session.checked_by, school.session.checked_at is not None) == (school.lecturer, True)
    assert undo_word(school.session, élodie, school.lecturer).status == "unseen"
    assert history(school.session, élodie)[1:] == ["Ama Adjei: unseen > absent", "Ama Adjei: absent > unseen"]


def test_the_rest_is_turned_absent_before_closing_too_and_stays_so(school: School) -> None:
    session = school.meet(timezone.now() - 52 * MINUTE)
    assert turn_rest_absent(session, school.lecturer) == 4
    close_session(session, session.ends_at + 15 * MINUTE)
    assert set(register(session).values()) == {"absent"}
    assert set(Mark.objects.values_list("source", flat=True)) == {"lecturer"}


def test_nobody_is_turned_absent_before_the_end(school: School) -> None:
    with pytest.raises(ValueError, match="once the class session is over"):
        turn_rest_absent(school.meet(timezone.now() - 10 * MINUTE), school.lecturer)
    assert not Mark.objects.exists()


def test_checking_a_register_says_who_and_when_and_changes_no_mark(school: School) -> None:
    check_register(school.session, school.lecturer)
    school.session.refresh_from_db()
    assert school.session.checked_by == school.lecturer
    assert not Mark.objects.exists()


def test_changed_times_decide_by_the_minutes_that_were_seen(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    """Seen from two to ten minutes past; the class began at half past nine, so there is nothing of it in the window."""
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(2), at(10))
    recognizer.evidence(school.session, school.students[1], at(2), at(40))
    close_session(school.session)
    change_session(school.session, starts_at=at(30), ends_at=at(80))
    assert register(school.session) == {"0042": "absent", "S1001": "present", "S1002": "absent", "S1003": "absent"}
    assert Mark.objects.get(student=school.students[1]).first_seen_at == at(15)
    change_session(school.session, starts_at=NINE, ends_at=END)
    assert register(school.session)["0042"] == "present"
    assert Mark.objects.get(student=school.students[1]).first_seen_at == at(2)


def test_a_changed_late_limit_counts_for_those_who_were_seen(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    recognizer.evidence(school.session, élodie, at(10))
    decide_anew(school.session)
    change_session(school.session, late_after_minutes=5)
    close_session(school.session)
    assert register(school.session)["0042"] == "late"


def test_an_end_in_the_future_opens_the_register_again(school: School, recognizer: RoomsRecognizer) -> None:
    watch(recognizer, school)
    school.see(school.students[1])
    close_session(school.session)
    change_session(school.session, ends_at=timezone.now() + 10 * MINUTE)
    assert school.session.closed_at is None
    assert register(school.session) == {
        "0042": "expected",
        "S1001": "present",
        "S1002": "expected",
        "S1003": "expected",
    }
    change_session(school.session, ends_at=END)
    assert school.session.closed_at is not None
    assert register(school.session)["0042"] == "absent"


@pytest.mark.parametrize("change", [{"ends_at": datetime(2126, 1, 1, tzinfo=UTC)}, {"is_cancelled": True}])
def test_a_register_that_opens_again_is_to_be_checked_again(
    school: School, recognizer: RoomsRecognizer, change: Any
) -> None:
    watch(recognizer, school)
    close_if_due(school.session)
    check_register(school.session, school.lecturer)
    assert register_words(school.session) == "Closed, checked by Dr Ama Adjei"
    change_session(school.session, late_after_minutes=5)
    assert school.session.checked_by == school.lecturer
    change_session(school.session, **change)
    assert (school.session.checked_by, school.session.checked_at) == (None, None)
    assert register_words(school.session) in ("Open", "Cancelled")


def test_a_register_that_is_checked_before_it_closes_is_not_called_closed(school: School) -> None:
    check_register(school.session, school.lecturer)
    assert register_words(school.session) == "Open, checked by Dr Ama Adjei"


def test_coverage_follows_the_room_and_evidence_stays(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(3))
    close_session(school.session)
    change_session(school.session, room=Room.objects.create(name="Another room"))
    assert register(school.session) == {
        "0042": "present",
        "S1001": "unseen blind",
        "S1002": "unseen blind",
        "S1003": "unseen blind",
    }


def test_a_cancelled_class_session_keeps_its_rows_and_is_closed_anew_when_called_back(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(3))
    correct_mark(school.session, school.students[1], "excused", "letter", school.lecturer)
    close_session(school.session)
    before = register(school.session)
    change_session(school.session, is_cancelled=True)
    assert school.session.closed_at is None
    assert register(school.session).keys() == before.keys()
    assert not close_if_due(school.session)
    assert close_due() == (0, 0)
    RosterEntry.objects.filter(student=school.students[3]).delete()
    change_session(school.session, is_cancelled=False)
    assert school.session.closed_at is not None
    assert register(school.session) == before | {"S1003": "(expected)"}


def test_who_joins_in_week_six_is_not_counted_in_week_one(school: School, recognizer: RoomsRecognizer) -> None:
    """Case P01."""
    watch(recognizer, school)
    new = Student.objects.create(number="N1", full_name="New Here")
    RosterEntry.objects.create(course=school.course, student=new, since=date(2026, 12, 28))
    close_session(school.session)
    assert "N1" not in register(school.session)


def test_who_leaves_leaves_the_absences_behind(school: School, recognizer: RoomsRecognizer, élodie: Student) -> None:
    """Case P03."""
    watch(recognizer, school)
    close_session(school.session)
    entry = RosterEntry.objects.get(student=élodie)
    assert end_membership(entry, date(2026, 11, 30))
    entry.refresh_from_db()
    assert entry.until == date(2026, 11, 29)
    decide_anew(school.session)
    assert register(school.session)["0042"] == "absent"


def test_a_membership_in_which_nothing_was_held_goes_altogether(school: School, élodie: Student) -> None:
    assert not end_membership(RosterEntry.objects.get(student=élodie), school.session.day)
    assert not RosterEntry.objects.filter(student=élodie).exists()


def test_an_edit_of_the_roster_touches_closed_registers_only_where_that_is_asked_for(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    second = school.meet(NINE + timedelta(days=1))
    recognizer.sight(at(24 * 60), at(25 * 60))
    close_due()
    RosterEntry.objects.filter(student=élodie).update(until=date(2026, 11, 23))
    new = Student.objects.create(number="N1", full_name="New Here")
    RosterEntry.objects.create(course=school.course, student=new, since=date(2026, 11, 24))
    recognizer.enrol(new, at(-10_000))
    before = register(school.session), register(second)
    close_due()
    decide_anew(second)
    assert (register(school.session), register(second)) == before
    assert held_sessions_to_change(school.course, [élodie, new]) == [second]
    assert apply_roster_to_held_sessions(school.course, [élodie, new]) == 1
    assert register(school.session) == before[0]
    assert register(second) == before[1] | {"0042": "(expected)", "N1": "absent"}
    assert apply_roster_to_held_sessions(school.course, [élodie, new]) == 0


def test_who_joins_while_the_class_runs_is_marked_by_what_was_seen(school: School, recognizer: RoomsRecognizer) -> None:
    session = school.meet(timezone.now() - 20 * MINUTE)
    visitor = Student.objects.create(number="V1", full_name="A Visitor")
    recognizer.evidence(session, visitor, session.starts_at + MINUTE, session.starts_at + MINUTE)
    decide_anew(session)
    assert register(session) == {}
    RosterEntry.objects.create(course=school.course, student=visitor)
    decide_open_registers(school.course, [visitor])
    assert register(session) == {"V1": "present"}


def test_a_visitor_has_evidence_and_no_mark(school: School, recognizer: RoomsRecognizer) -> None:
    visitor = Student.objects.create(number="V1", full_name="A Visitor")
    recognizer.evidence(school.session, visitor, at(3))
    close_session(school.session)
    assert "V1" not in register(school.session)


def test_a_walk_in_has_a_row_is_here_and_does_not_count(school: School, recognizer: RoomsRecognizer) -> None:
    visitor = Student.objects.create(number="V1", full_name="A Visitor")
    mark = correct_mark(school.session, visitor, "present", "sat in", school.lecturer)
    assert not mark.on_roster
    close_session(school.session)
    assert register(school.session)["V1"] == "(present)"
    assert undo_word(school.session, visitor, school.lecturer).status == "expected"


def test_a_room_in_another_zone_moves_the_days_of_open_registers(school: School) -> None:
    evening = school.meet(datetime(2026, 12, 1, 20, 0, tzinfo=UTC))
    close_session(school.session)
    change_zone(school.room, "Asia/Tokyo")
    evening.refresh_from_db()
    assert evening.day == date(2026, 12, 2)


def test_undo_takes_back_ones_own_latest_word(school: School, recognizer: RoomsRecognizer, élodie: Student) -> None:
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(3))
    say(school, élodie, "absent", school.lecturer)
    say(school, élodie, "late", school.staff)
    say(school, élodie, "excused", school.lecturer)
    assert undo_word(school.session, élodie, school.lecturer).status == "late"
    assert undo_word(school.session, élodie, school.lecturer).status == "late"
    with pytest.raises(NothingToTakeBack):
        undo_word(school.session, élodie, school.lecturer)
    mark = undo_word(school.session, élodie, school.staff)
    assert (mark.status, mark.source, mark.marked_by, mark.note) == ("present", "camera", None, "")
    assert history(school.session, élodie)[3:] == [
        "Ama Adjei: excused > late",
        "Ama Adjei: late > late",
        "Sam Registrar: late > present",
    ]


def test_back_to_the_camera_takes_every_word_back(school: School, recognizer: RoomsRecognizer, élodie: Student) -> None:
    watch(recognizer, school)
    say(school, élodie, "present", school.staff)
    say(school, élodie, "excused", school.lecturer)
    close_session(school.session)
    assert back_to_camera(school.session, élodie, school.lecturer).status == "absent"
    assert history(school.session, élodie)[-1] == "Ama Adjei: excused > absent"
    with pytest.raises(NothingToTakeBack):
        back_to_camera(school.session, élodie, school.lecturer)
    with pytest.raises(NothingToTakeBack):
        undo_word(school.session, élodie, school.staff)


@pytest.mark.parametrize("take_back", [undo_word, back_to_camera])
def test_what_somebody_else_said_meanwhile_is_not_taken_back_unseen(
    school: School, élodie: Student, take_back: Any
) -> None:
    say(school, élodie, "absent", school.lecturer)
    shown = MarkChange.objects.get().pk
    say(school, élodie, "present", school.staff)
    with pytest.raises(StaleCorrection):
        take_back(school.session, élodie, school.lecturer, shown=shown)
    assert Mark.objects.get().status == "present"


def test_what_a_program_decided_meanwhile_does_not_make_a_page_stale(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    close_session(school.session)
    mark = correct_mark(school.session, élodie, "excused", "letter", school.lecturer, shown=0)
    assert mark.status == "excused"


def test_a_mark_of_an_older_recognizer_counts_without_evidence_and_keeps_its_times(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    school.see(élodie, minute=1)
    close_session(school.session)
    assert register(school.session)["0042"] == "present"
    change_session(school.session, starts_at=at(60), ends_at=at(110))
    mark = Mark.objects.get(student=élodie)
    assert (mark.status, mark.first_seen_at) == ("absent", at(1))
    change_session(school.session, starts_at=NINE, ends_at=END)
    assert register(school.session)["0042"] == "present"


def say(school: School, student: Student, status: str, by: Account) -> None:
    correct_mark(school.session, student, status, "I know it", by)
