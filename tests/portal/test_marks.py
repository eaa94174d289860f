"""Letters tapped in a register, one by one and for all who are missing, and what is kept apart: others' words."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.attendance.models import ClassSession, CourseRules, Mark, MarkChange, RosterEntry, Student
from portal.attendance.services.correction import correct_mark, undo_word
from tests.portal.school import NINE, School, found_school
from tests.portal.test_register import address, form_of, row, words

pytestmark = pytest.mark.django_db

SCRIPT = {"Rollcall-Shown": ""}


@pytest.fixture
def school(client: Client, monkeypatch: pytest.MonkeyPatch) -> School:
    """It is half past nine, and the class session began at nine."""
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=30))
    school = found_school(NINE)
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    return school


def tap(client: Client, school: School, *marks: tuple[Student, str, int], **more: object) -> HttpResponse:
    """Send letters as the page has them; ``shown`` is the last change that it showed."""
    form = form_of(client.get(address(school)).text)
    headers = more.pop("headers", SCRIPT)
    sent = [f"{student.pk}:{status}:{shown}" for student, status, shown in marks]
    answer: HttpResponse = client.post(f"{address(school)}marks/", {**form, "mark": sent, **more}, headers=headers)  # type: ignore[assignment, arg-type]
    return answer


def statuses(school: School) -> dict[str, str]:
    return {mark.student.number: mark.status for mark in school.session.marks.select_related("student")}


def outcomes(answer: HttpResponse) -> list[str]:
    return re.findall(r'<li data-student="\d+"[^>]*>', answer.text)


def test_where_the_course_asks_for_a_reason_an_answer_is_changed_with_one_alone(client: Client, school: School) -> None:
    CourseRules.objects.create(course=school.course, needs_reason=True)
    grace, eileen = school.students[1], school.students[2]
    school.see(grace)
    answer = tap(client, school, (grace, "late", 0), (eileen, "present", 0))
    assert f'<li data-student="{grace.pk}" data-shown="0" data-refused>' in outcomes(answer)
    assert "This course asks why an answer is changed." in answer.text
    assert statuses(school) == {"S1001": "present", "S1002": "present"}, "a first mark corrects nothing"
    by_page = tap(client, school, (grace, "late", 0), headers={})
    assert by_page["Location"] == address(school, grace)
    assert "Nothing was saved." in client.get(by_page["Location"]).text
    tap(client, school, (grace, "late", 0), reason="came late")
    assert statuses(school) == {"S1001": "late", "S1002": "present"}
    assert MarkChange.objects.get(student=grace).reason == "came late"


def test_one_letter_marks_at_once_and_the_message_takes_it_back(client: Client, school: School) -> None:
    grace = school.students[1]
    answer = tap(client, school, (grace, "late", 0), headers={})
    assert answer["Location"] == f"{address(school)}#student-{grace.pk}"
    page = client.get(address(school)).text
    assert "Grace Hopper is now late." in words(page)
    assert re.search(rf'value="{grace.pk}:late:\d+"[^>]*aria-pressed="true"', row(page, grace))
    change = MarkChange.objects.get()
    assert (change.changed_by, change.to_status) == (school.lecturer, "late")
    undo = re.search(r'<button class="undo" form="act" formaction="(.*?)" name="shown" value="(\d+)"', page)
    assert undo
    client.post(undo[1], {"shown": undo[2]})
    assert statuses(school) == {"S1001": "expected"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"reason": "Medical note"}, "Medical note"),
        ({"reason": "Medical note", "own_reason": " the\n bus "}, "the bus"),
    ],
)
def test_a_reason_is_kept_with_each_mark_of_the_class_session_and_with_no_other(
    client: Client, school: School, sent: dict[str, str], kept: str
) -> None:
    tap(client, school, (school.students[1], "excused", 0), headers={}, **sent)
    assert MarkChange.objects.get().reason == kept
    page = client.get(address(school)).text
    assert f'<b id="reason-now">{kept}</b>' in page
    assert kept in row(page, school.students[1])
    other = school.meet(NINE + timedelta(minutes=5))
    assert '<b id="reason-now">None</b>' in client.get(f"/sessions/{other.pk}/").text


@pytest.mark.parametrize(
    "mark",
    ["", "x", "1:asleep:0", "1:present", "-1:present:0", "1:present:0:0", "1:present:x", "٣:present:0", "9" * 30],
)
def test_what_is_no_letter_is_refused_and_writes_nothing(client: Client, school: School, mark: str) -> None:
    form = form_of(client.get(address(school)).text)
    answer = client.post(f"{address(school)}marks/", form | {"mark": mark}, headers=SCRIPT)
    assert answer.status_code == 422
    assert "saved" in answer.text or "marked once" in answer.text
    answer = client.post(f"{address(school)}marks/", form | {"mark": mark}, follow=True)
    assert "saved" in words(answer.text) or "marked once" in words(answer.text)
    assert not Mark.objects.exists()


@pytest.mark.parametrize("reason", ["a\x00b", "x" * 501])
def test_a_reason_that_cannot_be_kept_is_refused(client: Client, school: School, reason: str) -> None:
    assert tap(client, school, (school.students[1], "late", 0), own_reason=reason).status_code == 422
    assert not Mark.objects.exists()


def test_a_stranger_is_told_apart_and_the_others_are_marked(client: Client, school: School) -> None:
    stranger = Student.objects.create(number="X1", full_name="Never Seen")
    answer = tap(client, school, (stranger, "present", 0), (school.students[1], "present", 0))
    assert f'<li data-student="{stranger.pk}" data-gone>' in outcomes(answer)
    assert statuses(school) == {"S1001": "present"}
    assert tap(client, school, (stranger, "present", 0), headers={}).status_code == 404


def test_marks_sent_again_after_an_answer_that_never_came_change_nothing(client: Client, school: School) -> None:
    marks = [(school.students[0], "present", 0), (school.students[1], "late", 0)]
    tap(client, school, *marks)
    again = tap(client, school, *marks)
    assert MarkChange.objects.count() == 2
    assert not any("data-refused" in each for each in outcomes(again))


@pytest.mark.parametrize("who", ["staff", "lecturer"])
def test_a_word_that_the_page_did_not_show_is_not_overwritten_but_told(
    client: Client, school: School, who: str
) -> None:
    """Somebody else's, or one's own from another device."""
    grace, eileen = school.students[1:3]
    correct_mark(school.session, grace, "excused", "rang in sick", getattr(school, who))
    latest = MarkChange.objects.get().pk
    answer = tap(client, school, (grace, "absent", 0), (eileen, "present", 0))
    refused = f'<li data-student="{grace.pk}" data-shown="{latest}" data-refused>'
    assert refused in outcomes(answer)
    name = "Sam Registrar" if who == "staff" else "Dr Ama Adjei"
    assert f"{name} was first. They set excused at 09:30: “rang in sick”." in words(answer.text)
    assert statuses(school) == {"S1001": "excused", "S1002": "present"}
    # Who has seen it may say otherwise.
    tap(client, school, (grace, "absent", latest))
    assert statuses(school)["S1001"] == "absent"


def test_without_a_script_the_page_of_the_student_tells_who_was_first(client: Client, school: School) -> None:
    grace = school.students[1]
    correct_mark(school.session, grace, "excused", "rang in sick", school.staff)
    answer = tap(client, school, (grace, "absent", 0), headers={})
    assert answer.status_code == 409
    assert "Nothing was saved: Sam Registrar was first." in words(answer.text)
    assert re.search(r'value="absent" required checked', answer.text)


def test_what_somebody_took_back_meanwhile_is_told_too(client: Client, school: School) -> None:
    grace = school.students[1]
    correct_mark(school.session, grace, "excused", "letter", school.staff)
    shown = MarkChange.objects.get().pk
    undo_word(school.session, grace, school.staff)
    answer = tap(client, school, (grace, "absent", shown))
    assert "Sam Registrar was first. They took their correction back at 09:30." in words(answer.text)
    assert statuses(school)["S1001"] == "expected"


def rest(client: Client, school: School, status: str) -> HttpResponse:
    answer: HttpResponse = client.post(f"{address(school)}rest/", {"rest": status}, follow=True)  # type: ignore[assignment]
    return answer


def undo_of(page: str) -> tuple[str, str]:
    found = re.search(r'formaction="(\S*take-back/\S*?)" name="said_at" value="(\d+)"', page)
    assert found
    return found[1], found[2]


@pytest.mark.parametrize(("status", "word"), [("present", "present"), ("absent", "absent")])
def test_one_tap_answers_for_all_who_are_missing_and_one_takes_it_back(
    client: Client, school: School, status: str, word: str
) -> None:
    élodie, grace, eileen, bilal = school.students
    school.see(élodie)
    correct_mark(school.session, grace, "excused", "letter", school.staff)
    answer = rest(client, school, status)
    assert f"2 students are now {word}." in words(answer.text)
    assert statuses(school) == {"0042": "present", "S1001": "excused", "S1002": status, "S1003": status}
    assert MarkChange.objects.filter(changed_by=school.lecturer, action="set", to_status=status).count() == 2

    # Of one of them somebody says something else before it is taken back.
    correct_mark(school.session, bilal, "late", "saw them come", school.staff)
    where, said_at = undo_of(answer.text)
    page = words(client.post(where, {"said_at": said_at}, follow=True).text)
    assert "Taken back for 1 student." in page
    assert "1 mark stayed, since somebody has changed it" in page
    assert statuses(school) == {"0042": "present", "S1001": "excused", "S1002": "expected", "S1003": "late"}
    assert "Taken back" not in words(client.post(where, {"said_at": said_at}, follow=True).text)
    assert eileen.mark_changes.count() == 2


def test_nobody_takes_back_what_another_person_said_of_all(client: Client, school: School) -> None:
    where, said_at = undo_of(rest(client, school, "absent").text)
    client.force_login(school.staff, backend="django.contrib.auth.backends.ModelBackend")
    client.post(where, {"said_at": said_at})
    assert set(statuses(school).values()) == {"absent"}


@pytest.mark.parametrize("said_at", ["", "x", "9" * 17, "-1", "٣"])
def test_what_is_no_instant_takes_nothing_back(client: Client, school: School, said_at: str) -> None:
    rest(client, school, "absent")
    assert client.post(f"{address(school)}take-back/", {"said_at": said_at}).status_code == 302
    assert set(statuses(school).values()) == {"absent"}


@pytest.mark.parametrize("minutes", [-10, 30])
def test_nobody_is_marked_with_the_rest_before_the_start_or_where_it_is_cancelled(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=minutes))
    if minutes > 0:
        ClassSession.objects.update(is_cancelled=True)
    assert "Nobody was marked." in words(rest(client, school, "absent").text)
    assert 'name="rest"' not in client.get(f"{address(school)}?by=hand").text
    assert not Mark.objects.exists()


@pytest.mark.parametrize("hours", [0, 2])
def test_once_everybody_has_an_answer_the_bar_leads_to_the_check_where_class_is_over(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """It stood below all rows alone, under two buttons that had nothing more to do."""
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(hours=hours, minutes=30))

    def bar() -> str:
        return client.get(f"{address(school)}?by=hand").text.partition('class="hand-bar"')[2].partition("</div>")[0]

    assert "Check the register" not in bar()
    rest(client, school, "present")
    assert ("Check the register" in bar()) is (hours > 0)
    assert ("disabled" in bar()) is (hours == 0)


def test_in_a_closed_register_all_whom_nobody_could_see_are_answered_for(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(hours=2))
    answer = rest(client, school, "present")
    assert "4 students are now present." in words(answer.text)
    where, said_at = undo_of(answer.text)
    client.post(where, {"said_at": said_at})
    assert set(statuses(school).values()) == {"unseen"}


def test_a_save_that_is_broken_off_leaves_nothing_of_it(client: Client, school: School) -> None:
    school.see(school.students[0])
    with (
        patch.object(MarkChange.objects, "bulk_create", side_effect=OperationalError("killed")),
        pytest.raises(OperationalError),
    ):
        rest(client, school, "absent")
    assert statuses(school) == {"0042": "present"}


def test_by_hand_is_offered_while_no_camera_can_see_and_shows_the_whole_roster(client: Client, school: School) -> None:
    def is_offered() -> bool:
        return 'id="by-hand"' in client.get(address(school)).text

    assert is_offered()
    camera = school.camera("watching")
    assert not is_offered()
    school.watch(0, 27)
    assert not is_offered()
    camera.state = "failing"
    camera.save()
    assert is_offered()
    page = client.get(f"{address(school)}?by=hand").text
    assert re.findall(r"<bdi>(.*?)</bdi>", page) == [
        "Eileen Collins",
        "Bilal Haddad",
        "Grace Hopper",
        "Élodie Marchand",
    ]
    assert 'name="rest" value="present"' in page
    assert 'name="rest" value="absent"' in page
    assert 'id="by-hand"' not in page


def test_who_is_missing_stands_first_during_class_then_all_by_surname(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    def names(query: str = "") -> list[str]:
        return re.findall(r"<bdi>.*?(\S+)</bdi>", client.get(f"{address(school)}{query}").text)

    school.see(school.students[2])
    school.see(school.students[3])
    assert names() == ["Hopper", "Marchand", "Collins", "Haddad"]
    assert names("?order=name") == ["Collins", "Haddad", "Hopper", "Marchand"]
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=70))
    assert names() == ["Collins", "Haddad", "Hopper", "Marchand"]
    assert names("?order=missing") == ["Hopper", "Marchand", "Collins", "Haddad"]


@pytest.mark.parametrize("text", ["guest", "Gäst", "anna gast", "g-17"])
def test_a_guest_is_found_by_name_or_number_and_added(client: Client, school: School, text: str) -> None:
    Student.objects.create(number="G-17", full_name="Anna Gast Guesty")
    Student.objects.create(number="G-18", full_name="Anna Gast Guesty", is_active=False)
    page = client.get(address(school), {"q": text}).text
    assert "Not in this register" in words(page)
    assert re.findall(r'name="number" value="(.*?)"', page.partition('id="walk_ins"')[2]) == ["G-17"]
    answer = client.post(f"{address(school)}guests/", {"number": text}, follow=True)
    assert "Anna Gast Guesty is now present." in words(answer.text)
    assert "0 of 4 here +1 guest" in words(answer.text)


def test_of_several_guests_of_a_name_one_is_chosen_and_short_texts_list_nobody(client: Client, school: School) -> None:
    for number in range(8):
        Student.objects.create(number=f"G{number}", full_name="Anna Gast")
    answer = client.post(f"{address(school)}guests/", {"number": "anna gast"}, follow=True)
    assert "Several students are called “anna gast”. Choose one below." in words(answer.text)
    assert answer.text.count("Add as a guest") == 6
    assert not Mark.objects.exists()
    assert "Not in this register" not in client.get(address(school), {"q": "an"}).text
    assert "Not in this register" not in client.get(address(school), {"q": "grace hopper"}).text


@pytest.fixture
def crowd(school: School) -> list[Student]:
    """496 more students on the roster, 300 of them seen, and 40 visitors."""
    crowd = Student.objects.bulk_create(
        Student(number=f"C{each:05}", full_name=f"Crowdina {'Wolfeschlegel ' * (each % 3)}Somebody {each}")
        for each in range(536)
    )
    RosterEntry.objects.bulk_create(RosterEntry(course=school.course, student=each) for each in crowd[:496])
    for student in crowd[:300]:
        school.see(student, minute=3)
    for student in crowd[496:]:
        school.notice(student)
    return crowd


def test_a_register_of_500_is_read_in_few_queries_and_sends_little(
    client: Client, school: School, crowd: list[Student], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(10):
        page = client.get(address(school)).text
    zipped = client.get(address(school), headers={"Accept-Encoding": "gzip"}).content
    assert len(zipped) < 75_000, "15 kB for 100 rows"
    shown = ".".join(re.findall(r'data-version="(.*?)"', page))

    corrected = tap(client, school, (crowd[400], "present", 0), headers={"Rollcall-Shown": shown})
    assert f'id="student-{crowd[400].pk}"' in corrected.text
    assert len(corrected.content) <= 20_000
    assert 'data-stamp="' in corrected.text

    # Many come in at once: the news come in parts, and each says that there is more.
    for student in crowd[401:440]:
        school.see(student, minute=29)
    parts, seen = 0, set(shown.split("."))
    while True:
        news = client.get(address(school), headers={"Rollcall-Shown": ".".join(seen)})
        assert len(news.content) <= 20_000
        seen |= set(re.findall(r'data-version="(.*?)"', news.text))
        parts += 1
        if "data-more" not in news.text:
            break
    assert 2 <= parts < 10
    final = client.get(address(school)).text
    assert set(re.findall(r'<li class="row"[^>]*data-version="(.*?)"', final)) <= seen


def test_all_of_500_are_marked_with_one_tap_in_few_statements(
    client: Client, school: School, crowd: list[Student], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    school.session.refresh_from_db()
    with django_assert_num_queries(27):
        client.post(f"{address(school)}rest/", {"rest": "present"}, headers=SCRIPT)
    assert Mark.objects.filter(status="present", source="lecturer").count() == 200


def test_what_all_were_marked_and_is_sent_one_by_one_once_more_is_no_conflict(client: Client, school: School) -> None:
    """The answer to the one tap was lost, and the device then sends a mark for each."""
    rest(client, school, "absent")
    answer = tap(client, school, *((student, "absent", 0) for student in school.students))
    assert len(outcomes(answer)) == 4
    assert "data-refused" not in answer.text
    assert MarkChange.objects.filter(action="set").count() == 4
