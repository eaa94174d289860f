"""Several students are marked at once, from numbers and names that somebody pastes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.attendance.access import students_in
from portal.attendance.models import CourseRules, MarkChange, RosterEntry, Student
from portal.attendance.services.correction import correct_mark
from tests.portal.school import NINE, School, found_school
from tests.portal.test_marks import statuses, undo_of
from tests.portal.test_register import address, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(client: Client, monkeypatch: pytest.MonkeyPatch) -> School:
    """Half an hour into the class session."""
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=30))
    school = found_school()
    client.force_login(school.lecturer)
    return school


def send(client: Client, school: School, who: str, status: str = "excused", **more: object) -> str:
    sent = {"who": who, "status": status, "reason": "Field trip"} | more
    return words(client.post(f"{address(school)}several/", sent, follow=True).text)


def test_rows_of_a_spreadsheet_get_one_status_and_one_reason_and_one_tap_takes_it_back(
    client: Client, school: School
) -> None:
    crowd = [Student.objects.create(number=f"C{each:03}", full_name=f"Crowd {each}") for each in range(28)]
    RosterEntry.objects.bulk_create(RosterEntry(course=school.course, student=each) for each in crowd)
    rows = [f"{each.full_name}\t{each.number}\tx" for each in crowd]
    sent = {"who": "\n".join([*rows, "0042", "eileen"]), "status": "excused", "reason": "Field trip"}
    answer = client.post(f"{address(school)}several/", sent, follow=True)
    assert "30 students are now excused." in words(answer.text)
    assert list(statuses(school).values()) == ["excused"] * 30
    assert {(each.reason, each.changed_by) for each in MarkChange.objects.all()} == {("Field trip", school.lecturer)}
    where, said_at = undo_of(answer.text)
    assert "Taken back for 30 students." in words(client.post(where, {"said_at": said_at}, follow=True).text)
    assert "excused" not in statuses(school).values()


def test_nobody_is_marked_before_every_line_is_understood_and_who_was_found_stays_chosen(
    client: Client, school: School
) -> None:
    Student.objects.create(number="X1", full_name="Not Here")
    grace = school.students[1]
    page = send(client, school, "S1001\nX1\nSomebody")
    assert "Nobody is marked yet. Nobody in this register is meant by: X1 ; Somebody Found Grace Hopper" in page
    assert statuses(school) == {}
    assert "Name at least one student." in send(client, school, "")
    assert "1 student is now excused." in send(client, school, "", student=grace.pk)
    assert statuses(school) == {"S1001": "excused"}


def test_what_somebody_else_has_said_stands_and_is_told(client: Client, school: School) -> None:
    grace, eileen, bilal = school.students[1:]
    for student, status, by in (
        *((grace, "late", school.staff), (eileen, "excused", school.staff)),
        (bilal, "absent", school.lecturer),
    ):
        correct_mark(school.session, student, status, "said before", by)
    page = send(client, school, "0042\nS1001\nS1002\nS1003")
    assert "2 students are now excused." in page
    assert "1 student was it already." in page
    assert "Grace Hopper stays: Sam Registrar has said late." in page
    assert statuses(school) == {"0042": "excused", "S1001": "late", "S1002": "excused", "S1003": "excused"}


def test_where_the_course_asks_for_a_reason_one_is_needed(client: Client, school: School) -> None:
    CourseRules.objects.create(course=school.course, needs_reason=True)
    assert "Say why" in send(client, school, "S1001", reason="")
    assert statuses(school) == {}


def test_of_two_who_bear_a_name_one_is_chosen_and_nothing_else_is_asked_for(client: Client, school: School) -> None:
    namesake = Student.objects.create(number="S1009", full_name="Grace Jones")
    RosterEntry.objects.create(course=school.course, student=namesake)
    page = client.post(f"{address(school)}several/", {"who": "grace", "status": "late", "reason": "x"}).text
    assert "Which “grace”?" in page
    assert 'autocomplete="off" aria-describedby="who-help"' in page  # It is not required.
    assert "1 student is now late." in send(client, school, "", status="late", student=namesake.pk)


def test_what_is_too_much_at_once_stays_to_be_cut_in_parts(client: Client, school: School) -> None:
    pasted = "\n".join(f"Somebody {number}" for number in range(501))
    page = client.post(f"{address(school)}several/", {"who": pasted, "status": "late"}).text
    assert "That is too much at once" in page
    assert f"\n{pasted}</textarea>" in page


def test_who_is_meant_is_found_without_joining_all_that_is_kept_of_each_student(school: School) -> None:
    """A term's marks of a student times all that cameras saw are millions of rows: the database gave up."""
    school.notice(school.students[0])
    school.see(school.students[0])
    found = students_in(school.session)
    assert sorted(found, key=lambda each: each.pk) == school.students
    assert "JOIN" not in str(found.query)
