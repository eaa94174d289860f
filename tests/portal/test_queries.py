"""Days, statuses without a mark, cameras in words, and how many questions the database is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.attendance.models import CameraStatus, ClassSession, Mark, RosterEntry, Student
from portal.attendance.queries.cameras import camera_note
from portal.attendance.queries.day import day_of
from portal.attendance.queries.records import Records
from portal.attendance.queries.register import register_of
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


def test_a_class_session_late_in_the_evening_belongs_to_the_local_day(school: School) -> None:
    school.meet(datetime(2026, 6, 1, 23, 30, tzinfo=UTC))  # half past midnight in London
    sessions = ClassSession.objects.all()
    assert not day_of(sessions, date(2026, 6, 1), LONDON, NINE).sessions
    assert len(day_of(sessions, date(2026, 6, 2), LONDON, NINE).sessions) == 1


def test_a_day_names_the_nearest_days_that_have_any(school: School) -> None:
    school.meet(NINE - timedelta(days=9))
    school.meet(NINE - timedelta(days=3))
    school.meet(NINE + timedelta(days=7))
    found = day_of(ClassSession.objects.all(), NINE.date(), LONDON, NINE)
    assert (found.previous, found.next) == (date(2026, 11, 20), date(2026, 11, 30))


@pytest.mark.parametrize(
    ("minutes", "phase"), [(-1, Phase.UPCOMING), (0, Phase.RUNNING), (49, Phase.RUNNING), (50, Phase.OVER)]
)
def test_a_class_session_runs_from_its_start_to_its_end(school: School, minutes: int, phase: Phase) -> None:
    assert phase_of(school.session, NINE + timedelta(minutes=minutes)) is phase
    school.session.is_cancelled = True
    assert phase_of(school.session, NINE + timedelta(minutes=minutes)) is Phase.CANCELLED


def test_a_day_counts_who_is_here_of_all_who_are_expected_or_marked(school: School) -> None:
    present, late, absent, _ = school.students
    school.see(present)
    school.see(late, minute=20)
    Mark.objects.create(
        session=school.session, student=absent, status="absent", source="lecturer", marked_by=school.staff
    )
    school.see(Student.objects.create(number="X9", full_name="Guest"))
    (found,) = day_of(ClassSession.objects.all(), NINE.date(), LONDON, NINE).sessions
    assert (found.here, found.expected) == (3, 5)
    register = register_of(school.session, NINE)
    assert (register.here, len(register.rows)) == (3, 5)


def test_without_a_mark_a_student_is_expected_until_the_end_and_absent_after_it(school: School) -> None:
    school.see(school.students[0])
    student = school.students[1]

    def status(minutes: int) -> str:
        rows = register_of(school.session, NINE + timedelta(minutes=minutes)).rows
        return next(row.status for row in rows if row.student == student)

    assert [status(minutes) for minutes in (-30, 0, 49, 50)] == ["expected", "expected", "expected", "absent"]


@pytest.mark.parametrize(
    ("last_frame", "status"),
    [
        (None, "unseen"),
        (NINE - timedelta(seconds=1), "unseen"),
        (NINE, "absent"),
        (NINE + timedelta(hours=1), "absent"),
    ],
)
def test_nobody_is_called_absent_where_no_camera_could_see(
    school: School, last_frame: datetime | None, status: str
) -> None:
    school.camera("failing", last_frame_at=last_frame)
    assert {row.status for row in register_of(school.session, NINE + timedelta(hours=2)).rows} == {status}


def test_a_cameras_mark_that_a_person_corrected_still_proves_that_a_camera_saw(school: School) -> None:
    school.see(school.students[0], source="lecturer", status="excused", marked_by=school.lecturer)
    statuses = {row.status for row in register_of(school.session, NINE + timedelta(hours=2)).rows}
    assert statuses == {"excused", "absent"}


def test_a_person_marked_but_no_longer_on_the_roster_stays_in_the_register(school: School) -> None:
    student = school.students[1]
    school.see(student)
    RosterEntry.objects.filter(student=student).delete()
    row = next(row for row in register_of(school.session, NINE).rows if row.student == student)
    assert (row.is_on_roster, row.status) == (False, "present")


def test_names_are_in_the_order_of_a_printed_list(school: School) -> None:
    names = [row.student.full_name for row in register_of(school.session, NINE).rows]
    assert names == ["Bilal Haddad", "Eileen Collins", "Élodie Marchand", "Grace Hopper"]


@pytest.mark.parametrize(
    ("state", "seconds", "says"),
    [
        ("watching", 0, "watching"),
        ("watching", 119, "watching"),
        ("watching", 121, "silent"),
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
        with django_assert_num_queries(4):
            for row in register_of(session, NINE).rows:
                assert row.mark is None or str(row.mark.marked_by)


def test_a_day_takes_as_many_queries_for_one_session_as_for_eight(
    school: School, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 8):
        for number in range(1, count):
            school.meet(NINE + timedelta(hours=number))
            CameraStatus.objects.create(room=school.room, camera_name=f"c{number}", state="watching", reported_at=NINE)
        with django_assert_num_queries(3):
            day = day_of(ClassSession.objects.all(), NINE.date(), LONDON, NINE)
            assert len([(each.session.course.code, each.session.room.name) for each in day.sessions]) == count


def test_status_counts_name_every_status(school: School) -> None:
    school.see(school.students[0])
    assert Records(ClassSession.objects.all()).counts() == {
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
