"""The register of a class session, and the page on which a mark is explained and corrected."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.attendance.models import Mark, MarkChange, RosterEntry, Student
from portal.attendance.services.correction import correct_mark
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(client: Client, monkeypatch: pytest.MonkeyPatch) -> School:
    """It is half past nine, and the class session began at nine."""
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=30))
    school = found_school(NINE)
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    return school


def address(school: School, student: Student | None = None) -> str:
    of_student = f"students/{student.pk}/" if student else ""
    return f"/sessions/{school.session.pk}/{of_student}"


def words(page: str) -> str:
    """What a reader of the page sees."""
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", page).split()))


def row(page: str, student: Student) -> str:
    found = re.search(rf'<li class="row" id="student-{student.pk}".*?</li>', page, re.DOTALL)
    return found.group() if found else ""


def test_everybody_on_the_roster_stands_in_the_register_with_status_times_and_source(
    client: Client, school: School
) -> None:
    élodie, grace, eileen, bilal = school.students
    school.see(élodie, minute=-3)
    school.see(grace, minute=20)
    correct_mark(school.session, eileen, "excused", "letter from the clinic", school.lecturer)
    page = client.get(address(school)).text
    assert "Present 08:57 – 09:17 front" in words(row(page, élodie))
    assert "Late 09:20 – 09:40 front" in words(row(page, grace))
    assert "Excused set by Dr Ama Adjei: letter from the clinic" in words(row(page, eileen))
    assert "Expected" in words(row(page, bilal))
    assert "2 of 4 here" in words(page)


def test_a_person_marked_but_not_on_the_roster_is_shown_as_such(client: Client, school: School) -> None:
    guest = Student.objects.create(number="X9", full_name="Guest Visitor")
    school.see(guest)
    assert "not on the roster" in row(client.get(address(school)).text, guest)


def test_the_bar_lies_where_in_the_lesson_the_student_was_seen(client: Client, school: School) -> None:
    school.see(school.students[0], minute=10)
    bar = row(client.get(address(school)).text, school.students[0])
    assert '<rect class="seen" x="20.0%" width="40.0%"' in bar
    assert '<rect class="ahead" x="60%" width="40%"' in bar


def test_no_page_carries_a_style_or_a_script_of_its_own(client: Client, school: School) -> None:
    school.see(school.students[0])
    for path in (address(school), address(school, school.students[0]), "/", "/records/"):
        page = client.get(path).text
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=", page), path


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=elodie", ["Élodie Marchand"]),
        ("q=0042", ["Élodie Marchand"]),
        ("q=HOPPER+grace", ["Grace Hopper"]),
        ("q=nobody", []),
        ("show=present", ["Grace Hopper"]),
        ("show=here", ["Grace Hopper"]),
        ("show=expected&q=b", ["Bilal Haddad"]),
    ],
)
def test_the_register_is_searched_and_grouped_by_its_address(
    client: Client, school: School, query: str, names: list[str]
) -> None:
    school.see(school.students[1])
    page = client.get(f"{address(school)}?{query}").text
    assert re.findall(r"<bdi>(.*?)</bdi>", page) == names
    assert "Everyone 4" in words(page)


def test_a_group_that_does_not_exist_is_named_and_nobody_shown(client: Client, school: School) -> None:
    page = client.get(f"{address(school)}?show=asleep").text
    assert "There is no such group: asleep." in words(page)
    assert "Grace Hopper" not in page


def test_it_refreshes_itself_while_it_runs_and_stops_after_the_end(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    polled = {"HX-Request": "true", "HX-Target": "live"}
    assert f'hx-get="{address(school)}?q=grace"' in client.get(f"{address(school)}?q=grace").text
    assert client.get(address(school), headers=polled).status_code == 200
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=52))
    last = client.get(address(school), headers=polled)
    assert last.status_code == 286
    assert "every 3s" not in last.text


def test_a_refresh_without_news_is_empty(client: Client, school: School) -> None:
    def ask() -> int:
        return client.get(address(school), {"version": version}, headers={"HX-Target": "live"}).status_code

    found = re.search(r"hx-vals='{\"version\": \"(\w+)\"}'", client.get(address(school)).text)
    assert found
    version = found.group(1)
    assert ask() == 204
    school.see(school.students[0])
    assert ask() == 200


def test_a_row_that_looks_the_same_has_the_same_version(client: Client, school: School) -> None:
    def versions() -> list[str]:
        return re.findall(r'data-version="(.*?)"', client.get(address(school)).text)

    school.see(school.students[0])
    before = versions()
    assert versions() == before
    Mark.objects.update(last_seen_at=NINE + timedelta(minutes=29))
    assert sum(old != new for old, new in zip(before, versions(), strict=True)) == 1


def test_a_correction_is_written_shown_and_leads_back_to_the_group_it_came_from(client: Client, school: School) -> None:
    student = school.students[1]
    school.see(student)
    form = {"status": "excused", "reason": " letter\n seen ", "shown": "0", "kept": "q=grace&show=present&next=//evil"}
    answer = client.post(address(school, student), form)
    assert answer["Location"] == f"{address(school)}?q=grace&show=present#student-{student.pk}"
    assert Mark.objects.get().status == "excused"
    change = MarkChange.objects.get()
    assert (change.changed_by, change.from_status, change.to_status) == (school.lecturer, "present", "excused")
    assert change.reason == "letter seen"
    assert "Grace Hopper is now excused." in client.get(address(school)).text
    page = words(client.get(address(school, student)).text)
    assert "Present → Excused “letter seen” Dr Ama Adjei · 23 November 2026, 09:30" in page


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"status": "absent", "reason": "", "shown": "0"}, "Say why: the reason is kept with the change."),
        ({"status": "absent", "reason": " \n ", "shown": "0"}, "Say why: the reason is kept with the change."),
        ({"status": "absent", "reason": "x" * 501, "shown": "0"}, "at most 500 characters"),
        ({"status": "asleep", "reason": "why", "shown": "0"}, "asleep is not one of the available choices"),
        ({"reason": "why", "shown": "0"}, "This field is required"),
        ({"status": "absent", "reason": "why", "shown": "x"}, "Enter a whole number"),
        ({"status": "absent", "reason": "a\x00b", "shown": "0"}, "Null characters are not allowed"),
    ],
)
def test_an_incomplete_correction_is_explained_and_writes_nothing(
    client: Client, school: School, form: dict[str, str], says: str
) -> None:
    answer = client.post(address(school, school.students[1]), form)
    assert answer.status_code == 422
    assert says in words(answer.text)
    assert not Mark.objects.exists()


def test_a_stale_correction_is_told_who_was_first_and_keeps_what_was_typed(client: Client, school: School) -> None:
    student = school.students[1]
    correct_mark(school.session, student, "excused", "rang in sick", school.staff)
    form = {"status": "absent", "reason": "was not there", "shown": "0"}
    answer = client.post(address(school, student), form)
    assert answer.status_code == 409
    page = words(answer.text)
    assert "Nothing was saved: Sam Registrar was first. They set excused at 09:30: “rang in sick”" in page
    assert 'value="was not there"' in answer.text
    assert Mark.objects.get().status == "excused"
    shown = re.search(r'name="shown" value="(\d+)"', answer.text)
    assert shown
    assert client.post(address(school, student), form | {"shown": shown.group(1)}).status_code == 302
    assert Mark.objects.get().status == "absent"


def test_a_refused_correction_of_a_row_takes_the_whole_page_with_htmx(client: Client, school: School) -> None:
    where = address(school, school.students[1])
    answer = client.post(where, {"status": "absent"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == answer["HX-Reselect"] == "#main"
    assert answer["HX-Push-Url"] == where


def test_a_cameras_mark_is_explained_in_words(client: Client, school: School) -> None:
    school.see(school.students[1], minute=17, distance=0.304)
    page = words(client.get(address(school, school.students[1])).text)
    assert "Camera “front” saw this student at 09:17, last at 09:37: first 17 minutes after the start." in page
    assert "Later than 15 minutes counts as late." in page
    assert "Distance 0.30, a clear likeness" in page
    assert "Nobody has corrected this by hand." in page


@pytest.mark.parametrize(
    ("minutes", "frame", "says"),
    [
        (30, False, "No camera has seen this student yet and nobody has set a status."),
        (60, True, "neither a camera nor a person has marked this student. That counts as absent."),
        (60, False, "no camera delivered a picture of it, so nobody can say whether this student was here."),
    ],
)
def test_a_missing_mark_is_explained_in_words(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch, minutes: int, frame: bool, says: str
) -> None:
    school.camera("watching", last_frame_at=NINE + timedelta(minutes=5) if frame else None)
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=minutes))
    assert says in words(client.get(address(school, school.students[1])).text)


def test_a_name_is_text_whatever_it_holds(client: Client, school: School) -> None:
    Student.objects.filter(pk=school.students[1].pk).update(full_name="<script>alert(1)</script>")
    assert "<script>alert" not in client.get(address(school)).text


def test_an_empty_roster_says_who_fills_it(client: Client, school: School) -> None:
    RosterEntry.objects.all().delete()
    assert "Nobody is on the roster" in client.get(address(school)).text


def test_the_page_takes_as_many_queries_for_a_full_room_as_for_four(
    client: Client, school: School, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(7):
        client.get(address(school))
    crowd = Student.objects.bulk_create(Student(number=f"C{each}", full_name=f"Crowd {each}") for each in range(60))
    RosterEntry.objects.bulk_create(RosterEntry(course=school.course, student=each) for each in crowd)
    for student in crowd[:20]:
        correct_mark(school.session, student, "excused", "letter", school.lecturer)
    with django_assert_num_queries(7):
        assert client.get(address(school)).text.count("set by Dr Ama Adjei") >= 20
