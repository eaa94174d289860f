"""Whatever goes wrong on the way to the database is one line of ours, in both programs, and repeats no secret."""

from __future__ import annotations

import gc
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
import pytest
from sqlalchemy import text

from recognizer.errors import RegisterUnavailable
from recognizer.storage.database.connection import make_engine, repeated
from recognizer.storage.database.inspection import DatabaseInspection
from tests.fixtures.certificates import Certificates
from tests.fixtures.mariadb import MariaDB, MySQL
from tests.fixtures.patience import only_long
from tests.fixtures.recognizer import Recognizer
from tests.fixtures.secure_database import run_manage
from tests.fixtures.waiting import wait_for

SECRET = "hunter2"
NOWHERE = f"mysql+pymysql://{SECRET}user:{SECRET}@127.0.0.1:1/rollcall"
ODD = [
    RuntimeError("'cryptography' package is required for sha256_password or caching_sha2_password auth methods"),
    TypeError("got an unexpected keyword argument 'sslmode'"),
    FileNotFoundError(2, "No such file or directory"),
    ssl.SSLError(1, "bad ecpoint"),
    UnicodeEncodeError("latin-1", f"{SECRET}€", 7, 8, f"not {SECRET}"),
    ValueError("port should be of type int"),
    AssertionError("protocol"),
    KeyError("no such charset"),
    IndexError("index out of range"),
    NotImplementedError("compress and named_pipe arguments are not supported"),
    PermissionError(13, "Permission denied"),
]


def complaint(url: str) -> str:
    """What the recognizer says of a database, in every way that it asks one."""
    engine = make_engine(url)
    with pytest.raises(RegisterUnavailable) as asked:
        DatabaseInspection(engine).rooms()
    with pytest.raises(RegisterUnavailable) as written:
        repeated(engine, lambda connection: connection.execute(text("SELECT 1")))
    engine.dispose()
    said = str(asked.value)
    assert said == str(written.value)
    assert "\n" not in said
    assert SECRET not in said
    return said


