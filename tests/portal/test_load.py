"""What one person or one statement may take of the portal, and which keys and hosts it starts with."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoDbBlocker, Settings

from portal.accounts.models import Account
from portal.web import configuration
from portal.web.named_lock import release_lock, take_lock
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.portal_database import connected_to


def test_the_server_ends_a_statement_that_takes_too_long(
    migrated_mariadb: MigratedMariaDB, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = configuration.database

    def limited(url: str) -> dict[str, Any]:
        database = made(url)
        configuration.limit_statements(database, seconds=1)
        return database

    monkeypatch.setattr(configuration, "database", limited)
    with django_db_blocker.unblock(), connected_to(migrated_mariadb.portal_url), connection.cursor() as cursor:
        begun = time.monotonic()
        with pytest.raises(OperationalError):
            cursor.execute(
                "SELECT COUNT(*) FROM django_migrations a, django_migrations b, django_migrations c"
                " WHERE BENCHMARK(1000, SHA2(CONCAT(a.name, b.name, c.name), 512)) = 1"
            )
        assert time.monotonic() - begun < 15
        cursor.execute("SELECT 1")


def test_a_lock_is_held_across_connections_and_ends_with_its_own(
    migrated_mariadb: MigratedMariaDB, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock(), connected_to(migrated_mariadb.portal_url):
        assert take_lock("export.1")
        with connected_to(migrated_mariadb.portal_url):
            assert not take_lock("export.1")
            assert take_lock("export.2")
        release_lock("export.1")
        with connected_to(migrated_mariadb.portal_url):
            assert take_lock("export.1")
            assert take_lock("export.2")


@pytest.mark.parametrize(
    ("name", "value"),
    [("SECRET_KEY", "x" * 49), ("SECRET_KEY_FALLBACKS", ["y" * 20]), ("ALLOWED_HOSTS", ["a.example", "*"])],
)
def test_what_could_be_guessed_or_names_any_host_is_refused(settings: Settings, name: str, value: object) -> None:
    configuration.refuse_unsafe(django_settings)
    setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match="ROLLCALL_") as refused:
        configuration.refuse_unsafe(django_settings)
    assert str(value) not in str(refused.value)


@pytest.mark.django_db
def test_a_new_secret_key_signs_nobody_out_while_the_old_one_is_a_fallback(client: Client, settings: Settings) -> None:
    account = Account.objects.create_user("emmy@example.org", "correct horse battery", name="Emmy Noether")
    client.force_login(account)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "n" * 60
    assert client.get("/account/profile/").status_code == 200
    other = Client()
    other.force_login(account)
    settings.SECRET_KEY_FALLBACKS = []
    settings.SECRET_KEY = "m" * 60
    assert other.get("/account/profile/").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil.example"])
def test_redirects_name_no_other_host(client: Client, settings: Settings, host: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    for path in ("/", "/records/", "/account/sign-in/?next=//evil.example/"):
        answer = client.get(path, headers={"Host": host, "X-Forwarded-Host": "evil.example"})
        assert answer.status_code == 400
        answer = client.get(path, headers={"X-Forwarded-Host": "evil.example"})
        assert answer["Location"].startswith("https://testserver/")
