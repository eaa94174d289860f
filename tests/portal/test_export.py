"""The export: just what is filtered, for a spreadsheet that must not run what somebody typed."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from portal.accounts.models import Account
from portal.attendance.models import Course, Mark, Room, Student
from portal.lecturer.export import safe, safe_number
from tests.portal.school import School, found_school


@pytest.fixture
def school(client: Client, db: None) -> School:
    school = found_school()
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    return school


def exported(client: Client, **query: str) -> list[dict[str, str]]:
    answer = client.get("/records.csv", query)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline="")))


def test_excel_reads_it_as_utf_8_under_a_dated_name(client: Client, school: School) -> None:
    school.see(school.students[0])
    answer = client.get("/records.csv")
    assert answer.getvalue().startswith(b"\xef\xbb\xbfcourse,")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="attendance-20')


def test_times_are_iso_in_the_zone_that_the_heading_names(client: Client, school: School) -> None:
    school.lecturer.time_zone = "Asia/Kolkata"
    school.lecturer.save()
    school.see(school.students[1], minute=20)
    (line,) = exported(client)
    assert line["starts at (Asia/Kolkata)"] == "2026-11-23T14:30:00+05:30"
    assert line["first seen at (Asia/Kolkata)"] == "2026-11-23T14:50:00+05:30"
    assert (line["student"], line["status"], line["camera"], line["distance"]) == (
        "Grace Hopper",
        "late",
        "front",
        "0.310",
    )


def test_only_what_is_filtered_is_exported_and_all_pages_of_it(client: Client, school: School) -> None:
    crowd = Student.objects.bulk_create(Student(number=f"C{each:03}", full_name=f"Crowd {each}") for each in range(70))
    for student in crowd:
        school.see(student)
    school.see(school.students[1], minute=20)
    assert len(exported(client)) == 71
    assert [line["student"] for line in exported(client, status="late", sort="student")] == ["Grace Hopper"]
    assert len(exported(client, student="Crowd", page="2")) == 70


def test_a_filter_that_makes_no_sense_leads_to_its_explanation(client: Client, school: School) -> None:
    answer = client.get("/records.csv?since=nonsense")
    assert answer["Location"] == "/records/?since=nonsense"


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\x00=1", "＝1+1", "＋1", "－1", "＠x", "  =1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_might_be_a_formula_is_text(text: str) -> None:
    assert safe(text).startswith("'")
    assert "\x00" not in safe(text)


@pytest.mark.parametrize("text", ["", "Élodie", "S1001", "a=b", "O'Brien, Siobhán", "e-mail", "王小明"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize("number", ["0042", "1E5", "12-11", "123456789012345678", "=1"])
def test_a_student_number_keeps_every_digit_in_a_spreadsheet(number: str) -> None:
    assert safe_number(number) == f"'{number}"


@pytest.mark.parametrize("number", ["S0042", "1042", "A-1"])
def test_a_student_number_that_no_spreadsheet_changes_is_left_alone(number: str) -> None:
    assert safe_number(number) == number


def test_everything_that_a_person_can_type_is_made_safe(client: Client, school: School) -> None:
    bad = '=HYPERLINK("http://x","y")'
    Student.objects.filter(pk=school.students[0].pk).update(full_name=bad, number="=1")
    Course.objects.filter(pk=school.course.pk).update(title=bad, code="@course")
    Room.objects.update(name="-room")
    Account.objects.filter(pk=school.lecturer.pk).update(name="+name", title="")
    mark = school.see(school.students[0], camera_name="=cam")
    Mark.objects.filter(pk=mark.pk).update(source="lecturer", marked_by=school.lecturer, note="＝note,\nsecond line")
    (line,) = exported(client)
    typed = ["course", "course title", "room", "student number", "student", "camera", "set by", "note"]
    assert all(line[name].startswith("'") for name in typed)
    assert line["note"] == "'＝note,\nsecond line"
