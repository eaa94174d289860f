"""The register of a class session, and the page on which a mark is explained and corrected."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.http import parse_http_date
from pytest_django import DjangoAssertNumQueries

from portal.attendance.models import ClassSession, CourseRules, Mark, MarkChange, RosterEntry, Student
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


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of the form that all letters belong to."""
    form = re.search(r'<form id="marks".*?</form>', page, re.DOTALL)
    assert form
    return dict(re.findall(r'name="(\w+)" value="(.*?)"', form.group()))


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
    assert "Excused set by you: letter from the clinic" in words(row(page, eileen))
    assert "Missing" in words(row(page, bilal))
    assert "2 of 4 here" in words(page)


def test_a_guest_is_shown_as_such_and_counted_beside_the_others(client: Client, school: School) -> None:
    guest = Student.objects.create(number="X9", full_name="Guest Visitor")
    school.see(guest)
    page = client.get(address(school)).text
    assert "X9 · guest" in words(row(page, guest))
    assert "0 of 4 here +1 guest" in words(page)


def test_the_row_of_who_left_the_roster_stays_and_does_not_count(client: Client, school: School) -> None:
    student = school.students[1]
    correct_mark(school.session, student, "absent", "was not there", school.lecturer)
    RosterEntry.objects.filter(student=student).update(until=NINE.date() - timedelta(1))
    page = client.get(address(school)).text
    assert "not on the roster, does not count" in row(page, student)
    assert "0 of 3 here" in words(page)


def test_a_visitor_is_listed_apart_and_marked_with_one_tap(client: Client, school: School) -> None:
    visitor = Student.objects.create(number="V1", full_name="Rosa Visitor")
    school.notice(visitor, 2, 9)
    page = client.get(address(school)).text
    assert not row(page, visitor)
    assert "Visitors 1" in words(page)
    assert "V1 · seen 09:02 – 09:09 by front" in words(page)
    tap = re.search(rf'name="mark" value="({visitor.pk}:present:0)"', page)
    assert tap
    client.post(f"{address(school)}marks/", form_of(page) | {"mark": tap[1]})
    page = client.get(address(school)).text
    assert "Present 09:02 – 09:09" in words(row(page, visitor))
    assert "0 of 4 here +1 guest" in words(page)


def test_a_guest_is_added_by_number_whatever_its_case(client: Client, school: School) -> None:
    guest = Student.objects.create(number="Gx-7", full_name="Gast Mann")
    answer = client.post(f"{address(school)}guests/", {"number": " gX-7 "}, follow=True)
    assert "Gast Mann is now present." in words(answer.text)
    assert "Gx-7 · guest" in words(row(answer.text, guest))


@pytest.mark.parametrize("number", ["", "nobody", "S1001", "\x00", "x" * 500])
def test_a_guest_who_is_none_is_refused_with_the_reason(client: Client, school: School, number: str) -> None:
    school.see(school.students[1])
    answer = client.post(f"{address(school)}guests/", {"number": number}, follow=True)
    says = "Grace Hopper is in this register already." if number == "S1001" else "Nobody was marked."
    assert says in words(answer.text)
    assert Mark.objects.count() == 1


def test_who_is_not_enrolled_in_the_room_is_named(client: Client, school: School) -> None:
    school.enrol(*school.students[1:])
    page = client.get(address(school)).text
    notice = "1 student of the roster is not enrolled for the cameras of this room."
    assert notice in words(page)
    assert notice not in words(client.get(address(school), {"by": "hand"}).text)
    assert "not enrolled for the cameras" in row(page, school.students[0])
    assert "not enrolled" not in row(page, school.students[1])


def test_the_bar_shows_the_minutes_seen_what_is_to_come_and_where_late_begins(client: Client, school: School) -> None:
    student = school.students[0]
    school.see(student, minute=10)
    school.notice(student, 10, 14)
    school.notice(student, 20, 29, camera_name="back")
    page = client.get(address(school)).text
    seen = re.findall(r'<rect class="seen" x="(.*?)" width="(.*?)"', row(page, student))
    assert seen == [("20.0%", "10.0%"), ("40.0%", "20.0%")]
    assert '<rect class="ahead" x="60.0%" width="40.0%"' in page
    assert '<rect class="late-line" x="30.0%"' in page


