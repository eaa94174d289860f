"""The profile: a person's own data, and the time zone they read times in."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.accounts.models import Account
from portal.attendance.models import Course, Room

PASSWORD = "correct horse battery"
PROFILE = "/account/profile/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def lecturer(client: Client) -> Account:
    account = Account.objects.create_user("emmy@example.org", PASSWORD, name="Emmy Noether")
    client.force_login(account)
    return account


def profile(**changes: str) -> dict[str, str]:
    wanted = {"title": "", "preferred_name": "", "department": "", "time_zone": "UTC", "email": "emmy@example.org"}
    return wanted | changes


def test_a_person_changes_their_own_data(client: Client, lecturer: Account) -> None:
    wanted = profile(title="Prof.", preferred_name="Amalie", department="Algebra", time_zone="Europe/Berlin")
    answer = client.post(PROFILE, wanted, follow=True)
    assert "Your profile is saved." in answer.text
    assert "Prof. Emmy Noether (Amalie)" in answer.text
    lecturer.refresh_from_db()
    assert (lecturer.department, lecturer.time_zone) == ("Algebra", "Europe/Berlin")


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_new_address_takes_the_current_password(client: Client, lecturer: Account, password: str) -> None:
    answer = client.post(PROFILE, profile(email="noether@example.org", current_password=password))
    assert "To change the e-mail address, enter your password." in answer.text
    lecturer.refresh_from_db()
    assert lecturer.email == "emmy@example.org"


def test_the_same_address_in_another_case_is_no_change(client: Client, lecturer: Account) -> None:
    assert client.post(PROFILE, profile(email="EMMY@example.org")).status_code == 302


def test_an_address_that_somebody_has_is_refused_whatever_its_case(client: Client, lecturer: Account) -> None:
    Account.objects.create_user("ada@example.org", PASSWORD, name="Ada Lovelace")
    answer = client.post(PROFILE, profile(email="ADA@example.org", current_password=PASSWORD))
    assert "There is an account with this e-mail address already." in answer.text


def test_a_refused_form_leaves_the_head_of_the_page_alone(client: Client, lecturer: Account) -> None:
    answer = client.post(PROFILE, profile(title="Somebody Else", email="no address"))
    header = answer.text.partition("</header>")[0]
    assert "Emmy Noether" in header
    assert "Somebody Else" not in header


def test_nobody_makes_themselves_staff(client: Client, lecturer: Account) -> None:
    client.post(PROFILE, profile() | {"is_staff": "on", "is_superuser": "on"})
    lecturer.refresh_from_db()
    assert not lecturer.is_staff
    assert not lecturer.is_superuser


def test_every_place_can_be_chosen_and_nothing_else(client: Client, lecturer: Account) -> None:
    page = client.get(PROFILE).text
    for zone in ("UTC", "Europe/London", "America/Argentina/Buenos_Aires", "Pacific/Auckland"):
        assert f'value="{zone}"' in page
    assert client.post(PROFILE, profile(time_zone="Mars/Olympus")).status_code == 200


@pytest.mark.parametrize(
    ("zone", "shown"), [("Asia/Tokyo", "18:00"), ("America/New_York", "05:00"), ("Gone/Away", "09:00")]
)
def test_times_are_shown_in_the_accounts_own_zone(client: Client, zone: str, shown: str) -> None:
    staff = Account.objects.create_user("staff@example.org", name="Staff", is_staff=True, time_zone=zone)
    course = Course.objects.create(code="MATH 1", title="Analysis")
    room = Room.objects.create(name="Hall 1")
    course.sessions.create(room=room, starts_at="2026-07-01T09:00Z", ends_at="2026-07-01T10:30Z")
    client.force_login(staff)
    assert shown in client.get("/admin/attendance/classsession/").text


def test_the_devices_time_zone_is_taken_and_the_person_stays_where_they_were(client: Client, lecturer: Account) -> None:
    answer = client.post("/account/time-zone/", {"time_zone": "Asia/Tokyo", "next": "/records/?q=a"})
    assert answer["Location"] == "/records/?q=a"
    lecturer.refresh_from_db()
    assert lecturer.time_zone == "Asia/Tokyo"


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "x" * 500])
def test_a_time_zone_that_nobody_knows_is_refused(client: Client, lecturer: Account, zone: str) -> None:
    answer = client.post("/account/time-zone/", {"time_zone": zone, "next": "/"}, follow=True)
    assert "is not a known time zone" in answer.text
    lecturer.refresh_from_db()
    assert lecturer.time_zone == "UTC"


@pytest.mark.parametrize(
    "following",
    [
        "",
        "https://elsewhere.example/",
        "//elsewhere.example",
        "javascript:alert(1)",
        "records",
        "lecturer:today",
        "\\x",
    ],
)
def test_taking_a_time_zone_leads_to_no_other_site_and_to_no_page_that_is_not_there(
    client: Client, lecturer: Account, following: str
) -> None:
    answer = client.post("/account/time-zone/", {"time_zone": "Asia/Tokyo", "next": following})
    assert answer["Location"] == PROFILE
