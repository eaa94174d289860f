"""The records: every mark of a lecturer's courses, filtered, sorted and paged by the address."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.attendance.models import Course, Mark, Room, Student
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(client: Client) -> School:
    """Three marks: Élodie present and Grace late on Monday; Eileen excused in another course a week later."""
    school = found_school()
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    school.see(school.students[0])
    school.see(school.students[1], minute=20)
    second = Course.objects.create(code="CSC 417", title="Interaction")
    second.lecturers.add(school.lecturer)
    later = school.meet(NINE + timedelta(days=7), course=second, room=Room.objects.create(name="Old Chapel"))
    said = {"status": "excused", "source": "lecturer", "marked_by": school.lecturer, "note": "letter"}
    Mark.objects.create(session=later, student=school.students[2], **said)
    return school


def names(page: str) -> list[str]:
    return [name.split()[0] for name in re.findall(r"<bdi>(.*?)</bdi>", page)]


def words(page: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", page).split()))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Eileen", "Élodie", "Grace"]),
        ({"student": "hop"}, ["Grace"]),
        ({"student": "0042"}, ["Élodie"]),
        ({"student": "hopper grace"}, ["Grace"]),
        ({"status": "late"}, ["Grace"]),
        ({"source": "lecturer"}, ["Eileen"]),
        ({"since": "2026-11-24"}, ["Eileen"]),
        ({"until": "2026-11-23"}, ["Élodie", "Grace"]),
        ({"since": "2026-11-23", "until": "2026-11-23", "status": "present"}, ["Élodie"]),
        ({"source": "camera", "student": "Eileen"}, []),
    ],
)
def test_filters_combine(client: Client, school: School, query: dict[str, str], found: list[str]) -> None:
    assert sorted(names(client.get("/records/", query).text)) == sorted(found)


def test_course_and_room_are_filters_too(client: Client, school: School) -> None:
    course, room = Course.objects.get(code="CSC 417"), Room.objects.get(name="Old Chapel")
    queries: list[dict[str, int]] = [{"course": course.pk}, {"room": room.pk}, {"course": course.pk, "room": room.pk}]
    for query in queries:
        assert names(client.get("/records/", query).text) == ["Eileen"]
    assert names(client.get("/records/", {"course": course.pk, "room": school.room.pk}).text) == []


def test_a_day_is_the_lecturers_day_also_when_clocks_change(client: Client, school: School) -> None:
    """25 October 2026 has 25 hours in London: its last half hour begins at 23:30 UTC."""
    late = school.meet(datetime(2026, 10, 25, 23, 30, tzinfo=UTC), minutes=20)
    early = school.meet(datetime(2026, 10, 24, 23, 10, tzinfo=UTC), minutes=20)
    for session in (late, early):
        school.see(school.students[3], session=session)
    one_day = {"since": "2026-10-25", "until": "2026-10-25"}
    assert names(client.get("/records/", one_day).text) == ["Bilal", "Bilal"]


@pytest.mark.parametrize(
    ("sort", "place", "name"),
    [
        ("", 0, "Eileen"),
        ("session", -1, "Eileen"),
        ("-session", 0, "Eileen"),
        ("student", 0, "Eileen"),
        ("status", 0, "Eileen"),
        ("-status", 0, "Élodie"),
        ("source", -1, "Eileen"),
        ("room", -1, "Eileen"),
        ("-course", 0, "Eileen"),
        ("-seen", 0, "Grace"),
    ],
)
def test_columns_sort_both_ways(client: Client, school: School, sort: str, place: int, name: str) -> None:
    assert names(client.get("/records/", {"sort": sort}).text)[place] == name


def test_the_heading_says_how_it_is_sorted_and_keeps_the_filter(client: Client, school: School) -> None:
    page = client.get("/records/", {"status": "late", "sort": "student"}).text
    assert re.search(r'aria-sort="ascending"><a href="\?status=late&amp;sort=-student"', page)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"since": "2026-13-45"}, "Write a day like 2026-11-23."),
        ({"until": "tomorrow"}, "Write a day like 2026-11-23."),
        ({"since": "0001-01-01"}, "1970-01-01"),
        ({"until": "9999-12-31"}, "2199-12-31"),
        ({"since": "2026-11-24", "until": "2026-11-23"}, "This day is before the first one."),
        ({"course": "999"}, "Choose one from the list."),
        ({"course": "x"}, "Choose one from the list."),
        ({"room": "99999999999999999999999"}, "Choose one from the list."),
        ({"status": "asleep"}, "Choose one from the list."),
        ({"source": "rumour"}, "Choose one from the list."),
        ({"sort": "password"}, "The records cannot be sorted so."),
        ({"student": "a\x00b"}, "Null characters are not allowed"),
    ],
)
def test_a_value_that_makes_no_sense_is_explained_and_nothing_shown(
    client: Client, school: School, query: dict[str, str], says: str
) -> None:
    answer = client.get("/records/", query)
    assert answer.status_code == 400
    assert says in words(answer.text)
    assert names(answer.text) == []
    assert "Export" not in answer.text


def test_counts_per_status_are_those_of_the_filter(client: Client, school: School) -> None:
    assert "3 marks Present 1 Late 1 Absent 0 Excused 1" in words(client.get("/records/").text)
    assert "2 marks Present 1 Late 1 Absent 0 Excused 0" in words(client.get("/records/", {"source": "camera"}).text)


def test_counts_tell_what_choosing_another_status_would_show(client: Client, school: School) -> None:
    page = words(client.get("/records/", {"source": "camera", "status": "late"}).text)
    assert "1 mark Present 1 Late 1 Absent 0 Excused 0" in page


def test_pages_keep_the_filter_and_every_mark_is_on_one_of_them(client: Client, school: School) -> None:
    crowd = Student.objects.bulk_create(
        Student(number=f"C{each:03}", full_name=f"Crowd{each:03}") for each in range(60)
    )
    for student in crowd:
        school.see(student)
    first = client.get("/records/", {"source": "camera"}).text
    second = client.get("/records/", {"source": "camera", "page": "2"}).text
    assert (len(names(first)), len(names(second))) == (50, 12)
    assert not set(names(first)) & set(names(second))
    assert "?source=camera&amp;page=2" in first
    assert "Page 2 of 2" in words(second)


@pytest.mark.parametrize("page", ["0", "-1", "99", "x"])
def test_a_page_that_is_none_shows_one_that_is(client: Client, school: School, page: str) -> None:
    assert len(names(client.get("/records/", {"page": page}).text)) == 3


def test_nothing_found_says_how_to_find_more(client: Client, school: School) -> None:
    assert "Loosen the filter" in client.get("/records/", {"student": "nobody"}).text


def test_the_page_takes_as_many_queries_for_many_marks_as_for_three(
    client: Client, school: School, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(7):
        client.get("/records/")
    crowd = Student.objects.bulk_create(Student(number=f"C{each}", full_name=f"Crowd {each}") for each in range(30))
    for student in crowd:
        school.see(student)
    with django_assert_num_queries(7):
        client.get("/records/")
