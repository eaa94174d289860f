"""What a register that refreshes itself is sent, when, and how much of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.attendance.models import ClassSession, Mark, RosterEntry, Student
from portal.attendance.services.correction import correct_mark
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db


class Page:
    """A register in a browser: what it shows says itself what it is."""

    def __init__(self, client: Client, address: str) -> None:
        self.client, self.address = client, address
        page = client.get(address).text
        self.versions = {found[1]: found[2] for found in re.finditer(r'id="([\w-]+)" data-version="(\w+)"', page)}
        stamp = re.search(r'data-stamp="(.*?)"', page)
        self.stamp = stamp.group(1) if stamp else ""
        self.asks = 'data-news="' in page

    def ask(self, stamp: str | None = None) -> HttpResponse:
        headers = {"Rollcall-Shown": ".".join(self.versions.values())}
        headers["Rollcall-Stamp"] = self.stamp if stamp is None else stamp
        answer: HttpResponse = self.client.get(self.address, headers=headers)  # type: ignore[assignment]
        return answer


@pytest.fixture
def school(client: Client, monkeypatch: pytest.MonkeyPatch) -> School:
    """It is half past nine, and the class session began at nine."""
    set_clock(monkeypatch, 30)
    school = found_school(NINE)
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    return school


def set_clock(monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=minutes))


def address(school: School) -> str:
    return f"/sessions/{school.session.pk}/"


def sent(answer: HttpResponse) -> set[str]:
    return set(re.findall(r'id="([\w-]+)" data-version', answer.text))


def test_without_news_the_answer_is_empty_and_asks_little(client: Client, school: School) -> None:
    page = Page(client, address(school))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = page.ask()
    assert (answer.status_code, answer.content) == (204, b"")
    assert len(queries) <= 7, [each["sql"] for each in queries]


def test_the_row_that_changed_is_sent_and_no_other(client: Client, school: School) -> None:
    page = Page(client, address(school))
    student = school.students[0]
    school.see(student)
    answer = page.ask()
    assert answer.status_code == 200
    assert sent(answer) == {f"student-{student.pk}", "summary", "groups"}
    by_surname = sorted(school.students, key=lambda each: each.full_name.split()[-1])
    order = [each.pk for each in by_surname if each != student] + [student.pk]
    assert re.findall(r'data-order="(.*?)"', answer.text) == [" ".join(map(str, order))]


@pytest.mark.parametrize("kind", ["mark", "correction", "minute", "visitor"])
def test_whatever_happens_is_news_at_once(client: Client, school: School, kind: str) -> None:
    student = school.students[0]
    school.see(student)
    evidence = school.notice(student)
    page = Page(client, address(school))
    match kind:
        case "mark":
            school.see(school.students[1])
        case "correction":
            correct_mark(school.session, student, "late", "came late", school.staff)
        case "minute":
            evidence.minutes |= 1 << 40
            evidence.save()
        case "visitor":
            school.notice(Student.objects.create(number="V1", full_name="Rosa Visitor"))
    answer = page.ask()
    assert answer.status_code == 200
    assert ("visitors" if kind == "visitor" else "student-") in " ".join(sent(answer))


def test_what_no_stamp_tells_is_sent_within_a_minute(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(client, address(school))
    school.camera("failing")
    assert page.ask().status_code == 204
    set_clock(monkeypatch, 31)
    assert "summary" in sent(page.ask())


def test_time_alone_moves_the_lesson_and_no_row(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(client, address(school))
    set_clock(monkeypatch, 33)
    assert sent(page.ask()) == {"lesson"}


def test_who_leaves_the_register_is_missing_from_its_order(client: Client, school: School) -> None:
    page = Page(client, address(school))
    gone = school.students[0]
    RosterEntry.objects.filter(student=gone).delete()
    answer = page.ask(stamp="")
    order = re.findall(r'data-order="(.*?)"', answer.text)[0].split()
    assert str(gone.pk) not in order
    assert len(order) == 3


def test_a_group_is_asked_for_news_of_its_own_rows(client: Client, school: School) -> None:
    page = Page(client, f"{address(school)}?show=present")
    school.see(school.students[0])
    school.see(school.students[1], minute=20)
    assert f"student-{school.students[0].pk}" in sent(page.ask())
    assert f"student-{school.students[1].pk}" not in sent(page.ask())


def test_answers_are_compressed(client: Client, school: School) -> None:
    answer = client.get(address(school), headers={"Accept-Encoding": "gzip", "Rollcall-Shown": ""})
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < len(client.get(address(school), headers={"Rollcall-Shown": ""}).content) / 2


@pytest.mark.parametrize(
    ("minutes", "asks"), [(-16, False), (-15, True), (0, True), (50, True), (64.9, True), (65, False), (600, False)]
)
def test_it_asks_from_a_quarter_of_an_hour_before_the_start_until_it_is_closed(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch, minutes: float, asks: bool
) -> None:
    set_clock(monkeypatch, minutes)
    page = Page(client, address(school))
    assert page.asks == asks
    begins = 'data-begins-in="60"' in client.get(address(school)).text
    assert begins == (minutes == -16)


def test_the_last_answer_closes_the_register_and_ends_the_asking(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(client, address(school))
    set_clock(monkeypatch, 65)
    answer = page.ask()
    assert answer.status_code == 286
    assert ClassSession.objects.get().closed_at
    assert {f"student-{student.pk}" for student in school.students} <= sent(answer)
    assert Mark.objects.filter(status="unseen").count() == 4


def test_a_cancelled_class_session_asks_for_nothing(client: Client, school: School) -> None:
    page = Page(client, address(school))
    ClassSession.objects.update(is_cancelled=True)
    assert page.ask().status_code == 286
    assert not Page(client, address(school)).asks


def test_who_has_been_signed_out_is_sent_to_the_sign_in_page(client: Client, school: School) -> None:
    page = Page(client, address(school))
    client.logout()
    assert page.ask()["Location"].startswith("/account/sign-in/")