@only_long
def test_a_database_that_the_service_may_be_forbidden_to_reach_is_told_so(
    full_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, question = f"mysql+pymysql://u:{SECRET}@127.0.0.1:{full_port}/r", "IPAddressAllow= of this service"
    monkeypatch.delenv("INVOCATION_ID", raising=False)
    assert question not in complaint(url)
    monkeypatch.setenv("INVOCATION_ID", "1")
    assert question in complaint(url)


@pytest.mark.parametrize("error", ODD, ids=lambda error: type(error).__name__)
def test_an_error_of_any_class_while_connecting_is_ours(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def connect(**_: Any) -> None:
        raise error

    monkeypatch.setattr(pymysql, "connect", connect)
    assert complaint(NOWHERE).startswith("the database does not answer as it should: no connection can be made")


@contextmanager
def answering(words: bytes) -> Iterator[int]:
    """The port of something that greets every caller with these bytes, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                with caller:
                    caller.sendall(words)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.0 400 Bad Request\r\n\r\n",
        b"\x01\0\0\0\x0a",
        b"\x0a\0\0\0\x0a10.11\0\xff\xff\xff",
        b"\x04\0\0\0\xff\x69\x04!",
    ],
    ids=["hangs up", "ssh", "http", "cut short", "garbage", "error"],
)
def test_something_that_is_no_database_is_told_in_one_line(words: bytes) -> None:
    with answering(words) as port:
        complaint(NOWHERE.replace(":1/", f":{port}/"))


@pytest.mark.parametrize("name", ["ssl_ca", "ssl_cert", "ssl_key"])
def test_a_file_that_is_missing_is_named_with_its_parameter(name: str, certificates: Certificates) -> None:
    others = f"ssl_cert={certificates.server}&" if name == "ssl_key" else ""
    said = complaint(f"{NOWHERE}?{others}{name}=/nowhere/x.pem")
    assert f"{name} names /nowhere/x.pem, which cannot be read (No such file or directory)" in said


def test_a_file_that_holds_no_certificate_is_named(tmp_path: Path, certificates: Certificates) -> None:
    (tmp_path / "x.pem").write_text("none")
    assert f"ssl_ca names {tmp_path}/x.pem, which holds no certificate" in complaint(
        f"{NOWHERE}?ssl_ca={tmp_path}/x.pem"
    )
    mixed = f"{NOWHERE}?ssl_cert={certificates.stranger}&ssl_key={certificates.server_key}"
    assert "ssl_cert and ssl_key hold no certificate with its key" in complaint(mixed)


# PyMySQL forgets to close a socket that it could not connect.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("is_there", [False, True], ids=["missing", "dead"])
def test_a_socket_at_which_no_server_answers_is_named_and_no_host(is_there: bool, tmp_path: Path) -> None:
    path = tmp_path / "mysqld.sock"
    if is_there:
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(path))
    reason = "Connection refused" if is_there else "No such file or directory"
    url = f"mysql+pymysql://u:{SECRET}@127.0.0.1/rollcall?unix_socket={path}"
    for said in (complaint(url), as_the_portal(url).rstrip()):
        assert said.endswith(
            f"the database does not answer as it should: no server answers at the socket {path} ({reason})"
        )
    gc.collect()


def cipher(url: str) -> str:
    engine = make_engine(url)
    with engine.connect() as connection:
        return str(connection.execute(text("SHOW STATUS LIKE 'Ssl_cipher'")).all()[0][1])


def as_the_portal(url: str) -> str:
    """What ``manage.py`` says of a query to the database."""
    code = "from django.db import connection; cursor = connection.cursor(); cursor.execute('SELECT 1'); print('well')"
    done = run_manage(url, "shell", "--no-imports", "-c", code)
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_both_verify_the_server_and_sign_in_with_any_password(
    secure: Callable[..., str], certificates: Certificates
) -> None:
    assert cipher(secure(ssl_ca=certificates.authority))
    assert as_the_portal(secure(ssl_ca=certificates.authority)) == "well\n"


def test_both_refuse_a_server_that_another_authority_signed(
    secure: Callable[..., str], certificates: Certificates
) -> None:
    url = secure(ssl_ca=certificates.stranger)
    assert "certificate verify failed" in complaint(url)
    said = as_the_portal(url)
    assert "certificate verify failed" in said
    assert said.startswith("manage.py: the database does not answer as it should: ")
    assert said.count("\n") == 1


def test_a_server_that_signs_in_nobody_is_told_without_the_users_name(secure: Callable[..., str]) -> None:
    said = complaint(secure(password=SECRET))
    assert "Access denied for user '***'@" in said
    assert "odd user" not in said
    assert "odd user" not in as_the_portal(secure(password=SECRET))


def test_the_default_sign_in_of_mysql_works_without_tls(mariadb: MariaDB) -> None:
    """It takes the package cryptography."""
    if not isinstance(mariadb, MySQL):
        pytest.skip("Only MySQL has caching_sha2_password; see make test-mysql.")
    mariadb.execute("CREATE USER plain@'%' IDENTIFIED WITH caching_sha2_password BY 'secret'")
    url = f"mysql+pymysql://plain:secret@127.0.0.1:{mariadb.port}/information_schema?ssl_disabled=true"
    assert cipher(url) == ""
    assert as_the_portal(url) == "well\n"


@only_long
def test_run_goes_on_without_a_database_that_cannot_be_reached_and_check_says_why_in_one_line(
    demo_clip: Path, run_recognizer: Callable[..., Recognizer]
) -> None:
    url = f"{NOWHERE}?ssl_ca=/nowhere/ca.pem"
    why = "no connection can be made: ssl_ca names /nowhere/ca.pem, which cannot be read (No such file or directory)"

    check = run_recognizer(url, demo_clip, command="check")
    assert check.finish() == 1
    (line,) = [line for line in check.output().splitlines() if line.startswith("✗ ")]
    assert f" cannot be asked ({why}); see that it is there" in line
    assert "database_url, in recognizer.toml or ROLLCALL_DATABASE_URL, names" in line

    recognizer = run_recognizer(url, demo_clip)
    # It has no schedule and waits for one; what must not be is that it ends.
    wait_for(
        lambda: (
            f"the database does not answer as it should: {why}; what is seen waits in the outbox" in recognizer.output()
        ),
        "the run to ask for the schedule",
        60,
    )
    assert f"starting without the database: the database does not answer as it should: {why}" in recognizer.output()
    assert recognizer.is_running()
    assert recognizer.stop(20) == 0
    assert "Traceback" not in check.output() + recognizer.output()
    assert SECRET not in check.output() + recognizer.output()
