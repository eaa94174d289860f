"""The demo's own data and what it prints of the register."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from deploy.demo.register import SeenMark, draw_table
from deploy.demo.seed import seed_people, seed_session
from portal.accounts.models import Account
from portal.attendance.models import ClassSession, RosterEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("who", "of_the_admin"), [("lecturer", 403), ("administrator", 200)])
def test_the_printed_password_opens_the_portal(client: Client, who: str, of_the_admin: int) -> None:
    seeded = seed_people() | seed_session(3)

    answer = client.post("/account/sign-in/", {"username": seeded[who], "password": seeded["password"]})

    assert answer.status_code == 302
    assert b"DEMO 101" in client.get("/").content
    assert client.get("/admin/", follow=True).status_code == of_the_admin


def test_a_second_demo_uses_the_same_course_and_ends_the_first_class_session() -> None:
    first = seed_people() | seed_session(3)
    expected = RosterEntry.objects.count()
    second = seed_people() | seed_session(3)

    assert Account.objects.count() == 2
    assert RosterEntry.objects.count() == expected
    running = ClassSession.objects.filter(ends_at__gt=datetime.now(UTC), is_cancelled=False)
    assert [session.pk for session in running] == [second["session"]] != [first["session"]]


def test_the_table_names_student_status_times_and_distance() -> None:
    at = datetime(2026, 3, 2, 9, 5, 7, tzinfo=UTC)
    table = draw_table([SeenMark("S1001", "Grace Hopper", "present", "camera", at, at, 0.15)])

    heading, _, row = table.splitlines()
    assert heading.split("  ")[0] == "Student"
    assert row.split() == ["S1001", "Grace", "Hopper", "present", "09:05:07", "09:05:07", "0.150"]
