"""How the environment becomes settings, and that service is safe without a word."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.templatetags.static import static
from pytest_django import Settings

from portal.web import configuration
from tests.environment import ROOT, product_environment


def manage(*command: str, **rollcall: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=product_environment(**rollcall),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_value_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    assert configuration.read("ROLLCALL_X", environ={"ROLLCALL_X_FILE": str(file)}) == "from the file"
    assert configuration.read("ROLLCALL_X", environ={"ROLLCALL_X": "itself"}) == "itself"
    assert configuration.read("ROLLCALL_X", "default", environ={"ROLLCALL_X": ""}) == "default"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("database_url", "mysql+pymysql://u:hunter2@h/n?foo=1", "ROLLCALL_DATABASE_URL has an unknown parameter foo;"),
        ("log_level", "loud", "ROLLCALL_LOG_LEVEL is 'loud'; expected INFO,"),
    ],
)
def test_a_setting_that_is_wrong_ends_a_command_with_one_line(variable: str, value: str, said: str) -> None:
    done = manage("manage.py", "showmigrations", **{"database_url": "sqlite:///:memory:", variable: value})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"manage.py: {said}")
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr


def test_check_says_why_the_database_cannot_be_asked() -> None:
    url = "mysql+pymysql://u:hunter2@db.example.org/rollcall?ssl_ca=/nowhere/ca.pem"
    done = manage("manage.py", "check", database_url=url, secret_key="k" * 50)
    assert done.returncode == 1
    assert "ssl_ca names /nowhere/ca.pem, which cannot be read (No such file or directory)" in done.stdout


def test_an_empty_file_is_as_an_empty_variable_and_a_byte_order_mark_is_no_part_of_a_value(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    environ = {"ROLLCALL_X_FILE": str(file)}
    file.write_bytes(b"\r\n")
    assert configuration.read("ROLLCALL_X", "default", environ) == "default"
    file.write_bytes(b"\xef\xbb\xbfvalue\r\n")
    assert configuration.read("ROLLCALL_X", "default", environ) == "value"


@pytest.mark.parametrize(("path", "said"), [("/dev/zero", "at most"), ("/etc", "cannot be read")])
def test_a_file_that_holds_no_value_is_refused(path: str, said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^ROLLCALL_X_FILE names {path}.*{said}"):
        configuration.read("ROLLCALL_X", environ={"ROLLCALL_X_FILE": path})


def test_a_secret_that_everybody_may_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.touch(mode=0o640)
    environ = {"ROLLCALL_X_FILE": str(file), "OTHER_FILE": "/etc/passwd"}
    environ["ROLLCALL_OF_ANOTHER_PROGRAM_FILE"] = str(tmp_path / "missing")
    assert configuration.open_files(environ) == []
    file.chmod(0o644)
    assert configuration.open_files(environ) == ["ROLLCALL_X_FILE"]


def test_a_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="ROLLCALL_X_FILE names /nowhere/secret"):
        configuration.read("ROLLCALL_X", environ={"ROLLCALL_X_FILE": "/nowhere/secret"})


def test_a_switch_is_on_or_off_and_never_guessed() -> None:
    assert configuration.switch("ROLLCALL_X", {"ROLLCALL_X": "1"})
    assert not configuration.switch("ROLLCALL_X", {})
    with pytest.raises(ImproperlyConfigured, match="ROLLCALL_X is 'yes'; expected 1 or 0"):
        configuration.switch("ROLLCALL_X", {"ROLLCALL_X": "yes"})


def test_a_mysql_url_becomes_a_connection_that_never_waits_for_ever() -> None:
    database = configuration.database("mysql+pymysql://user:p%40ss@db.example:3307/rollcall")
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", 3307, "rollcall")
    assert (database["USER"], database["PASSWORD"]) == ("user", "p@ss")
    assert {"connect_timeout", "read_timeout", "write_timeout"} <= database["OPTIONS"].keys()


def test_a_file_whose_folder_cannot_be_made_is_no_database() -> None:
    with pytest.raises(
        ImproperlyConfigured, match=r"^ROLLCALL_DATABASE_URL names a file in /proc/nowhere, which cannot"
    ):
        configuration.database("sqlite:////proc/nowhere/portal.sqlite3")


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@h/n", "mysql://u:hunter2@h/n", "hunter2", "sqlite//hunter2"])
def test_a_wrong_database_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"expected sqlite:///FILE or mysql\+pymysql") as refused:
        configuration.database(url)
    assert "hunter2" not in str(refused.value)


def test_a_mail_servers_address_becomes_settings() -> None:
    mail = configuration.email("smtp+tls://user%40uni:p%2Fss@mail.example")
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"], mail["EMAIL_USE_TLS"]) == ("mail.example", 587, True)
    assert (mail["EMAIL_HOST_USER"], mail["EMAIL_HOST_PASSWORD"]) == ("user@uni", "p/ss")
    assert configuration.email("smtps://mail.example")["EMAIL_PORT"] == 465
    assert configuration.email("console:")["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize("url", ["imap://u:hunter2@h", "smtp://", "hunter2", "smtp://u:hunter2@h:port"])
def test_a_wrong_mail_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="ROLLCALL_EMAIL_URL") as refused:
        configuration.email(url)
    assert "hunter2" not in str(refused.value)


def test_the_portal_does_not_serve_without_a_secret_and_says_how_to_make_one(tmp_path: Path) -> None:
    done = manage("-c", "import portal.web.wsgi", database_url=f"sqlite:///{tmp_path / 'rollcall.sqlite3'}")
    assert done.returncode != 0
    assert "ROLLCALL_SECRET_KEY is not set. Make one and keep it" in done.stderr
    assert "Traceback" not in done.stderr


def test_static_files_are_collected_under_names_with_their_hash(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = str(tmp_path)
    backend = "portal.web.static_files.CollectedFiles"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": backend}}
    call_command("collectstatic", interactive=False, verbosity=0)
    for name in ("portal/portal.css", "accounts/admin.css", "admin/css/base.css", "django_htmx/htmx-2.min.js"):
        hashed = static(name)
        assert re.fullmatch(r"/static/.+\.[0-9a-f]{12}\.(css|js)", hashed)
        assert (tmp_path / hashed.removeprefix("/static/")).with_suffix(Path(hashed).suffix + ".gz").exists()