def test_the_minute_under_way_is_drawn_up_to_now(client: Client, school: School) -> None:
    """A minute counts as seen as soon as it has begun; what is to come is drawn over it."""
    school.see(school.students[0], minute=10)
    bar = row(client.get(address(school)).text, school.students[0])
    assert bar.index('href="#lesson-ground"') < bar.index('class="seen"') < bar.index('href="#lesson-over"')


def test_a_mark_without_evidence_is_drawn_from_its_first_to_its_last_time(client: Client, school: School) -> None:
    """As an older recognizer writes it."""
    school.see(school.students[0], minute=10)
    assert '<rect class="seen" x="20.0%" width="42.0%"' in row(client.get(address(school)).text, school.students[0])


def test_who_opens_a_register_that_is_due_closes_it(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.enrol()
    school.watch()
    school.see(school.students[0])
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=64))
    assert "Over, the register closes at 10:05" in words(client.get(address(school)).text)
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=65))
    page = client.get(address(school)).text
    assert "Over, register closed" in words(page)
    assert "Absent" in words(row(page, school.students[1]))
    assert "1 of 4 was here" in words(page)


def test_a_device_may_keep_a_register_until_it_closes_and_no_other(client: Client, school: School) -> None:
    school.move(timezone.now().replace(microsecond=0) - timedelta(minutes=10))
    answer = client.get(f"/sessions/{school.session.pk}/")
    closes_at = school.session.ends_at + timedelta(minutes=15)
    assert parse_http_date(answer.headers["Rollcall-Kept-Until"]) == closes_at.timestamp()
    school.move(timezone.now() - timedelta(hours=3))
    assert "Rollcall-Kept-Until" not in client.get(f"/sessions/{school.session.pk}/").headers


def test_a_register_in_which_nobody_could_be_seen_does_not_say_nobody_was_here(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(hours=2))
    page = words(client.get(address(school)).text)
    assert "0 of 4" not in page
    assert "4 students were not observed." in page
    assert "Not observed the cameras could not see enough" in page


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_a_register_to_come_or_cancelled_is_never_nobody_of_many(
    client: Client, school: School, is_cancelled: bool
) -> None:
    school.move(NINE + timedelta(hours=3))
    ClassSession.objects.update(is_cancelled=is_cancelled)
    page = words(client.get(address(school)).text)
    assert "0 of 4" not in page
    assert ("Not held" if is_cancelled else "4 expected") in page


def test_no_page_carries_a_style_or_a_script_of_its_own(client: Client, school: School) -> None:
    school.see(school.students[0])
    paths = [address(school), address(school, school.students[0]), "/", "/records/", f"/rooms/{school.room.pk}/"]
    for path in paths:
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


def test_a_row_that_looks_the_same_has_the_same_version(client: Client, school: School) -> None:
    def versions() -> list[str]:
        return re.findall(r'data-version="(.*?)"', client.get(address(school)).text)

    school.see(school.students[0])
    before = versions()
    assert versions() == before
    assert len(set(before)) == len(before)
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
    assert "Grace Hopper is now excused." in words(client.get(address(school)).text)
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
    CourseRules.objects.create(course=school.course, needs_reason=True)
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


def test_a_name_is_text_whatever_it_holds(client: Client, school: School) -> None:
    Student.objects.filter(pk=school.students[1].pk).update(full_name="<script>alert(1)</script>")
    assert "<script>alert" not in client.get(address(school)).text


def test_an_empty_roster_says_who_fills_it(client: Client, school: School) -> None:
    RosterEntry.objects.all().delete()
    assert "Nobody is on the roster" in client.get(address(school)).text


def test_the_page_takes_as_many_queries_for_a_full_room_as_for_four(
    client: Client, school: School, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(10):
        client.get(address(school))
    crowd = Student.objects.bulk_create(Student(number=f"C{each}", full_name=f"Crowd {each}") for each in range(60))
    RosterEntry.objects.bulk_create(RosterEntry(course=school.course, student=each) for each in crowd)
    for student in crowd[:20]:
        correct_mark(school.session, student, "excused", "letter", school.lecturer)
    with django_assert_num_queries(10):
        assert client.get(address(school)).text.count("set by you: letter") >= 20
