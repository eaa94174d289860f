"""ROLLCALL_DATABASE_URL means the same to both programs: what reaches the driver is compared, and so are refusals."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pymysql
import pytest
from django.core.exceptions import ImproperlyConfigured
from sqlalchemy.exc import OperationalError

from portal.web import configuration, database_address
from portal.web.redaction import redact as redact_as_the_portal
from recognizer.config.database_address import explain_insecure
from recognizer.config.keys import Unfit, read_database_url
from recognizer.errors import ConfigurationError
from recognizer.ops.redaction import redact
from recognizer.storage.database.connection import make_engine
from tests.fixtures.certificates import Certificates

COMPARED = ("user", "password", "host", "port", "database", "unix_socket", "charset", "ssl_disabled", "ssl")
BASE = "mysql+pymysql://u:p@db/rollcall"
SECRET = "hunter2"
HERE = ("localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]")
ELSEWHERE = ("db", "db.example.org", "10.0.0.7", "127.example.org", "localhost.example.org", "[2001:db8::1]", "0.0.0.0")


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the driver was called with, instead of connecting."""
    calls: list[dict[str, Any]] = []

    def connect(**options: Any) -> None:
        calls.append(options)
        raise pymysql.OperationalError(2003, "not today")

    monkeypatch.setattr(pymysql, "connect", connect)
    monkeypatch.setattr("portal.web.mysql.base.RowsConnection", connect)
    return calls


def as_the_recognizer(url: str) -> None:
    engine = make_engine(url)
    with pytest.raises(OperationalError, match="not today"):
        engine.connect()


def as_the_portal(url: str) -> None:
    from portal.web.mysql.base import DatabaseWrapper

    wrapper = DatabaseWrapper(configuration.database(url) | {"TIME_ZONE": None}, "default")
    with pytest.raises(pymysql.OperationalError, match="not today"):
        wrapper.get_new_connection(wrapper.get_connection_params())


def compared(options: dict[str, Any]) -> dict[str, Any]:
    found = {name: options[name] for name in COMPARED if options.get(name) not in (None, "")}
    if context := found.pop("ssl", None):
        assert isinstance(context, ssl.SSLContext)
        found["tls"] = (
            context.verify_mode == ssl.CERT_REQUIRED,
            context.check_hostname,
            sorted(str(authority["subject"]) for authority in context.get_ca_certs()),
        )
    return found


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (BASE, {"user": "u", "password": b"p", "host": "db", "database": "rollcall"}),
        ("mysql+pymysql://u@db:3307/rollcall", {"user": "u", "host": "db", "port": 3307, "database": "rollcall"}),
        (
            "mysql+pymysql://u%40x:p%2F%3F%23%C3%A9@[::1]/r",
            {"user": "u@x", "password": "p/?#é".encode(), "host": "::1"},
        ),
        ("mysql+pymysql://u:p:q@db/r", {"password": b"p:q", "host": "db"}),
        ("mysql+pymysql:///r?unix_socket=/run/my%20sql.sock", {"unix_socket": "/run/my sql.sock", "database": "r"}),
        (
            "mysql+pymysql://u:p@/r?unix_socket=/run/my.sock",
            {"user": "u", "password": b"p", "unix_socket": "/run/my.sock"},
        ),
        ("mysql+pymysql://db/roll%2Dcall", {"host": "db", "database": "roll-call"}),
        (f"{BASE}?charset=utf8mb4", {"charset": "utf8mb4"}),
        (f"{BASE}?ssl_disabled=true", {"ssl_disabled": True}),
        (f"{BASE}?ssl_disabled=0", {"host": "db"}),
        *((f"mysql+pymysql://u:p@{host}/r", {"host": host.strip("[]")}) for host in (*HERE, *ELSEWHERE)),
    ],
)
def test_both_call_the_driver_alike(reached: list[dict[str, Any]], url: str, expected: dict[str, Any]) -> None:
    as_the_recognizer(url)
    as_the_portal(url)

    recognizer, portal = map(compared, reached)
    assert recognizer == portal
    assert read_database_url(url) == url, "what can be opened may stand in the configuration"
    assert expected.items() <= recognizer.items()
    leaves = "unix_socket" not in recognizer and recognizer["host"] not in {host.strip("[]") for host in HERE}
    if leaves and not recognizer.get("ssl_disabled"):
        assert recognizer["tls"][:2] == (True, True), "to another machine only where it proves who it is"
    else:
        assert "tls" not in recognizer
    assert recognizer["charset"] == "utf8mb4"
    # None waits for ever.
    assert all(options[f"{kind}_timeout"] > 0 for options in reached for kind in ("connect", "read", "write"))


