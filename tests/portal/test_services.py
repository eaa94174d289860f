"""Correcting a mark: what is written, what stays, and who wins a race."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction
from sqlalchemy import text

from portal.attendance.models import CourseRules, Mark, MarkChange
from portal.attendance.services.correction import StaleCorrection, correct_mark
from tests.environment import ROOT, product_environment
from tests.fixtures.classroom import Classroom
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.waiting import wait_for
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db

CORRECT = """
from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Student
from portal.attendance.services.correction import correct_mark
student = Student.objects.get(number="S1001")
correct_mark(ClassSession.objects.get(), student, "excused", "letter", Account.objects.get(), shown=0)
"""


@pytest.fixture
def school() -> School:
    return found_school()


@pytest.mark.parametrize("status", ["present", "late", "absent", "excused"])
def test_a_person_may_set_any_status_where_no_mark_was(school: School, status: str) -> None:
    mark = correct_mark(school.session, school.students[0], status, "said so", school.lecturer)
    mark.refresh_from_db()
    assert (mark.status, mark.source, mark.marked_by, mark.note) == (status, "lecturer", school.lecturer, "said so")
    change = mark.changes.get()
    assert (change.from_status, change.to_status, change.changed_by) == ("", status, school.lecturer)


def test_what_the_camera_saw_stays_on_a_corrected_mark(school: School) -> None:
    seen = school.see(school.students[0], minute=3)
    mark = correct_mark(school.session, school.students[0], "absent", "a photo was shown", school.lecturer)
    mark.refresh_from_db()
    assert mark.pk == seen.pk
    assert (mark.first_seen_at, mark.last_seen_at) == (seen.first_seen_at, seen.last_seen_at)
    assert (mark.camera_name, mark.distance) == ("front", 0.31)
    change = mark.changes.get()
    assert (change.from_status, change.to_status, change.reason) == ("present", "absent", "a photo was shown")


def test_every_correction_is_kept_in_the_history(school: School) -> None:
    for status in ("absent", "excused", "excused"):
        correct_mark(school.session, school.students[0], status, "again", school.lecturer)
    changes = MarkChange.objects.order_by("pk").values_list("from_status", "to_status")
    assert list(changes) == [("", "absent"), ("absent", "excused"), ("excused", "excused")]
    assert Mark.objects.count() == 1


def test_a_camera_that_inserts_later_finds_the_persons_mark_in_its_way(school: School) -> None:
    correct_mark(school.session, school.students[0], "excused", "letter", school.lecturer)
    with pytest.raises(IntegrityError), transaction.atomic():
        school.see(school.students[0])
    assert Mark.objects.get().status == "excused"


def test_a_correction_of_what_somebody_else_changed_meanwhile_is_refused(school: School) -> None:
    first = correct_mark(school.session, school.students[0], "excused", "letter", school.staff, shown=0)
    with pytest.raises(StaleCorrection) as refused:
        correct_mark(school.session, school.students[0], "absent", "not seen", school.lecturer, shown=0)
    assert refused.value.latest.changed_by == school.staff
    first.refresh_from_db()
    assert (first.status, first.note, first.changes.count()) == ("excused", "letter", 1)
    known = refused.value.latest.pk
    mark = correct_mark(school.session, school.students[0], "absent", "spoke to them", school.lecturer, shown=known)
    assert mark.status == "absent"


def test_a_camera_seeing_the_student_again_does_not_make_a_correction_stale(school: School) -> None:
    mark = school.see(school.students[0])
    Mark.objects.filter(pk=mark.pk).update(last_seen_at=NINE + timedelta(minutes=49))
    assert correct_mark(school.session, school.students[0], "late", "came late", school.lecturer, shown=0).pk == mark.pk


@pytest.mark.parametrize(("status", "reason"), [("here", "why"), ("", "why"), ("absent", ""), ("absent", "  ")])
def test_an_unknown_status_or_no_reason_where_one_is_needed_writes_nothing(
    school: School, status: str, reason: str
) -> None:
    CourseRules.objects.create(course=school.course, needs_reason=True)
    with pytest.raises(ValueError):
        correct_mark(school.session, school.students[0], status, reason, school.lecturer)
    assert not Mark.objects.exists()
    assert not MarkChange.objects.exists()


def test_a_failed_history_takes_the_correction_back(school: School) -> None:
    school.see(school.students[0])
    with patch.object(MarkChange, "save", side_effect=IntegrityError), pytest.raises(IntegrityError):
        correct_mark(school.session, school.students[0], "absent", "why", school.lecturer)
    assert Mark.objects.get().status == "present"


def test_on_mariadb_a_correction_waits_for_a_camera_in_the_middle_of_its_insert(
    migrated_mariadb: MigratedMariaDB, classroom_in: Callable[[str], Classroom]
) -> None:
    """The real thing: the portal's user against a row that is inserted but not yet committed."""
    room = classroom_in(migrated_mariadb.owner_url)
    insert = text(
        "INSERT INTO mark (session_id, student_id, status, source, first_seen_at, last_seen_at, camera_name)"
        " VALUES (:session, :student, 'present', 'camera', '2026-11-23 09:01', '2026-11-23 09:20', 'front')"
    )
    environment = product_environment(secret_key="s" * 60, database_url=migrated_mariadb.portal_url, plain_http="1")
    with room.transaction() as camera:
        camera.execute(insert, {"session": room.session_id, "student": room.student_id("S1001")})
        person = subprocess.Popen([sys.executable, "manage.py", "shell", "-c", CORRECT], cwd=ROOT, env=environment)
        wait_for(migrated_mariadb.server.holds_somebody_up, "the person to wait for the camera")
    assert person.wait(30) == 0
    mark = room.marks()["S1001"]
    assert (mark.status, mark.source, mark.camera_name, mark.note) == ("excused", "lecturer", "front", "letter")
    (change,) = room.rows("SELECT from_status, to_status FROM mark_change")
    assert change == {"from_status": "present", "to_status": "excused"}
