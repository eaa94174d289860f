"""``manage.py dbshell`` goes to the database as the portal does, with the client of MariaDB or of MySQL."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pymysql
import pytest
from django.core.management import CommandError
from django.db import ConnectionHandler

from portal.web import configuration
from portal.web.mysql.base import DatabaseWrapper
from tests.fixtures.certificates import Certificates
from tests.fixtures.mariadb import MariaDB, MySQL
from tests.fixtures.parts import program
from tests.fixtures.secure_database import run_manage

QUERY = ["--silent", "-e", "SHOW STATUS LIKE 'Ssl_cipher'"]


@pytest.fixture
def shell(mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str | None]:
    """Ask the shell of the database at an address which cipher it has: "" for none, None where it does not get in."""
    monkeypatch.setenv("PATH", mariadb.path_with_client())

    def ask(url: str) -> str | None:
        portal = as_the_portal(url)
        try:
            command, environment = portal.client.settings_to_cmd_args_env(portal.settings_dict, QUERY)
        except CommandError:
            return None
        done = subprocess.run(
            command, env=os.environ | (environment or {}), capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0 or done.stderr.startswith("ERROR "), done.stderr
        return done.stdout.removeprefix("Ssl_cipher").strip() if done.returncode == 0 else None

    return ask


def as_the_portal(url: str) -> DatabaseWrapper:
    connection = ConnectionHandler({"default": configuration.database(url)})["default"]
    assert isinstance(connection, DatabaseWrapper)
    return connection


def gets_in(url: str) -> bool:
    """Whether the portal itself reaches the database at that address."""
    portal = as_the_portal(url)
    try:
        portal.get_new_connection(portal.get_connection_params()).close()
    except pymysql.Error:
        return False
    return True


def test_dbshell_shows_the_client_and_ends_with_its_status(
    secure: Callable[..., str], certificates: Certificates, mariadb: MariaDB
) -> None:
    path = mariadb.path_with_client()
    done = run_manage(secure(ssl_ca=certificates.authority), "dbshell", "--", *QUERY, path=path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Ssl_cipher\t")

    refused = run_manage(secure(ssl_ca=certificates.stranger), "dbshell", "--", *QUERY, path=path)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith("ERROR ")
    assert "odd user" not in refused.stderr


def test_mariadbs_client_is_found_by_its_new_name_too(
    plain: MariaDB, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mariadb").symlink_to(program("mariadb"))
    monkeypatch.setenv("PATH", str(tmp_path))
    portal = as_the_portal(f"mysql+pymysql://root@127.0.0.1:{plain.port}/mysql?ssl_disabled=true")

    command, _ = portal.client.settings_to_cmd_args_env(portal.settings_dict, QUERY)
    assert command[:2] == ["mariadb", "--skip-ssl"]


def test_a_client_that_is_missing_is_told_in_one_line(tmp_path: Path) -> None:
    for url in ("mysql+pymysql://u@127.0.0.1/d?ssl_ca=/x.pem", "mysql+pymysql://u@127.0.0.1/d"):
        done = run_manage(url, "dbshell", path=str(tmp_path))
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "program installed or on your path" in done.stderr


@pytest.mark.parametrize(
    ("host", "parameters"),
    [
        ("127.0.0.1", {"ssl_ca": "authority"}),
        ("127.0.0.1", {"ssl_ca": "stranger"}),
        ("127.0.0.1", {"ssl_ca": "authority", "ssl_verify_identity": "false"}),
        # Not the name that the certificate is for.
        ("127.0.0.2", {"ssl_ca": "authority"}),
        ("127.0.0.1", {"ssl_ca": "authority", "ssl_cert": "server", "ssl_key": "server_key"}),
        ("127.0.0.1", {"ssl_disabled": "true"}),
    ],
    ids=["verified", "another authority", "by authority alone", "another name", "with a certificate", "in the clear"],
)
def test_the_shell_of_a_secure_database_gets_in_where_the_portal_does(
    secure: Callable[..., str],
    certificates: Certificates,
    shell: Callable[[str], str | None],
    host: str,
    parameters: dict[str, str],
) -> None:
    url = secure(host=host, **{name: getattr(certificates, value, value) for name, value in parameters.items()})
    cipher = shell(url)

    assert (cipher is not None) == gets_in(url)
    assert cipher != "", "this server lets nobody in without TLS"


def test_by_its_authority_alone_mysqls_client_knows_a_server_of_another_name_and_mariadbs_refuses(
    secure: Callable[..., str], certificates: Certificates, shell: Callable[[str], str | None], mariadb: MariaDB
) -> None:
    """MariaDB's client checks the authority only together with the name, which is the safer of the two."""
    url = secure(host="127.0.0.2", ssl_ca=certificates.authority, ssl_verify_identity="false")

    assert gets_in(url)
    assert bool(shell(url)) == isinstance(mariadb, MySQL)


def test_mysqls_client_demands_tls_without_a_check_and_mariadbs_says_that_it_cannot(
    secure: Callable[..., str], shell: Callable[[str], str | None], mariadb: MariaDB
) -> None:
    assert bool(shell(secure(ssl_verify_cert="false"))) == isinstance(mariadb, MySQL)


@pytest.mark.parametrize("parameter", ["ssl_ca={authority}", "ssl_verify_cert=false"])
def test_the_shell_does_not_go_on_in_the_clear_where_tls_is_asked_for(
    plain: MariaDB, certificates: Certificates, shell: Callable[[str], str | None], parameter: str
) -> None:
    url = f"mysql+pymysql://root@127.0.0.1:{plain.port}/mysql?{parameter.format(authority=certificates.authority)}"

    assert not gets_in(url)
    assert shell(url) is None


@pytest.mark.parametrize("parameter", ["", "?ssl_disabled=true", "?unix_socket={folder}/socket"])
def test_the_shell_of_a_database_without_tls_goes_there_plainly(
    plain: MariaDB, shell: Callable[[str], str | None], parameter: str
) -> None:
    url = f"mysql+pymysql://root@127.0.0.1:{plain.port}/mysql{parameter.format(folder=plain.folder)}"

    assert gets_in(url)
    assert shell(url) == ""
