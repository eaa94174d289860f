"""What is sent a second time, or by two persons at once: nothing that somebody said is lost, or said twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.models import CourseRules, Excuse, Mark, MarkChange
from portal.attendance.services import exceptions
from portal.attendance.services.closing import close_session
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.excuses import enter_excuses
from tests.fixtures.mariadb import MigratedMariaDB
from tests.portal.school import NINE, School, found_school
from tests.portal.test_at_once import together
from tests.portal.test_marks import outcomes, tap


def client_of(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.django_db
def test_a_kept_mark_that_is_sent_again_needs_no_reason_the_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=30))
    school = found_school(NINE)
    CourseRules.objects.create(course=school.course, needs_reason=True)
    client, grace = client_of(school.lecturer), school.students[1]
    for _ in range(2):
        (told,) = outcomes(tap(client, school, (grace, "present", 0)))
        assert "data-refused" not in told, "its first answer was lost on the way"
    assert MarkChange.objects.count() == 1


@pytest.mark.django_db
def test_what_somebody_says_while_an_exception_is_settled_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    school = found_school()
    school.move(timezone.now().replace(minute=0) - timedelta(hours=3))
    school.watch()
    school.enrol()
    grace = school.students[1]
    school.notice(grace, 1, 20)
    close_session(school.session)
    client = client_of(school.lecturer)
    form = re.search(
        rf'action="(/sessions/{school.session.pk}/exceptions/)">(.*?)</form>', client.get("/exceptions/").text
    )
    assert form
    find = exceptions.find_shown

    def find_and_be_overtaken(*asked: object) -> object:
        found = find(*asked)  # type: ignore[arg-type]
        correct_mark(school.session, grace, "excused", "she told me", school.staff)
        return found

    monkeypatch.setattr(exceptions, "find_shown", find_and_be_overtaken)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    answer = client.post(form[1], fields | {"act": "absent"}, follow=True)
    assert "Nothing was done" in answer.text
    assert Mark.objects.get(student=grace).status == "excused"


@pytest.fixture
def school(portal_on_mariadb: MigratedMariaDB) -> School:
    return found_school()


def test_an_excuse_that_is_sent_twice_at_once_is_entered_once(school: School) -> None:
    grace, day = school.students[1], school.session.day

    def enter() -> None:
        excuse = Excuse(student=grace, course=school.course, first_day=day, last_day=day, reason="ill")
        enter_excuses([excuse], school.lecturer)

    for _ in range(5):
        together(enter, enter)
    assert Excuse.objects.count() == 1


def test_two_administrators_who_take_the_right_from_each_other_at_once_leave_one(school: School) -> None:
    for number in range(5):
        pair = [Account.objects.create_superuser(f"root{number}{each}@uni.example", name="Root") for each in "ab"]
        clients = [client_of(account) for account in pair]

        def demote(client: Client, other: Account) -> Callable[[], object]:
            form = {"name": other.name, "email": other.email, "is_active": "on", "role": "lecturer"}
            return lambda: client.post(f"/people/{other.pk}/", form)

        together(demote(clients[0], pair[1]), demote(clients[1], pair[0]))
        left = Account.objects.filter(is_superuser=True)
        assert left.count() == 1
        left.update(is_superuser=False)
