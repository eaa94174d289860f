"""Records by course, student, week, room, lecturer and department, with percentages; presets, columns and filters."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from portal.attendance.models import Course, CourseRules, Department, Mark, Room, RosterEntry, SavedFilter, Student
from portal.attendance.queries import record_groups
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def hold(school: School, days_ago: int, statuses: dict[int, str], **values: Any) -> None:
    """A closed class session so many days ago; a status for some of the students."""
    start = timezone.now() - days_ago * DAY
    session = school.meet(start, **{"closed_at": start + DAY / 12} | values)
    for index, status in statuses.items():
        by: dict[str, Any] = {"source": "lecturer", "marked_by": school.lecturer, "note": "seen"}
        if status in ("absent", "unseen"):
            by = {"source": "closing", "because": "blind" if status == "unseen" else ""}
        Mark.objects.create(session=session, student=school.students[index], status=status, **by)


@pytest.fixture
def school(client: Client) -> School:
    """Two courses of the lecturer, where late counts half in the one, and one absence is free in the other."""
    school = found_school(timezone.now() - 60 * DAY)
    school.session.delete()
    second = Course.objects.create(code="CSC 417", title="Interaction")
    second.lecturers.add(school.lecturer)
    school.course.department = Department.objects.create(name="Computing")
    school.course.save()
    RosterEntry.objects.bulk_create(RosterEntry(course=second, student=each) for each in school.students)
    CourseRules.objects.create(course=school.course, late_percent=50)
    CourseRules.objects.create(course=second, free_absences=1)
    hold(school, 20, {0: "present", 1: "late", 2: "absent", 3: "unseen"})
    hold(school, 13, {0: "late", 1: "late", 2: "absent", 3: "excused"})
    hold(school, 12, {0: "absent", 1: "present"}, course=second, room=Room.objects.create(name="Old Chapel"))
    hold(school, 5, {0: "absent", 1: "absent"}, is_cancelled=True)
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    return school


def exported(client: Client, **query: str) -> list[dict[str, str]]:
    text = client.get("/records.csv", query).getvalue().decode("utf-8-sig")
    *rows, _ = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if query.get("separator") else ",")
    return rows


@pytest.mark.parametrize(
    ("by", "percents"),
    [
        # Late counts half: 250 of 600. One absence of each student is free: 100 of 100.
        ("course", {"CSC 301": "41", "CSC 417": "100"}),
        ("student", {"Élodie Marchand": "75", "Grace Hopper": "66", "Eileen Collins": "0", "Bilal Haddad": ""}),
        # Others have no free absences: 50 of 200 with the absence that is free above.
        ("room", {"Lecture Theatre 1": "41", "Old Chapel": "50"}),
        ("lecturer", {"Ama Adjei": "43"}),
        ("department", {"Computing": "41", "No department": "50"}),
    ],
)
def test_groups_have_percentages_by_the_rules_of_each_course(
    client: Client, school: School, by: str, percents: dict[str, str]
) -> None:
    assert {row[by.capitalize()]: row["%"] for row in exported(client, group=by)} == percents
    shown = client.get("/records/", {"group": by}).text
    for name in percents:
        assert f"<bdi>{name}</bdi>" in shown


def test_weeks_stand_in_order_and_lead_to_their_marks(client: Client, school: School) -> None:
    weeks = [row["Week"] for row in exported(client, group="week")]
    assert weeks == sorted(weeks)
    shown = client.get("/records/", {"group": "week", "course": school.course.pk, "status": "late"}).text
    link = re.search(r'<a href="(\?[^"]*since[^"]*)">', shown)
    assert link, "without the status: the group counts all of them"
    there = client.get(f"/records/{link[1].replace('&amp;', '&')}")
    assert {mark.session.course for mark in there.context["page"].marks} == {school.course}
    assert {mark.status for mark in there.context["page"].marks} != {"late"}


def test_a_page_of_groups_takes_few_queries_and_too_much_is_refused_in_words(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        client.get("/records/", {"group": "student"})
    monkeypatch.setattr(record_groups, "MOST_GROUPED", 2)
    assert "Too much to group" in client.get("/records/", {"group": "student"}).text
    assert "choose fewer days" in client.get("/records.csv", {"group": "student"}, follow=True).text


def test_presets_are_the_days_of_the_readers_zone(client: Client, school: School) -> None:
    now = timezone.now()
    hold(school, 0, {0: "present"})
    for when, number in (("today", 1), ("term", 11), ("", 11)):
        assert client.get("/records/", {"when": when}).context["total"].total == number, when
    week = client.get("/records/", {"when": "week"}).context["page"].marks
    assert {mark.session.starts_at.isocalendar()[:2] for mark in week} == {now.isocalendar()[:2]}


def test_chosen_columns_are_shown_and_exported(client: Client, school: School) -> None:
    query = {"columns": ["student", "status"], "course": school.course.pk}
    shown = client.get("/records/", query).text
    assert re.findall(r'<th scope="col"[^>]*>(\w+)', shown) == ["Student", "Status"]
    text = client.get("/records.csv", query).getvalue().decode("utf-8-sig")
    assert text.splitlines()[0] == '"student number","student","on roster","status"'


def test_semicolons_and_a_workbook_have_the_same_cells(client: Client, school: School) -> None:
    Student.objects.filter(number="0042").update(full_name="=1+1")
    commas, semicolons = exported(client), exported(client, separator="semicolon")
    assert commas == semicolons
    book = load_workbook(io.BytesIO(client.get("/records.xlsx").getvalue()))["Records"]
    assert {cell.data_type for row in book.iter_rows() for cell in row if cell.value is not None} == {"s"}
    heads, *rows = ([cell or "" for cell in row] for row in book.iter_rows(values_only=True))
    guarded = {"'0042": "0042", "'=1+1": "=1+1"}
    assert [dict(zip(heads, row, strict=True)) for row in rows] == [
        {name: guarded.get(cell, cell) for name, cell in line.items()} for line in commas
    ]


def test_a_filter_is_kept_renamed_and_deleted_by_its_owner_alone(client: Client, school: School) -> None:
    query = {"query": "status=late&when=term&nonsense=1&after=7&columns=student&columns=status"}
    page = client.post("/records/filters/", query | {"name": "Late this term"}, follow=True)
    assert page.request["QUERY_STRING"] == "when=term&status=late&columns=student&columns=status"
    assert re.search(r'aria-current="true"><bdi>Late this term</bdi>', page.text)
    kept = SavedFilter.objects.get()
    client.post("/records/filters/", {"query": "status=absent", "name": "Late this term"})
    assert SavedFilter.objects.get().query == "status=absent", "the same name"
    other = SavedFilter.objects.create(account=school.lecturer, name="Other", query="")
    assert "is called “Other”" in client.post(f"/records/filters/{kept.pk}/", {"name": "Other"}, follow=True).text
    client.post(f"/records/filters/{kept.pk}/", {"name": "Absent"})
    assert SavedFilter.objects.filter(name="Absent", query="status=absent").exists()
    client.post(f"/records/filters/{other.pk}/", {"delete": "1"})
    stranger = Client()
    stranger.force_login(school.other)
    assert stranger.post(f"/records/filters/{kept.pk}/", {"delete": "1"}).status_code == 404
    assert [each.name for each in SavedFilter.objects.all()] == ["Absent"]
    assert "Absent" not in stranger.get("/records/").text.split("</header>")[1].split("<form")[0]
