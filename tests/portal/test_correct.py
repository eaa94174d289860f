"""One student's page: why, the history, and what a person takes back, confirms and settles."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from portal.attendance.models import BlindSpan, ClassSession, Excuse, Mark, MarkChange, Student
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.excuses import enter_excuses
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(client: Client, monkeypatch: pytest.MonkeyPatch) -> School:
    """It is noon, and the class session of 50 minutes began at nine: whoever looks closes the register."""
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(hours=3))
    school = found_school(NINE)
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    return school


def address(school: School, student: Student, act: str = "") -> str:
    return f"/sessions/{school.session.pk}/students/{student.pk}/{act}"


def words(page: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", page).split()))


def test_a_cameras_mark_is_explained_by_what_was_seen(client: Client, school: School) -> None:
    student = school.students[1]
    school.see(student, minute=17)
    school.notice(student, 17, 37, distance=0.304, runner_up_number="S1002", runner_up_distance=0.521)
    school.notice(student, 30, 34, distance=0.41, camera_name="back", encodings=0)
    other = {"runner_up_number": "S9", "runner_up_distance": 0.6}
    school.notice(student, 35, 35, distance=0.41, camera_name="rear", encodings=0, **other)
    page = words(client.get(address(school, student)).text)
    assert (
        "Camera “front” first saw this student at 09:17, 17 minutes after the start. They were last seen at 09:37."
        in page
    )
    assert "Whoever is first seen more than 15 minutes after the start is late." in page
    assert "A camera saw this student in 21 of the 50 minutes of the class session." in page
    assert "The camera is very sure that it was this student, and nobody else came near." in page
    assert "front 09:17 – 09:37 21 Very sure: 0.30 from 5 frames 0.52, S1002" in page
    assert "back 09:30 – 09:34 5 Fairly sure: 0.41 not known" in page
    assert "rear 09:35 1 Fairly sure: 0.41 0.60, a student of other courses" in page
    assert "S9" not in page
    assert "A sighting before 09:15 that a camera reports late would make it present." in page
    assert "Nobody has corrected this by hand." in page


def test_who_came_in_the_first_minute_did_not_come_by_the_start(client: Client, school: School) -> None:
    school.see(school.students[1], first_seen_at=school.session.starts_at + timedelta(seconds=30))
    assert "less than a minute after the start" in words(client.get(address(school, school.students[1])).text)


def test_an_absence_says_how_much_the_cameras_could_see(client: Client, school: School) -> None:
    school.enrol()
    school.watch(0, 49)
    page = words(client.get(address(school, school.students[1])).text)
    assert "The cameras could see 98 % of the class session, and none surely recognised this student." in page
    assert "No mark → Absent" in page
    assert "Rollcall · 23 November 2026, 12:00" in page


def test_who_could_not_be_seen_is_told_which_camera_was_blind_when_and_why(client: Client, school: School) -> None:
    school.enrol()
    school.watch(0, 20)
    start, end = school.session.starts_at + timedelta(minutes=20), school.session.ends_at
    BlindSpan.objects.create(room=school.room, camera_name="front", starts_at=start, ends_at=end, reason="covered")
    page = words(client.get(address(school, school.students[1])).text)
    assert "The cameras could see 40 % of the class session; CSC 301 needs 80 %" in page
    assert "When a camera could not see: front, 09:20 to 09:50: it is covered." in page


def test_who_could_not_be_named_is_told_so(client: Client, school: School) -> None:
    school.enrol(*school.students[1:])
    school.watch()
    page = words(client.get(address(school, school.students[0])).text)
    assert "Not observed no camera can name them" in page
    assert "The cameras could not have named this student" in page


def test_without_any_sight_nobody_knows(client: Client, school: School) -> None:
    page = words(client.get(address(school, school.students[0])).text)
    assert "No camera recorded that it could see any of the class session, so nobody knows" in page


def test_who_is_expected_is_told_until_when(client: Client, school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=5))
    page = words(client.get(address(school, school.students[0])).text)
    assert "They are expected until the register closes at 10:05." in page


def test_undo_takes_back_ones_own_latest_word_and_says_so(client: Client, school: School) -> None:
    student = school.students[1]
    school.see(student)
    school.notice(student)
    answer = client.post(
        address(school, student), {"status": "absent", "reason": "asleep", "shown": "0", "kept": "q=grace"}, follow=True
    )
    button = re.search(r'<button class="undo" form="act" formaction="(.*?)" name="shown" value="(\d+)"', answer.text)
    assert button
    assert "Grace Hopper is now absent." in words(answer.text)
    answer = client.post(unescape(button.group(1)), {"shown": button.group(2)})
    assert answer["Location"] == f"/sessions/{school.session.pk}/?q=grace#student-{student.pk}"
    assert Mark.objects.get(student=student).status == "present"
    page = words(client.get(address(school, student)).text)
    assert "Absent → Present Dr Ama Adjei" in page
    assert "Every correction was taken back." in page
    assert 'id="undo"' not in client.get(address(school, student)).text


def test_nobody_undoes_another_persons_word_but_may_give_it_back_to_the_camera(client: Client, school: School) -> None:
    student = school.students[1]
    school.see(student)
    school.notice(student)
    correct_mark(school.session, student, "excused", "letter", school.staff)
    page = client.get(address(school, student)).text
    assert 'id="undo"' not in page
    assert 'id="back"' in page
    answer = client.post(address(school, student, "undo/"), follow=True)
    assert "There is no correction of yours to take back." in words(answer.text)
    assert Mark.objects.get(student=student).status == "excused"
    answer = client.post(address(school, student, "back/"), follow=True)
    assert "Taken back: Grace Hopper is present again." in words(answer.text)


@pytest.mark.parametrize("act", ["undo/", "back/"])
def test_taking_back_what_somebody_else_changed_meanwhile_is_refused(client: Client, school: School, act: str) -> None:
    student = school.students[1]
    correct_mark(school.session, student, "excused", "letter", school.lecturer)
    shown = MarkChange.objects.get().pk
    correct_mark(school.session, student, "late", "saw them", school.staff)
    answer = client.post(address(school, student, act), {"shown": shown}, follow=True)
    assert "Sam Registrar changed it meanwhile." in words(answer.text)
    assert Mark.objects.get(student=student).status == "late"


def test_a_sighting_by_a_wrong_clock_marks_nobody_until_it_is_confirmed(client: Client, school: School) -> None:
    student = school.students[1]
    school.enrol()
    school.watch()
    school.notice(student, is_confirmed=False)
    page = client.get(address(school, student)).text
    assert "The clock of the classroom’s machine was wrong" in words(page)
    assert "Not observed" in words(page)
    assert "none surely recognised this student" not in words(page)
    assert "A camera saw this student while the clock of the classroom’s machine was wrong" in words(page)
    answer = client.post(address(school, student, "confirm/"), follow=True)
    assert "Confirmed: Grace Hopper is present." in words(answer.text)
    assert 'id="confirm"' not in answer.text
    answer = client.post(address(school, student, "confirm/"), follow=True)
    assert "There is nothing to confirm any more." in words(answer.text)


def test_what_a_wrong_clock_saw_is_confirmed_also_where_another_class_session_keeps_it(
    client: Client, school: School
) -> None:
    """The planned one was cancelled by mistake, and another was entered in its place."""
    student, entered = school.students[1], school.meet(NINE + timedelta(minutes=5))
    school.notice(student, 7, 30, is_confirmed=False)
    ClassSession.objects.filter(pk=school.session.pk).update(is_cancelled=True)
    page = f"/sessions/{entered.pk}/students/{student.pk}/"
    shown = client.get(page).text
    assert "A camera saw this student while the clock of the classroom’s machine was wrong" in words(shown)
    assert "Confirm the sighting" in shown
    assert "please confirm" in words(client.get(f"/sessions/{entered.pk}/").text)
    confirmed = client.post(f"{page}confirm/", follow=True)
    assert f"Confirmed: {student.full_name} is present." in words(confirmed.text)
    assert "Confirm the sighting" not in confirmed.text
    assert Mark.objects.get(session=entered, student=student).status == "present"


def test_who_checks_a_register_turns_the_rest_absent_with_one_confirmation(client: Client, school: School) -> None:
    school.see(school.students[0])
    check = f"/sessions/{school.session.pk}/check/"
    page = client.get(check).text
    assert "Nobody knows whether these 3 students were here." in words(page)
    assert not MarkChange.objects.filter(changed_by__isnull=False).exists()
    answer = client.post(check, {"rest": "absent"}, follow=True)
    assert "Checked: 3 students were marked absent." in words(answer.text)
    assert "checked by Dr Ama Adjei, 23 November, 12:00" in words(answer.text)
    assert Mark.objects.filter(status="absent", source="lecturer", marked_by=school.lecturer).count() == 3
    assert "Everybody on the roster has an answer." in words(client.get(check).text)


def test_a_register_can_be_checked_without_turning_anybody_absent(client: Client, school: School) -> None:
    client.post(f"/sessions/{school.session.pk}/check/", {"rest": "leave"})
    assert ClassSession.objects.get().checked_by == school.lecturer
    assert not Mark.objects.filter(status="absent").exists()


def test_a_class_session_that_still_runs_cannot_be_checked(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=30))
    answer = client.post(f"/sessions/{school.session.pk}/check/", {"rest": "absent"}, follow=True)
    assert "A register can be checked once the class session is over." in words(answer.text)
    assert not Mark.objects.exists()


def test_of_a_correction_over_an_excuse_it_says_that_the_excuse_would_speak_again(
    client: Client, school: School
) -> None:
    student, day = school.students[1], school.session.day
    enter_excuses([Excuse(student=student, first_day=day, last_day=day, reason="ill")], school.staff)
    correct_mark(school.session, student, "absent", "", school.lecturer)
    assert "If it is taken back, the excuse speaks again: excused." in words(client.get(address(school, student)).text)
    client.post(address(school, student, "undo/"))
    assert Mark.objects.get(student=student).status == "excused"


def test_a_reason_that_runs_from_right_to_left_turns_nothing_round_beside_it(client: Client, school: School) -> None:
    reason = "\u202ereversed"
    correct_mark(school.session, school.students[1], "absent", reason, school.lecturer)
    assert f"<bdi>“{reason}”</bdi>" in client.get(address(school, school.students[1])).text
    assert f'dir="auto">set by you: {reason}</span>' in client.get(f"/sessions/{school.session.pk}/").text
    assert f'<span dir="auto">{reason}</span>' in client.get("/records/").text
