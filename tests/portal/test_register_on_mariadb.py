"""What a register reads, on MariaDB with the portal's shipped user."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.attendance.models import ClassSession, Mark, RosterEntry, Student
from portal.attendance.queries.course import grid_of
from portal.attendance.queries.news import stamp_of
from portal.attendance.queries.sight import sight_of
from portal.attendance.services.correction import correct_mark
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.portal_database import recognizer_of
from tests.portal.school import found_school


def test_sight_and_the_stamp_of_a_register_are_read_by_one_query_each(
    portal_on_mariadb: MigratedMariaDB, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    school = found_school()
    recognizer = recognizer_of(portal_on_mariadb, school.room)
    start, end = school.session.starts_at, school.session.ends_at
    stamps = {stamp_of(school.session, start)}
    recognizer.sight(start, end - timedelta(minutes=10))
    recognizer.blind(end - timedelta(minutes=10), end)
    student = school.students[0]
    recognizer.evidence(school.session, student, start + timedelta(minutes=5), start + timedelta(minutes=9))
    stamps.add(stamp_of(school.session, start))
    correct_mark(school.session, student, "late", "by bus", school.lecturer)
    with django_assert_num_queries(1):
        stamps.add(stamp_of(school.session, start))
    assert len(stamps) == 3
    session = ClassSession.objects.select_related("room").get()
    with django_assert_num_queries(1):
        found = sight_of([session], end + timedelta(hours=1))[session.pk]
    (camera,) = found.cameras
    assert (found.percent, camera.is_blind_last, [each.reason for each in camera.blind]) == (80, True, ["dark"])


def test_a_grid_has_the_marks_of_everybody_in_a_lecture_of_six_hundred(portal_on_mariadb: MigratedMariaDB) -> None:
    """Students come as one list for each status: MySQL would cut it after some 200."""
    school = found_school(timezone.now() - timedelta(hours=3))
    many = [Student(number=f"M{index}", full_name=f"Student {index}") for index in range(600)]
    Student.objects.bulk_create(many)
    students = list(Student.objects.filter(number__startswith="M"))
    RosterEntry.objects.bulk_create(RosterEntry(course=school.course, student=each) for each in students)
    seen = {"source": "camera", "first_seen_at": school.session.starts_at, "last_seen_at": school.session.starts_at}
    Mark.objects.bulk_create(
        Mark(session=school.session, student=each, status="present", on_roster=True, **seen) for each in students
    )
    grid = grid_of(school.course, timezone.now())
    assert sum(row.statuses == ["present"] for row in grid.rows) == 600
