"""Days, who is expected, cameras in words, and how many questions the database is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.attendance.models import CameraStatus, ClassSession, Enrolled, Mark, RosterEntry, Student
from portal.attendance.queries.cameras import camera_note
from portal.attendance.queries.day import day_of
from portal.attendance.queries.records import Records
from portal.attendance.queries.register import register_of
from portal.attendance.queries.register_rows import MINUTE
from portal.attendance.schedule import Phase, day_range, phase_of
from tests.portal.school import NINE, School, found_school

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def school(db: None) -> School:
    return found_school()


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/London", 23),
        (date(2026, 10, 25), "Europe/London", 25),
        (date(2026, 11, 23), "Europe/London", 24),
        (date(2026, 4, 24), "Africa/Cairo", 23),  # its clocks spring at midnight: the day has no 00:00
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(day: date, zone: str, hours: float) -> None:
    start, end = day_range(day, ZoneInfo(zone))
    assert end - start == timedelta(hours=hours)
    assert start.astimezone(ZoneInfo(zone)).date() == day
    assert (start - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() == day - timedelta(1)


@pytest.mark.parametrize(("hours", "is_shown"), [(0.1, True), (2, True), (24, True), (0, False), (-1, False)])
def test_a_day_shows_what_began_the_day_before_and_ends_in_it(school: School, hours: float, is_shown: bool) -> None:
    """The class session lasts from half past ten in the evening until that many hours after midnight."""
    midnight = datetime(2026, 12, 2, tzinfo=UTC)
    start, end = midnight - timedelta(minutes=90), midnight + timedelta(hours=hours)
    session = school.meet(start, minutes=(end - start) // MINUTE)
    shown = day_of(None, date(2026, 12, 2), LONDON, midnight)
    assert (session in [each.session for each in shown.sessions]) == is_shown
    assert session in [each.session for each in day_of(None, date(2026, 12, 1), LONDON, NINE).sessions]


def test_a_class_session_late_in_the_evening_belongs_to_the_local_day(school: School) -> None:
    school.meet(datetime(2026, 6, 1, 23, 30, tzinfo=UTC))  # half past midnight in London
    assert not day_of(None, date(2026, 6, 1), LONDON, NINE).sessions
    assert len(day_of(None, date(2026, 6, 2), LONDON, NINE).sessions) == 1


def test_a_day_names_the_nearest_days_that_have_any(school: School) -> None:
    school.meet(NINE - timedelta(days=9))
    school.meet(NINE - timedelta(days=3))
    school.meet(NINE + timedelta(days=7))
    found = day_of(None, NINE.date(), LONDON, NINE)
    assert (found.previous, found.next) == (date(2026, 11, 20), date(2026, 11, 30))


@pytest.mark.parametrize(
    ("minutes", "phase"), [(-1, Phase.UPCOMING), (0, Phase.RUNNING), (49, Phase.RUNNING), (50, Phase.OVER)]
)
def test_a_class_session_runs_from_its_start_to_its_end(school: School, minutes: int, phase: Phase) -> None:
    assert phase_of(school.session, NINE + timedelta(minutes=minutes)) is phase
    school.session.is_cancelled = True
    assert phase_of(school.session, NINE + timedelta(minutes=minutes)) is Phase.CANCELLED


def test_a_day_counts_who_is_here_of_those_expected_and_guests_beside_them(school: School) -> None:
    present, late, absent, _ = school.students
    school.see(present)
    school.see(late, minute=20)
    Mark.objects.create(
        session=school.session, student=absent, status="absent", source="lecturer", marked_by=school.staff
    )
    school.see(Student.objects.create(number="X9", full_name="Guest"))
    (found,) = day_of(None, NINE.date(), LONDON, NINE).sessions
    assert (found.here, found.expected, found.guests) == (2, 4, 1)
    register = register_of(school.session, NINE)
    assert (register.here, register.expected, register.guests, len(register.rows)) == (2, 4, 1, 5)


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_day_and_a_register_count_the_same(school: School, is_closed: bool) -> None:
    first, second, third, fourth = school.students
    guest = Student.objects.create(number="X9", full_name="Guest")
    school.see(first)
    school.see(second)
    school.see(guest, on_roster=False)
    RosterEntry.objects.filter(student=second).update(until=NINE.date() - timedelta(1))
    RosterEntry.objects.filter(student=third).update(since=NINE.date() + timedelta(1))
    Student.objects.filter(pk=fourth.pk).update(is_active=False)
    if is_closed:
        # The rosters above were changed after the closing: the rows say who was expected.
        ClassSession.objects.update(closed_at=NINE + timedelta(hours=1), decided_at=NINE + timedelta(hours=1))
        for student in (third, fourth):
            unseen = {"status": "unseen", "source": "closing", "because": "blind"}
            Mark.objects.create(session=school.session, student=student, **unseen)
    session = ClassSession.objects.get()
    (day,) = day_of(None, NINE.date(), LONDON, NINE).sessions
    register = register_of(session, NINE)
    counts = (register.here, register.expected, register.unseen, register.guests)
    assert counts == (day.here, day.expected, day.unseen, day.guests)
    assert counts == ((2, 4, 2, 1) if is_closed else (1, 1, 0, 2))


def test_without_a_mark_a_student_of_the_days_roster_is_expected(school: School) -> None:
    rows = register_of(school.session, NINE + timedelta(minutes=55)).rows
    assert {row.status for row in rows} == {"expected"}
    school.session.is_cancelled = True
    assert {row.status for row in register_of(school.session, NINE).rows} == {"cancelled"}


def test_a_closed_register_has_the_rows_that_were_written_whatever_becomes_of_the_roster(school: School) -> None:
    first, second = school.students[:2]
    school.see(first)
    ClassSession.objects.update(closed_at=NINE + timedelta(hours=1), decided_at=NINE + timedelta(hours=1))
    RosterEntry.objects.filter(student=first).delete()
    (row,) = register_of(ClassSession.objects.get(), NINE + timedelta(hours=2)).rows
    assert (row.student, row.is_on_roster) == (first, True)
    assert register_of(ClassSession.objects.get(), NINE).row_of(second).status == ""


@pytest.mark.parametrize(
    ("values", "is_expected"),
    [
        ({"since": None, "until": None}, True),
        ({"since": NINE.date()}, True),
        ({"until": NINE.date()}, True),
        ({"since": NINE.date() + timedelta(1)}, False),
        ({"until": NINE.date() - timedelta(1)}, False),
    ],
)
def test_who_is_expected_follows_from_the_days_of_the_roster(
    school: School, values: dict[str, date], is_expected: bool
) -> None:
    student = school.students[0]
    RosterEntry.objects.filter(student=student).update(**values)
    assert (student in [row.student for row in register_of(school.session, NINE).rows]) == is_expected


def test_who_was_seen_and_is_not_expected_is_a_visitor(school: School) -> None:
    visitor = Student.objects.create(number="V1", full_name="Rosa Visitor")
    school.notice(visitor)
    found = register_of(school.session, NINE)
    assert [row.student for row in found.visitors] == [visitor]
    assert visitor not in [row.student for row in found.rows]
    assert found.expected == 4


def test_the_minutes_seen_are_those_of_all_cameras_together(school: School) -> None:
    student = school.students[0]
    school.notice(student, 1, 5)
    school.notice(student, 4, 10, camera_name="back")
    school.notice(student, 30, 31, camera_name="door")
    school.notice(student, 40, 45, camera_name="late", is_confirmed=False)
    (row,) = (row for row in register_of(school.session, NINE).rows if row.student == student)
    minutes = [((start - NINE) // MINUTE, (end - NINE) // MINUTE) for start, end in row.seen]
    assert minutes == [(1, 11), (30, 32)]
    assert [each.camera_name for each in row.unconfirmed] == ["late"]


def test_who_cannot_be_named_by_the_rooms_gallery_is_told(school: School) -> None:
    assert not register_of(school.session, NINE).unnamed  # No recognizer has said yet whom it can name.
    first, second, third, fourth = school.students
    school.enrol(first, second)
    Enrolled.objects.create(room=school.room, student=third, reference_count=1, enrolled_at=NINE + timedelta(hours=9))
    Enrolled.objects.filter(student=second).update(removed_at=NINE - timedelta(hours=1))
    found = register_of(school.session, NINE + timedelta(days=1))
    assert {row.student for row in found.unnamed} == {second, third, fourth}


def test_that_cameras_know_no_visitors_is_said_of_the_lesson_under_way(school: School, client: Client) -> None:
    camera = school.camera(gallery_scope="rosters")
    assert register_of(school.session, NINE).are_visitors_unknown
    assert not register_of(school.session, NINE + timedelta(days=1)).are_visitors_unknown
    school.move(timezone.now() - 5 * MINUTE)
    client.force_login(school.lecturer)
    address = f"/sessions/{school.session.pk}/"
    assert "They cannot name visitors" in client.get(address).content.decode()
    CameraStatus.objects.filter(pk=camera.pk).update(gallery_scope="all")
    assert "cannot name visitors" not in client.get(address).content.decode()


def test_a_person_marked_but_no_longer_on_the_roster_stays_in_the_register(school: School) -> None:
    student = school.students[1]
    school.see(student)
    RosterEntry.objects.filter(student=student).delete()
    row = next(row for row in register_of(school.session, NINE).rows if row.student == student)
    assert (row.is_on_roster, row.status) == (False, "present")


def test_a_register_is_in_the_order_of_surnames(school: School) -> None:
    names = [row.student.full_name for row in register_of(school.session, NINE).rows]
    assert names == ["Eileen Collins", "Bilal Haddad", "Grace Hopper", "Élodie Marchand"]


@pytest.mark.parametrize(
    ("state", "seconds", "says"),
    [
        ("watching", 0, "watching"),
        ("watching", 119, "watching"),
        ("watching", 121, "silent"),
        # By a clock that is a little ahead, and by one that is wrong.
        ("watching", -119, "watching"),
        ("watching", -121, "silent"),
        ("watching", -(10**9), "silent"),
        ("failing", 5, "failing"),
        ("resting", 600, "silent"),
        ("stopped", 600, "stopped"),
    ],
)
def test_a_camera_that_has_not_spoken_for_two_minutes_is_silent(
    school: School, state: str, seconds: int, says: str
) -> None:
    now = timezone.now()
    camera = school.camera(state, reported_at=now - timedelta(seconds=seconds))
    assert camera_note(camera, now).state == says


def test_a_register_takes_as_many_queries_for_four_students_as_for_forty(
    school: School, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = ClassSession.objects.select_related("course", "room").get()
    for count in (4, 40):
        if count == 40:
            _crowd(school, count)
        with django_assert_num_queries(6):
            found = register_of(session, NINE)
            assert found.cameras == []
            for row in found.rows:
                assert row.mark is None or str(row.mark.marked_by)
                assert row.last_change is row.excuse is None


def test_a_day_takes_as_many_queries_for_one_session_as_for_eight(
    school: School, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 8):
        for number in range(1, count):
            school.meet(NINE + timedelta(hours=number))
            CameraStatus.objects.create(room=school.room, camera_name=f"c{number}", state="watching", reported_at=NINE)
        with django_assert_num_queries(8):
            day = day_of(None, NINE.date(), LONDON, NINE)
            assert len([(each.session.course.code, each.session.room.name) for each in day.sessions]) == count


def test_status_counts_name_every_status(school: School) -> None:
    school.see(school.students[0])
    assert Records(ClassSession.objects.all()).counts().by_status == {
        "present": 1,
        "late": 0,
        "absent": 0,
        "excused": 0,
        "unseen": 0,
        "expected": 0,
    }


def _crowd(school: School, count: int) -> None:
    crowd = Student.objects.bulk_create(Student(number=f"C{each}", full_name=f"Crowd {each}") for each in range(count))
    RosterEntry.objects.bulk_create(RosterEntry(course=school.course, student=each) for each in crowd)
    for student in crowd:
        school.see(student, source="lecturer", marked_by=school.lecturer)