@pytest.mark.parametrize(
    ("query", "certificate", "identity"),
    [
        ("ssl_ca={ca}", True, True),
        ("ssl_ca={ca}&ssl_verify_identity=false", True, False),
        ("ssl_ca={ca}&ssl_verify_identity=TRUE", True, True),
        ("ssl_ca={ca}&ssl_verify_cert=false", False, False),
        ("ssl_verify_cert=1", True, True),
        ("ssl_verify_identity=1", True, True),
        ("ssl_verify_cert=false", False, False),
        ("ssl_cert={cert}&ssl_key={key}", True, True),
        ("ssl_ca={ca}&ssl_cert={cert}&ssl_key={key}", True, True),
        ("ssl_disabled=false", True, True),
    ],
)
def test_both_secure_the_connection_alike(
    reached: list[dict[str, Any]], certificates: Certificates, query: str, certificate: bool, identity: bool
) -> None:
    files = {"ca": certificates.authority, "cert": certificates.server, "key": certificates.server_key}
    url = f"{BASE}?{query.format(**files)}"
    as_the_recognizer(url)
    as_the_portal(url)

    recognizer, portal = map(compared, reached)
    assert recognizer == portal
    assert recognizer["tls"][:2] == (certificate, identity)
    assert ("authority" in str(recognizer["tls"][2])) == ("ssl_ca" in query)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"{BASE}?sslmode=require", "has an unknown parameter sslmode; expected one of charset, unix_socket, ssl_ca,"),
        (f"{BASE}?ssl_ca=/a&read_default_file=/etc/my.cnf", "has an unknown parameter read_default_file"),
        (f"{BASE}?ssl_check_hostname=true", "has an unknown parameter ssl_check_hostname"),
        (f"{BASE}?connect_timeout=0", "has an unknown parameter connect_timeout"),
        (f"{BASE}?{SECRET}{SECRET}{SECRET}{SECRET}{SECRET}{SECRET}=1", "has an unknown parameter; expected"),
        (f"{BASE}?ssl_ca=", "has the parameter ssl_ca without a value"),
        (f"{BASE}?ssl_ca", "has the parameter ssl_ca without a value"),
        (f"{BASE}?ssl_ca=/a&ssl_ca=/b", "has the parameter ssl_ca twice"),
        (f"{BASE}?ssl_verify_cert=maybe", "has ssl_verify_cert neither true nor false"),
        (f"{BASE}?charset=latin1", "has another charset than utf8mb4"),
        (f"{BASE}?ssl_disabled=true&ssl_ca=/a", "has both ssl_disabled and ssl_ca"),
        (f"{BASE}?ssl_key=/a", "has ssl_key without ssl_cert"),
        (f"{BASE}?ssl_verify_identity=1&ssl_verify_cert=0", "has ssl_verify_identity without ssl_verify_cert"),
        ("sqlite:///file?mode=ro", "has an unknown parameter mode"),
        ("sqlite:///file?ssl_ca=/a", "has the parameter ssl_ca; expected none after an SQLite file"),
        ("sqlite://", "cannot be read; expected sqlite:///FILE or mysql+pymysql"),
        (f"sqlite://{SECRET}/file", "cannot be read"),
        (f"postgresql://u:{SECRET}@h/n", "starts with postgresql; expected"),
        (f"mysql://u:{SECRET}@h/n", "starts with mysql; expected"),
        (SECRET, "cannot be read"),
        (f"mysql+pymysql://u:{SECRET}@h", "cannot be read"),
        (f"mysql+pymysql://u:{SECRET}@h/", "cannot be read"),
        (f"mysql+pymysql://u:{SECRET}@h:port/n", "cannot be read"),
        (f"mysql+pymysql://u:{SECRET}@h:0/n", "cannot be read"),
        (f"mysql+pymysql://u:{SECRET}@h:99999/n", "cannot be read"),
        (f"mysql+pymysql://u:p@{SECRET}@h/n", "@ is %40"),
        (f"mysql+pymysql://u@{SECRET}:p@h/n", "@ is %40"),
        (f"mysql+pymysql://u/{SECRET}:p@h/n", "/ is %2F"),
        (f"mysql+pymysql://u:p@h/n?{SECRET}@x/n", "@ is %40"),
        (f"mysql+pymysql://u:p@h,{SECRET}/n", "cannot be read"),
        # The recognizer's configuration refuses these too: nobody can tell which part is secret.
        (f"mysql+pymysql://u:p/{SECRET}@h/n", "/ is %2F"),
        (f"mysql+pymysql://u:1234#{SECRET}@h/n", "# is %23"),
        (f"mysql+pymysql://u:p?{SECRET}@h/n", "? is %3F"),
        (f"mysql+pymysql://u:{SECRET}@h/n ", "cannot be read"),
    ],
)
def test_both_refuse_alike_and_repeat_no_secret(url: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as recognizer:
        make_engine(url)
    with pytest.raises(ImproperlyConfigured) as portal:
        configuration.database(url)

    said = str(recognizer.value)
    assert said.removeprefix("database_url ") == str(portal.value).removeprefix("ROLLCALL_DATABASE_URL ")
    with pytest.raises((ConfigurationError, Unfit)):
        read_database_url(url)
    assert words in said
    assert SECRET not in said
    assert "\n" not in said


def test_without_an_address_neither_makes_up_a_database() -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        make_engine("")
    # The portal starts, and answers 503 until it is set up.
    assert configuration.database("") == {"ENGINE": configuration.NO_DATABASE}


@pytest.mark.parametrize("sign", list("#/?@"))
@pytest.mark.parametrize("place", ["u{}x:p", "u:{}p", "u:1234{}p", "u:p{}"])
def test_a_bare_sign_in_user_or_password_is_refused_wherever_it_is_read(sign: str, place: str) -> None:
    url = f"mysql+pymysql://{place.format(sign)}@db/rollcall"
    for read in (make_engine, read_database_url):
        with pytest.raises((ConfigurationError, Unfit)):
            read(url)
    with pytest.raises(ImproperlyConfigured):
        configuration.database(url)


def test_both_open_the_same_sqlite_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a%20b.sqlite3"
    file = Path(configuration.database(url)["NAME"])
    file.touch()

    with make_engine(url).connect() as connection:
        (row,) = connection.exec_driver_sql("PRAGMA database_list").all()

    assert Path(row[2]) == file


@pytest.mark.parametrize("words", ["SSL is required", "CERTIFICATE_VERIFY_FAILED"])
def test_what_to_do_about_an_insecure_way_is_said_alike_and_nothing_of_it_is_hidden(words: str) -> None:
    """A log hides the values behind names in an address, and what stands before a host."""
    advice = explain_insecure(words)
    assert advice == database_address.explain_insecure(words) != ""
    assert redact(advice) == redact_as_the_portal(advice) == advice
