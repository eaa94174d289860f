"""Who is signed in."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.accounts.models import Account


@pytest.fixture
def staff(client: Client) -> Account:
    account = Account.objects.create_user("staff@example.org", name="Sam Staff", is_staff=True)
    client.force_login(account)
    return account


@pytest.fixture
def administrator(client: Client) -> Account:
    account = Account.objects.create_superuser("root@example.org", "correct horse battery", name="Rita Root")
    client.force_login(account)
    return account
