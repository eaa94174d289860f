"""Accounts in the admin."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from portal.accounts.models import Account

pytestmark = pytest.mark.django_db


def new_account(**changes: str) -> dict[str, str]:
    wanted = {"email": "New@Example.org", "name": "New Lecturer", "time_zone": "Europe/Paris"}
    return wanted | {"usable_password": "false"} | changes


def test_an_administrator_adds_a_lecturer_who_sets_a_password_by_mail(client: Client, administrator: Account) -> None:
    client.post("/admin/accounts/account/add/", new_account())
    account = Account.objects.get(email="new@example.org")
    assert not account.has_usable_password()
    assert not account.is_staff


def test_an_administrator_may_set_the_first_password(client: Client, administrator: Account) -> None:
    secret = "staple of another kind"
    client.post("/admin/accounts/account/add/", new_account(usable_password="true", password1=secret, password2=secret))
    assert Account.objects.get(email="new@example.org").check_password(secret)


def test_an_address_is_given_once_whatever_its_case(client: Client, administrator: Account) -> None:
    Account.objects.create_user("new@example.org", name="First")
    answer = client.post("/admin/accounts/account/add/", new_account())
    assert "There is an account with this e-mail address already." in answer.text


def test_an_administrator_changes_an_account(client: Client, administrator: Account) -> None:
    account = Account.objects.create_user("lecturer@example.org", name="Lecturer")
    path = f"/admin/accounts/account/{account.pk}/change/"
    wanted = {
        "email": "LECTURER@example.org",
        "name": "Renamed",
        "time_zone": "UTC",
        "is_active": "on",
        "is_staff": "on",
    }
    assert client.post(path, wanted).status_code == 302
    account.refresh_from_db()
    assert (account.email, account.name, account.is_staff) == ("lecturer@example.org", "Renamed", True)


def chosen(page: str) -> list[str]:
    """What the select for the time zone shows."""
    return re.findall(
        r'<option value="([^"]*)" selected>', page[page.index('name="time_zone"') :].partition("</select>")[0]
    )


PAGES_TO_ADD = ["/admin/accounts/account/add/", "/admin/attendance/room/add/"]


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "Australia/Sydney", "Asia/Kolkata", "US/Eastern", "CET", "Etc/GMT+3"]
)
@pytest.mark.parametrize("path", PAGES_TO_ADD)
def test_whatever_is_new_begins_with_the_time_zone_of_the_installation(
    client: Client, administrator: Account, settings: Settings, path: str, zone: str
) -> None:
    settings.DEFAULT_TIME_ZONE = zone
    assert chosen(client.get(path).text) == [zone]
    assert Account.objects.create_user("other@example.org", name="Other").time_zone == zone


@pytest.mark.parametrize("zone", ["Europe/Berlin", "US/Eastern", "CET", "Mars/Base"])
def test_no_form_changes_a_time_zone_that_nobody_has_touched(client: Client, administrator: Account, zone: str) -> None:
    Account.objects.update(time_zone=zone)
    for path in (f"/admin/accounts/account/{administrator.pk}/change/", "/account/profile/"):
        assert chosen(client.get(path, follow=True).text) == [zone], path
