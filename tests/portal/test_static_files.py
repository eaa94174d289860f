"""Static files that were not collected: the portal does not start, and a page that runs into it is still a page."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import Client, override_settings
from pytest_django import Settings

from portal.web.static_files import find_missing
from tests.environment import ROOT, product_environment
from tests.fixtures.patience import few
from tests.portal.school import found_school

STORAGES = django_settings.STORAGES | {"staticfiles": {"BACKEND": "portal.web.static_files.CollectedFiles"}}
"""As in service."""


@pytest.fixture
def static_root(settings: Settings, tmp_path: Path) -> Path:
    """Where the portal in service looks for collected files; nothing is there yet."""
    folder = tmp_path / "static"
    settings.STATIC_ROOT = str(folder)
    settings.STORAGES = STORAGES
    return folder


@pytest.fixture(scope="module")
def _collected_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collected") / "static"
    with override_settings(STATIC_ROOT=str(folder), STORAGES=STORAGES):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


@pytest.fixture
def collected(static_root: Path, _collected_once: Path) -> Path:
    return Path(shutil.copytree(_collected_once, static_root))


def in_service(static_root: Path, *command: str, database: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command with the settings of service, but for where the files are collected."""
    folder = static_root.parent
    (folder / "service_settings.py").write_text(
        f"from portal.web.settings import *\nSTATIC_ROOT = {str(static_root)!r}\n", "utf-8"
    )
    environment = product_environment(
        secret_key=secrets.token_urlsafe(50), database_url=f"sqlite:///{database or folder / 'rollcall.sqlite3'}"
    )
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "service_settings", "PYTHONPATH": f"{folder}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


START = ("-c", "import portal.web.wsgi")
CHECK = ("-Werror", "manage.py", "check", "--deploy", "--fail-level=INFO")


def test_the_portal_starts_where_all_files_are_collected(collected: Path) -> None:
    assert find_missing() == ""
    done = in_service(collected, *START)
    assert (done.returncode, done.stderr) == (0, "")


def test_djangos_own_check_finds_nothing_to_say_about_service(collected: Path, migrated_sqlite: Path) -> None:
    done = in_service(collected, *CHECK, database=migrated_sqlite)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout


def test_without_collected_files_the_portal_does_not_start_and_says_what_to_run(static_root: Path) -> None:
    done = in_service(static_root, *START)
    assert done.returncode == 1
    assert done.stderr == (
        f"The portal cannot start: The static files are not in {static_root}, or cannot be read. "
        "Run `manage.py collectstatic --no-input` as a user whose files the portal may read.\n"
    )
    assert "portal.E001" in in_service(static_root, *CHECK).stderr


@pytest.mark.parametrize("name", few(["portal/portal.css", "admin/css/base.css", "django_htmx/htmx-2.min.js"]))
def test_a_file_that_an_upgrade_added_is_named(collected: Path, name: str) -> None:
    manifest = collected / "staticfiles.json"
    manifest.write_text(manifest.read_text("utf-8").replace(f'"{name}"', '"portal/of-old.css"'), "utf-8")
    done = in_service(collected, *START)
    assert done.returncode == 1
    assert f"The static file {name} is not in {collected}." in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_collected_file_that_is_gone_is_named(collected: Path) -> None:
    (gone,) = collected.glob("portal/portal.*.css")
    gone.unlink()
    assert find_missing() == f"The static file {gone} cannot be read."


def test_a_damaged_list_of_files_is_as_none(collected: Path) -> None:
    (collected / "staticfiles.json").write_text("{", "utf-8")
    assert find_missing() == f"The static files are not in {collected}, or cannot be read."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything.")
def test_a_file_of_another_user_is_named(collected: Path) -> None:
    (closed,) = collected.glob("portal/portal.*.css")
    closed.chmod(0)
    assert find_missing() == f"The static file {closed} cannot be read."


@pytest.mark.usefixtures("static_root")
@pytest.mark.parametrize("page", ["400.html", "403_csrf.html", "500.html"])
def test_a_page_that_tells_of_a_fault_needs_no_collected_file(page: str) -> None:
    text = render_to_string(page)
    assert "<h1>" in text
    assert "/static/portal/portal.css" in text


@pytest.mark.django_db
def test_an_upgrade_under_a_running_portal_leaves_pages_and_faults_readable(collected: Path, client: Client) -> None:
    shutil.rmtree(collected)
    client.force_login(found_school().lecturer, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/").status_code == 200
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "There is no such page, or it is not yours to see." in answer.text
