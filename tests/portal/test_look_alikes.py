"""Cameras saw one of two who look alike: neither is marked, and the lecturer is told of both."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal.attendance.models import Mark
from portal.attendance.services.closing import close_session
from portal.attendance.services.correction import confirm_evidence, correct_mark
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> School:
    """Everybody can be named, and the room was watched."""
    school = found_school()
    school.watch()
    school.enrol()
    return school


def see_one_of(school: School, first: int = 5, last: int = 40, is_confirmed: bool = True) -> None:
    """A camera saw the second or the third student."""
    one, other = school.students[1:3]
    for student, runner_up in ((one, other), (other, one)):
        said = {"is_between": True, "runner_up_number": runner_up.number, "runner_up_distance": 0.32}
        school.notice(student, first, last, is_confirmed=is_confirmed, **said)


def page(client: Client, school: School, name: str = "register", *more: int) -> str:
    client.force_login(school.lecturer)
    return client.get(reverse(f"lecturer:{name}", args=[school.session.pk, *more])).content.decode()


def test_who_may_have_been_seen_is_not_marked_and_not_absent(school: School) -> None:
    see_one_of(school)
    assert not Mark.objects.exists()
    close_session(school.session)
    said = dict(Mark.objects.values_list("student", "because"))
    nobody, one, other, _ = school.students
    assert (said[one.pk], said[other.pk], said[nobody.pk]) == ("look-alike", "look-alike", "")
    assert Mark.objects.get(student=nobody).status == "absent"
    assert {Mark.objects.get(student=each).status for each in (one, other)} == {"unseen"}


def test_a_sure_sighting_of_one_marks_that_one_alone(school: School) -> None:
    see_one_of(school)
    one, other = school.students[1:3]
    school.notice(one, 6, 30)
    close_session(school.session)
    assert Mark.objects.get(student=one).status == "present"
    assert Mark.objects.get(student=one).first_seen_at == school.session.starts_at + timedelta(minutes=6)
    assert Mark.objects.get(student=other).because == "look-alike"


def test_the_register_tells_of_both_until_both_have_an_answer(school: School, client: Client) -> None:
    see_one_of(school)
    close_session(school.session)
    one, other = school.students[1:3]
    told = "Eileen Collins or Grace Hopper was seen from 09:05 to 09:40."
    assert told in page(client, school)
    assert told in page(client, school, "check")
    correct_mark(school.session, one, "present", "told apart", school.lecturer)
    assert told in page(client, school)
    correct_mark(school.session, other, "absent", "told apart", school.lecturer)
    assert told not in page(client, school)


def test_the_page_of_one_says_who_else_it_may_have_been(school: School, client: Client) -> None:
    see_one_of(school)
    close_session(school.session)
    shown = page(client, school, "correct", school.students[1].pk)
    assert "This student or Eileen Collins was seen from 09:05 to 09:40." in shown
    assert "this student or one who looks alike" in shown


def test_a_look_alike_whom_nobody_expects_is_told_of_and_is_no_visitor(school: School, client: Client) -> None:
    see_one_of(school)
    other = school.students[2]
    other.roster_entries.all().delete()
    close_session(school.session)
    shown = page(client, school)
    assert "Eileen Collins or Grace Hopper was seen" in shown and "not on the roster" in shown
    assert "<h2>Visitors" not in shown
    assert not Mark.objects.filter(student=other).exists()
    assert "Nobody expected this student" in page(client, school, "correct", other.pk)


def test_one_of_two_cannot_be_confirmed_as_a_wrong_clock_can(school: School, client: Client) -> None:
    see_one_of(school, is_confirmed=False)
    close_session(school.session)
    one = school.students[1]
    assert Mark.objects.get(student=one).because == "look-alike"
    assert "Confirm the sighting" not in page(client, school, "correct", one.pk)
    with pytest.raises(ValueError, match="No evidence"):
        confirm_evidence(school.session, one, school.lecturer)
