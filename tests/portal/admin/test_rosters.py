"""Rosters in the admin: pasted numbers, days, and what becomes of closed registers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.models import Course, Mark, RosterEntry, Student
from portal.attendance.services.closing import close_due
from tests.fixtures.patience import few
from tests.portal.admin.pages import fill, save

pytestmark = pytest.mark.django_db


def roster(course: Course) -> set[str]:
    return set(course.students.values_list("number", flat=True))


def test_numbers_pasted_into_a_course_join_its_roster_once(client: Client, staff: Account) -> None:
    fill(2, staff)
    Student.objects.create(number="007", full_name="James")
    course = Course.objects.get(code="MATH 1")
    answer = save(client, course, numbers="007\r\n\r\n 00001 \r\n007\r\n")
    assert "Students put on the roster: 1." in answer.text
    assert roster(course) == {"00000", "00001", "007"}


def test_a_pasted_number_that_nobody_has_is_named_and_nothing_is_saved(client: Client, staff: Account) -> None:
    fill(1, staff)
    course = Course.objects.get(code="MATH 1")
    answer = save(client, course, numbers="00000\n7", title="Changed")
    assert "No student has this number: 7. Add the student first." in answer.text
    course.refresh_from_db()
    assert course.title == "Analysis"


@pytest.mark.parametrize("sign", ["\u200b", "\u00ad", "\u202e", "\ufe0f"])
def test_a_pasted_number_with_a_sign_that_cannot_be_seen_is_told_the_sign(
    client: Client, staff: Account, sign: str
) -> None:
    fill(1, staff)
    answer = save(client, Course.objects.get(code="MATH 1"), numbers=f"0000{sign}0")
    assert f"it contains a sign that cannot be seen, U+{ord(sign):04X}" in answer.text


def test_students_are_taken_off_and_put_on_a_roster_one_by_one(client: Client, staff: Account) -> None:
    fill(3, staff)
    RosterEntry.objects.update(since=timezone.localdate())
    course, joining = Course.objects.get(code="MATH 1"), Student.objects.create(number="007", full_name="James")
    added = {"roster-TOTAL_FORMS": "4", "roster-3-student": str(joining.pk), "roster-3-course": str(course.pk)}
    save(client, course, **{"roster-1-DELETE": "on"}, **added)
    assert roster(course) == {"00000", "00002", "007"}


def test_who_is_taken_off_a_roster_after_a_class_leaves_yesterday(client: Client, staff: Account) -> None:
    fill(2, staff)
    course = Course.objects.get(code="MATH 1")
    answer = save(client, course, **{"roster-1-DELETE": "on"})
    assert "Memberships that end yesterday, since classes were held: 1." in answer.text
    yesterday = timezone.localdate() - timedelta(days=1)
    assert course.roster.get(student__number="00001").until == yesterday


def test_a_student_who_comes_back_has_a_second_membership_that_does_not_overlap(client: Client, staff: Account) -> None:
    fill(1, staff)
    course = Course.objects.get(code="MATH 1")
    student = Student.objects.get()
    again = {"roster-TOTAL_FORMS": "2", "roster-1-student": str(student.pk), "roster-1-course": str(course.pk)}
    answer = save(client, course, **again, **{"roster-1-since": "2026-05-01"})
    assert "on the roster already on some of these days" in answer.text
    answer = save(client, course, **again, **{"roster-0-until": "2026-05-01", "roster-1-since": "2026-05-01"})
    assert "on the roster" in answer.text
    assert course.roster.count() == 1
    save(client, course, **{"roster-0-until": "2026-04-30"})
    save(client, course, **again, **{"roster-0-until": "2026-04-30", "roster-1-since": "2026-05-01"})
    assert course.roster.count() == 2


def test_an_edit_of_a_roster_offers_to_change_closed_registers_and_changes_them_by_post(
    client: Client, staff: Account
) -> None:
    fill(3, staff)
    close_due()
    course = Course.objects.get(code="MATH 1")
    Student.objects.create(number="007", full_name="James")
    before = Mark.objects.count()
    answer = save(client, course, numbers="007", since="2026-03-03")
    offer = f"/admin/attendance/course/{course.pk}/held/"
    assert f'<a href="{offer}">Change 2 of them too</a>' in answer.text
    assert Mark.objects.count() == before
    page = client.get(offer).text
    assert "James (007)" in page
    assert "Tue 3 Mar 2026" in page
    assert "Mon 2 Mar 2026" not in page
    assert Mark.objects.count() == before
    assert "Closed registers changed by the new roster: 2." in client.post(offer, follow=True).text
    answers = Mark.objects.filter(student__number="007").values_list("status", "because")
    assert list(answers) == 2 * [("unseen", "not enrolled")]
    assert "The closed registers say what the roster says." in client.get(offer, follow=True).text


def test_rows_copied_from_a_spreadsheet_are_understood_by_the_number_in_them(client: Client, staff: Account) -> None:
    course = Course.objects.create(code="PASTE 1", title="Pasting")
    for number in ("0042", "0043", "0044", "27"):
        Student.objects.create(number=number, full_name=f"Student {number}")
    save(client, course, numbers="Hopper\t0042\tsemester 27\n0043, 0044\n")
    assert set(course.students.values_list("number", flat=True)) == {"0042", "0043", "0044"}
    answer = save(client, course, numbers="Hopper\t9999\n0042, 9998\n")
    assert "9998" in answer.text
    assert "Hopper\t9999" in answer.text


def test_pasted_numbers_are_found_whatever_their_case_and_join_from_a_day_on(client: Client, staff: Account) -> None:
    fill(1, staff)
    Student.objects.create(number="S1001", full_name="Grace")
    course = Course.objects.get(code="MATH 1")
    save(client, course, numbers="s1001", since="2026-06-01")
    assert course.roster.get(student__number="S1001").since == date(2026, 6, 1)


@pytest.mark.parametrize("length", few([300, 1200]))
def test_a_long_roster_can_be_saved(client: Client, staff: Account, length: int) -> None:
    """Django itself takes a thousand fields, which is less than three hundred rows have."""
    course = Course.objects.create(code="MATH 1", title="Analysis")
    students = Student.objects.bulk_create(Student(number=f"{n:05}", full_name=f"S {n}") for n in range(length))
    RosterEntry.objects.bulk_create(RosterEntry(course=course, student=student) for student in students)
    assert "was changed successfully" in save(client, course, title="Real analysis").text
    assert course.roster.count() == length


@pytest.mark.parametrize("line", ["Jane Doe", "999777\tJane Doe", "Group\tRemark"])
def test_blanks_and_tabs_of_a_pasted_row_are_no_reason_why_nobody_is_found(
    client: Client, staff: Account, line: str
) -> None:
    fill(1, staff)
    answer = save(client, Course.objects.get(code="MATH 1"), numbers=line)
    assert f"No student has this number or name: {', '.join(line.split(chr(9)))}. Add" in answer.text
