"""The records: every mark of a lecturer's courses, filtered, sorted and paged by the address."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.attendance.models import ClassSession, Course, Mark, Room, Student
from portal.attendance.queries.found_students import FoundStudents
from portal.attendance.queries.records import Records
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
    ("sort", "order"),
    [
        ("", ["Eileen", "Élodie", "Grace"]),
        ("-session", ["Eileen", "Élodie", "Grace"]),
        ("session", ["Élodie", "Grace", "Eileen"]),
    ],
)
def test_class_sessions_sort_both_ways_and_students_by_name(
    client: Client, school: School, sort: str, order: list[str]
) -> None:
    assert names(client.get("/records/", {"sort": sort}).text) == order


def test_the_heading_says_how_it_is_sorted_and_keeps_the_filter(client: Client, school: School) -> None:
    page = client.get("/records/", {"status": "late", "sort": "session"}).text
    assert re.search(r'aria-sort="ascending"><a href="\?status=late&amp;sort=-session"', page)


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
        ({"sort": "student"}, "The records cannot be sorted so."),
        ({"held": "maybe"}, "Choose one from the list."),
        ({"day": "someday"}, "Write a day like 2026-11-23."),
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
    chips = "3 marks Present 1 Late 1 Absent 0 Excused 1 Not observed 0 Expected 0"
    assert chips in words(client.get("/records/").text)
    chips = "2 marks Present 1 Late 1 Absent 0 Excused 0 Not observed 0 Expected 0"
    assert chips in words(client.get("/records/", {"source": "camera"}).text)


def test_counts_tell_what_choosing_another_status_would_show(client: Client, school: School) -> None:
    page = words(client.get("/records/", {"source": "camera", "status": "late"}).text)
    assert "1 mark Present 1 Late 1 Absent 0 Excused 0" in page


def test_where_not_all_is_counted_the_page_says_at_least(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.attendance.queries.records.MOST_COUNTED", 2)
    page = client.get("/records/").text
    assert "At least 3 marks Present Late Absent Excused Not observed Expected" in words(page)
    assert "Export all" in words(page)
    assert "1 mark Present Late 1 Absent" in words(client.get("/records/", {"status": "late"}).text)


def test_an_absence_that_closing_wrote_is_shown_counted_and_found(client: Client, school: School) -> None:
    absent, unseen = school.students[2:]
    Mark.objects.create(session=school.session, student=absent, status="absent", source="closing")
    Mark.objects.create(session=school.session, student=unseen, status="unseen", source="closing", because="blind")
    assert "5 marks Present 1 Late 1 Absent 1 Excused 1 Not observed 1" in words(client.get("/records/").text)
    assert names(client.get("/records/", {"status": "absent"}).text) == ["Eileen"]
    page = client.get("/records/", {"status": "unseen", "source": "closing"}).text
    assert names(page) == ["Bilal"]
    assert "The cameras could not see enough of it" in page


def test_what_was_not_held_is_counted_and_shown_only_when_asked_for(client: Client, school: School) -> None:
    school.session.is_cancelled = True
    school.session.save()
    page = client.get("/records/").text
    assert "1 mark Present 0 Late 0" in words(page)
    assert "Not held" not in words(page)
    page = client.get("/records/", {"held": "all"}).text
    assert "3 marks Present 1 Late 1" in words(page)
    assert words(page).count("Not held") == 2


def test_a_student_beside_the_roster_is_told(client: Client, school: School) -> None:
    school.see(school.students[3], on_roster=False)
    page = words(client.get("/records/").text)
    assert "Bilal Haddad S1003 · not on the roster" in page
    assert page.count("not on the roster") == 1


def test_the_page_names_the_zone_of_its_times(client: Client, school: School) -> None:
    assert "Times are in Europe/London." in words(client.get("/records/").text)


def crowd_of(school: School, number: int) -> None:
    """Marks by a camera in several class sessions, some of which start at the same time."""
    students = Student.objects.bulk_create(
        Student(number=f"C{each:03}", full_name=f"Crowd{each % 7:03}") for each in range(number)
    )
    rooms = [Room.objects.create(name=f"Room {each}") for each in range(3)]
    sessions = [school.meet(NINE - timedelta(days=day), room=room) for day in range(3) for room in rooms]
    for place, student in enumerate(students):
        school.see(student, session=sessions[place % len(sessions)])


def follow(client: Client, page: str, rel: str) -> str:
    """The page that the link leads to; empty without one."""
    found = re.search(rf'rel="{rel}" href="([^"]*)"', page)
    return client.get("/records/" + unescape(found[1])).text if found else ""


def shown(page: str) -> list[str]:
    return re.findall(r'<td class="c-student"><a href="([^"]*)"', page)


@pytest.mark.parametrize("query", [{}, {"source": "camera"}, {"student": "crowd"}, {"status": "present"}])
def test_every_mark_is_on_one_page_there_and_back(client: Client, school: School, query: dict[str, str]) -> None:
    crowd_of(school, 130)
    for sort in ("session", "-session"):
        page, pages = client.get("/records/", query | {"sort": sort}).text, []
        while page:
            pages.append(page)
            page = follow(client, page, "next")
        assert [len(shown(page)) for page in pages[:-1]] == [50, 50]
        everything = [line for page in pages for line in shown(page)]
        assert len(everything) == len(set(everything)) == len(exported(client, query))
        for earlier, later in itertools.pairwise(pages):
            assert shown(follow(client, later, "prev")) == shown(earlier)


def exported(client: Client, query: dict[str, str]) -> list[str]:
    return client.get("/records.csv", query).getvalue().decode().splitlines()[1:-1]


def test_a_page_goes_on_after_the_last_mark_whatever_came_meanwhile(client: Client, school: School) -> None:
    crowd_of(school, 120)
    first = client.get("/records/").text
    expected = shown(follow(client, first, "next"))
    for student in school.students:
        school.see(student, session=school.meet(NINE + timedelta(days=20 + student.pk)))
    assert shown(follow(client, first, "next")) == expected


def test_one_can_go_to_a_day_and_on_from_there(client: Client, school: School) -> None:
    crowd_of(school, 10)
    page = client.get("/records/", {"day": "2026-11-29"}).text
    assert {"Élodie", "Grace", "Crowd000"} <= set(names(page))
    assert "Eileen" not in names(page)
    assert "Eileen" in names(follow(client, page, "prev"))
    page = client.get("/records/", {"day": "2026-11-24", "sort": "session"}).text
    assert names(page) == ["Eileen"]


@pytest.mark.parametrize("place", ["after", "before"])
def test_a_place_that_is_somebody_elses_or_none_shows_the_first_page(
    client: Client, school: School, place: str
) -> None:
    other = school.meet(NINE, course=school.other_course)
    hidden = school.see(school.students[0], session=other)
    for key in (hidden.pk, 10**9):
        assert len(names(client.get("/records/", {place: str(key)}).text)) == 3


@pytest.mark.parametrize("place", ["0", "-1", "x", "9" * 30])
def test_a_place_that_cannot_be_is_explained(client: Client, school: School, place: str) -> None:
    answer = client.get("/records/", {"after": place})
    assert answer.status_code == 400
    assert "There is no such page. Show the first one" in words(answer.text)


def test_nothing_found_says_how_to_find_more(client: Client, school: School) -> None:
    assert "Loosen the filter" in client.get("/records/", {"student": "nobody"}).text


def test_the_page_takes_as_many_queries_for_many_marks_as_for_three(
    client: Client, school: School, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(9):
        client.get("/records/")
    crowd = Student.objects.bulk_create(Student(number=f"C{each}", full_name=f"Crowd {each}") for each in range(30))
    for student in crowd:
        school.see(student)
    with django_assert_num_queries(9):
        client.get("/records/")


def test_a_search_that_finds_many_counts_only_their_marks_of_a_rare_kind(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.attendance.queries.found_students.MOST_NAMED", 0)
    monkeypatch.setattr("portal.attendance.queries.found_students.MOST_OF_FOUND", 0)
    sessions = ClassSession.objects.all()
    name = Mark.objects.filter(source="camera").order_by("pk")[0].student.full_name
    found = Records(sessions, FoundStudents(name), source="camera")
    theirs = Mark.objects.filter(source="camera", student__full_name=name).count()
    assert 0 < theirs < Records(sessions, source="camera").counts().total
    assert found.counts().total == theirs
