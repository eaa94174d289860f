"""A portal that is not set up, or whose database is of an earlier release, says so on every page and runs nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from portal.web import configuration
from portal.web.middleware import ReadinessMiddleware
from portal.web.readiness import NOT_SET_UP, Readiness
from tests.environment import ROOT, product_environment
from tests.fixtures.patience import few

PAGES = ["/", "/healthz", "/admin/", "/account/sign-in/", "/no/such/page"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time of a portal that has just started; its one entry may be set."""
    now = [0.0]
    monkeypatch.setattr(ReadinessMiddleware, "readiness", Readiness(lambda: now[0]))
    yield now


@pytest.fixture
def no_database(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """The portal as it is installed, before it is set up."""
    monkeypatch.setitem(settings.DATABASES, "default", configuration.database(""))


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_a_portal_without_a_database_says_what_to_run(client: Client, page: str) -> None:
    answer = client.get(page, headers={"host": "127.0.0.1:8000"})
    assert answer.status_code == 503
    assert NOT_SET_UP in answer.text
    assert answer["Retry-After"] == "30"


@pytest.mark.django_db
@pytest.mark.usefixtures("no_database")
def test_the_page_has_its_style_sheet_and_forbids_foreign_scripts(client: Client) -> None:
    assert 'href="/static/portal/portal.css"' in client.get("/").text
    assert "default-src 'self'" in client.get("/")["Content-Security-Policy"]
    with closing(client.get("/static/portal/portal.css")) as answer:
        assert answer.status_code == 200


@pytest.mark.django_db
def test_a_database_of_an_earlier_release_is_waited_for_without_a_new_start(client: Client, clock: list[float]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT * FROM django_migrations")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        for page in PAGES:
            answer = client.get(page)
            assert answer.status_code == 503
            assert "the database is not of this release: run rollcall-manage setup" in answer.text
        cursor.execute("DELETE FROM django_migrations")
        cursor.execute("INSERT INTO django_migrations SELECT * FROM kept")
    clock[0] += 2
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/account/sign-in/").status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_a_database_ahead_of_this_release_is_served(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('attendance', '0099_of_the_next_release', '2027-01-01 00:00:00')"
        )
    assert client.get("/healthz").status_code == 200


def run_without_a_database(tmp_path: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", *command],
        cwd=tmp_path,
        env=product_environment(secret_key="a-secret-of-this-test-alone" * 2),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize(
    "command", few(["clearsessions", "migrate", "close_registers", "watch_cameras", "showmigrations"], 2)
)
def test_no_command_falls_back_to_a_database_of_its_own(tmp_path: Path, command: str) -> None:
    before = set((ROOT / "var").rglob("*.sqlite3")) if (ROOT / "var").exists() else set()
    done = run_without_a_database(tmp_path, command)
    assert (done.returncode, done.stderr) == (78, f"manage.py: {NOT_SET_UP}\n")
    assert list(tmp_path.iterdir()) == []
    assert (set((ROOT / "var").rglob("*.sqlite3")) if (ROOT / "var").exists() else set()) == before
