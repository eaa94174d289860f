"""Accounts in the admin."""

from __future__ import annotations

import pytest
from django.test import Client

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
