"""The user and the password of the database stand in no log line and in no error."""

from __future__ import annotations

import logging
import subprocess
import sys
from types import SimpleNamespace

import pytest

from portal.web import redaction
from portal.web.redaction import RedactedFormatter, redact
from tests.environment import ROOT, product_environment
from tests.fixtures.mariadb import MigratedMariaDB

USER, PASSWORD = "rollcall", "s3cret/pä:ss"
MAIL_PASSWORD = "s3cret/pä:ss of mail"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    databases = {"default": {"USER": USER, "PASSWORD": PASSWORD}}
    monkeypatch.setattr(redaction, "settings", SimpleNamespace(DATABASES=databases, EMAIL_HOST_PASSWORD=MAIL_PASSWORD))


@pytest.mark.parametrize(
    "said",
    [
        "(1142, \"INSERT command denied to user 'rollcall'@'10.0.0.7' for table `rollcall`.`mark`\")",
        "(1143, \"SELECT command denied to user 'rollcall'@'%' for column 'email' in table 'student'\")",
        "(1044, \"Access denied for user 'rollcall'@'localhost' to database 'x'\")",
        "(1226, \"User 'rollcall' has exceeded the 'max_user_connections' resource (current value: 5)\")",
        "(1203, 'User rollcall already has more than max_user_connections active connections')",
        "mysql+pymysql://rollcall:s3cret%2Fp%C3%A4%3Ass@db.example/rollcall",
        "mysql+pymysql://rollcall:s3cret%2fp%c3%a4%3ass@db.example/rollcall",
        "{'passwd': 's3cret/pä:ss'}",
        "535 5.7.8 s3cret/pä:ss of mail is wrong",
        "smtp://mailer:s3cret%2Fp%C3%A4%3Ass%20of%20mail@mail.example",
    ],
)
def test_whatever_the_server_or_the_driver_says_names_nobody(said: str) -> None:
    shown = redact(said)
    assert "***" in shown
    assert not any(each in shown for each in ("s3cret", "of mail", "of%20mail"))
    for spelling in ("'rollcall'@", "User 'rollcall'", "User rollcall", "//rollcall:"):
        assert spelling not in shown


def test_what_names_no_account_stays_as_it_is() -> None:
    for said in ("portal.attendance: rollcall closed 3 registers", "Unknown database 'rollcall'", "user@example.org"):
        assert redact(said) == said


def test_a_traceback_in_the_log_is_redacted_too() -> None:
    try:
        raise RuntimeError(f"no connection with {PASSWORD}")
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "failed", (), sys.exc_info())
    assert PASSWORD not in RedactedFormatter().format(record)


REFUSED = """
import django
django.setup()
from django.test import Client
from portal.accounts.models import Account
client = Client(HTTP_HOST="localhost", raise_request_exception=False)
client.force_login(Account.objects.create_superuser("root@example.org", "correct horse battery", name="Zoë Root"))
answer = client.get("/admin/attendance/student/")
assert answer.status_code == 500, answer.status_code
"""


def test_a_right_that_is_missing_is_logged_without_the_user_whom_it_is_missing(
    own_mariadb: MigratedMariaDB,
) -> None:
    """The administrator reads in the log which table it is."""
    own_mariadb.server.execute(f"REVOKE ALL ON {own_mariadb.name}.student FROM rollcall_portal@'%'")
    done = subprocess.run(
        [sys.executable, "-c", REFUSED],
        cwd=ROOT,
        env=product_environment(database_url=own_mariadb.portal_url, secret_key="x" * 50, plain_http="1")
        | {"DJANGO_SETTINGS_MODULE": "portal.web.settings"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "command denied to user '***'@" in done.stderr
    assert "student" in done.stderr
    assert "rollcall_portal" not in done.stderr
