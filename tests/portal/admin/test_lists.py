"""The admin's lists: what is found in them, and that a long one costs no more than a short one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import Account
from portal.attendance.admin import long_lists
from portal.attendance.models import Course, Mark, Room, Student
from tests.portal.admin.pages import fill

pytestmark = pytest.mark.django_db

LISTS = ["student", "course", "room", "classsession", "mark", "markchange", "camerastatus"]
LISTS += ["evidence", "sight", "blindspan", "enrolled"]


def queries(get: Callable[[], Any]) -> int:
    get()  # Content types are looked up once a process.
    with CaptureQueriesContext(connection) as caught:
        assert get().status_code == 200
    return len(caught)


def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(client: Client, staff: Account) -> None:
    def costs() -> dict[str, int]:
        return {model: queries(partial(client.get, f"/admin/attendance/{model}/")) for model in LISTS}

    fill(2, staff)
    few = costs()
    fill(20, staff)
    assert costs() == few


def test_the_list_of_accounts_takes_as_many_queries_for_many_as_for_few(client: Client, administrator: Account) -> None:
    fill(2, administrator)
    few = queries(lambda: client.get("/admin/accounts/account/"))
    fill(20, administrator)
    assert queries(lambda: client.get("/admin/accounts/account/")) == few


def test_a_page_takes_as_many_queries_for_a_long_roster_as_for_a_short_one(client: Client, staff: Account) -> None:
    models: tuple[type[Course | Room | Student | Mark], ...] = (Course, Room, Student, Mark)
    fill(2, staff)
    first = {model.__name__.lower(): model.objects.earliest("pk").pk for model in models}

    def costs() -> list[int]:
        return [queries(partial(client.get, f"/admin/attendance/{name}/{key}/change/")) for name, key in first.items()]

    few = costs()
    fill(20, staff)
    assert costs() == few


def test_counts_in_a_list_do_not_multiply_each_other(client: Client, staff: Account) -> None:
    fill(3, staff)
    page = client.get("/admin/attendance/course/?q=MATH").text
    assert '<td class="field-student_count">3</td><td class="field-session_count">3</td>' in page


def test_students_are_found_by_number_and_by_name(client: Client, staff: Account) -> None:
    Student.objects.create(number="0042", full_name="Grace Hopper")
    Student.objects.create(number="0043", full_name="Eileen Collins")
    for asked in ("0042", "grace"):
        page = client.get("/admin/attendance/student/", {"q": asked}).text
        assert "Grace Hopper" in page
        assert "Eileen Collins" not in page


@pytest.mark.parametrize("model", ["mark", "markchange", "evidence"])
def test_a_long_list_shows_the_latest_and_says_where_there_are_older_ones(
    client: Client, staff: Account, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(4, staff)
    fill(4, staff)
    assert "Only the latest" not in client.get(f"/admin/attendance/{model}/").text
    monkeypatch.setattr(long_lists, "MOST_LISTED", 3)
    page = client.get(f"/admin/attendance/{model}/")
    assert "Only the latest 3 are listed" in page.text
    keys = [row.pk for row in page.context["cl"].result_list]
    assert keys == sorted(keys, reverse=True)


def test_a_search_that_finds_too_many_students_asks_for_more_of_the_name(
    client: Client, staff: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(4, staff)
    monkeypatch.setattr(long_lists, "MOST_FOUND", 3)
    student = Student.objects.earliest("pk")
    page = client.get("/admin/attendance/mark/", {"q": "student"}).text
    assert "More than 3 students are found" in page
    assert "0 marks" in page
    assert student.full_name in client.get("/admin/attendance/mark/", {"q": student.number}).text


@pytest.mark.parametrize(
    ("when", "found"), [("now", {"NOW"}), ("week", {"NEXT"}), ("past", {"PAST"}), ("", {"NOW", "NEXT", "PAST", "FAR"})]
)
def test_class_sessions_are_found_by_when_they_are(client: Client, staff: Account, when: str, found: set[str]) -> None:
    room, now = Room.objects.create(name="Hall 1"), datetime.now(UTC)
    for code, days in (("NOW", 0), ("NEXT", 3), ("PAST", -3), ("FAR", 30)):
        begin = now + timedelta(days=days, minutes=-30)
        Course.objects.create(code=code, title="").sessions.create(
            room=room, starts_at=begin, ends_at=begin + timedelta(hours=1)
        )
    page = client.get("/admin/attendance/classsession/", {"when": when} if when else {}).text
    assert {code for code in ("NOW", "NEXT", "PAST", "FAR") if f">{code} <" in page} == found


def test_todays_class_sessions_are_those_of_the_readers_own_day(client: Client, staff: Account) -> None:
    Account.objects.filter(pk=staff.pk).update(time_zone="Pacific/Kiritimati")
    midnight = datetime.now(ZoneInfo("Pacific/Kiritimati")).replace(hour=0, minute=0, second=0, microsecond=0)
    room = Room.objects.create(name="Hall 1")
    for code, begin in (
        ("EVE", midnight - timedelta(minutes=1)),
        ("FIRST", midnight),
        ("LAST", midnight + timedelta(hours=23)),
    ):
        Course.objects.create(code=code, title="").sessions.create(
            room=room, starts_at=begin, ends_at=begin + timedelta(minutes=30)
        )
    page = client.get("/admin/attendance/classsession/?when=today").text
    assert {code for code in ("EVE", "FIRST", "LAST") if f">{code} <" in page} == {"FIRST", "LAST"}
