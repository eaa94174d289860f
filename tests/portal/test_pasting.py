"""Numbers and names that are pasted: what was probably meant is said, and nobody is put anywhere by a guess."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from portal.attendance.models import RosterEntry, Student
from portal.attendance.pasting import find_pasted
from portal.lecturer.who import find_who
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

HEADINGS = ("Number", "Matrikelnummer", "Matrikelnr.\tName", "Nr;Vorname;Nachname;Matrikel-Nr.", "Numéro étudiant,Nom")


@pytest.fixture
def school() -> School:
    return found_school()


def refusal(text: str) -> str:
    with pytest.raises(ValidationError) as refused:
        find_pasted(text)
    return " ".join(refused.value.messages)


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize("line", ["42", "00042", "42\tHopper", "Marchant\t42", "7, 42"])
def test_of_a_number_without_its_leading_zeros_it_says_who_has_it_with_them(line: str) -> None:
    assert "0042 is (Élodie Marchand): were leading zeros lost?" in refusal(line)
    assert "Add the student first" not in refusal(line.removeprefix("7, "))


@pytest.mark.usefixtures("school")
def test_of_a_number_that_nobody_has_with_zeros_either_it_says_to_add_the_student() -> None:
    assert refusal("43") == "No student has this number: 43. Add the student first."


def test_students_whose_numbers_differ_in_zeros_alone_are_all_named() -> None:
    for number in ("007", "07", "70"):
        Student.objects.create(number=number, full_name=f"Agent {number}")
    assert "007 is (Agent 007)" in refusal("7")
    assert "07 is (Agent 07)" in refusal("7")
    assert "70 is" not in refusal("7")


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_heading_above_numbers_is_passed_over_and_said_to_be_one(school: School, heading: str) -> None:
    pasted = find_pasted(f"{heading}\n0042\nS1001\n")
    assert pasted.students == school.students[:2]
    assert "Passed over, as a heading: " in pasted.passed_over()
    assert heading.split("\t")[0] in pasted.passed_over()
    assert refusal(heading).startswith("This is a heading, and no student: ")


@pytest.mark.parametrize("heading", ["ID", "Name", "Number"])
def test_a_heading_is_not_taken_for_a_student_in_whose_name_it_stands(heading: str) -> None:
    Student.objects.create(number="1", full_name=f"{heading}ington Sidney")
    Student.objects.create(number="2", full_name="Other Person")
    assert [each.number for each in find_pasted(f"{heading}\n2").students] == ["2"]


def test_a_student_whose_number_is_a_word_of_headings_is_meant_by_it() -> None:
    student = Student.objects.create(number="ID", full_name="Odd Number")
    assert find_pasted("ID").students == [student]


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize("line", ["S100", "1003", "1\tGrace Hopper", "Grace 100"])
def test_a_part_of_a_number_is_nobodys(line: str) -> None:
    assert "No student has this number" in refusal(line)


def test_a_name_beside_the_number_without_its_zeros_means_that_student(school: School) -> None:
    assert find_pasted("42\tÉlodie Marchand\nHopper").students == school.students[:2]


def test_the_page_of_a_course_says_which_line_it_passed_over(school: School) -> None:
    client = Client()
    client.force_login(school.staff)
    where = f"/courses/{school.other_course.pk}/roster/"
    page = client.post(where, {"students": "Matrikelnummer\tName\n0042\tMarchand"}, follow=True).text
    assert "Put on the roster: 1." in page
    assert "Passed over, as a heading: Matrikelnummer, Name." in page
    refused = client.post(where, {"students": "1003\n42"}).text
    assert "0042 is (Élodie Marchand): were leading zeros lost?" in refused
    assert RosterEntry.objects.filter(course=school.other_course).count() == 1


@pytest.mark.usefixtures("school")
def test_whoever_excuses_several_is_asked_about_lost_zeros_and_told_of_a_heading() -> None:
    found = find_who("Matrikelnummer\n42\nS1001", Student.objects.all())
    assert [each.number for each in found.students] == ["S1001"]
    assert [(line, [each.number for each in alike]) for line, alike in found.choices] == [("42", ["0042"])]
    assert found.unknown == ["Matrikelnummer (a heading, and no student)"]
    nobody = find_who("42", Student.objects.exclude(number="0042"))
    assert not nobody.choices, "only students that the person may see are offered"
