"""`rollcall-manage setup` on a real server: what it makes, run once and again, and what it says where it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pymysql
import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker, Settings
from sqlalchemy import make_url

from portal.accounts.models import Account
from tests.environment import ROOT, TEST_DATABASE, product_environment
from tests.fixtures.mariadb import MIGRATED, MariaDB, copy_tables, running_server
from tests.fixtures.patience import only_long
from tests.fixtures.portal_database import connected_to
from tests.fixtures.terminal import answer

USERS = ("rollcall_portal", "rollcall_recognizer", "rollcall_owner")
PASSWORD = "A first password 1"
ADA = ("--email", "Ada@Example.org", "--name", "Ada Byron")


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Setup = Callable[..., Done]


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """Users belong to a whole server, so these tests have one of their own."""
    with running_server(tmp_path_factory, "setup") as running:
        yield running


@pytest.fixture
def server(own_server: MariaDB) -> Iterator[MariaDB]:
    """Without a trace of Rollcall."""
    yield own_server
    with own_server.connect() as root, root.cursor() as cursor:
        cursor.execute("SELECT user, host FROM mysql.user WHERE user LIKE 'rollcall%' OR user = 'clerk'")
        for user, host in cursor.fetchall():
            cursor.execute("DROP USER %s@%s", (user, host))
        cursor.execute("DROP DATABASE IF EXISTS rollcall")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """In the place of /etc/rollcall."""
    return tmp_path / "etc"


@pytest.fixture
def setup(
    folder: Path, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Iterator[Setup]:
    """The command in this process, which saves starting a Python."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

    def run(*arguments: str, typed: str = "") -> Done:
        out, err = StringIO(), StringIO()
        monkeypatch.setattr("sys.stdin", StringIO(typed))
        try:
            call_command("setup", *arguments, "--folder", str(folder), stdout=out, stderr=err)
        except SystemExit as ended:
            return Done(1, out.getvalue(), f"{err.getvalue()}{ended}\n")
        return Done(0, out.getvalue(), err.getvalue())

    with django_db_blocker.unblock():
        yield run


@pytest.fixture
def tables(server: MariaDB) -> None:
    """The server has Rollcall's database of this release, without users: so no test waits for the migrations."""
    server.execute("CREATE DATABASE rollcall CHARACTER SET utf8mb4")
    copy_tables(server, MIGRATED, "rollcall")


def run_apart(folder: Path, *arguments: str, typed: str = "") -> Done:
    """The command in a Python of its own."""
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "setup", *arguments, "--folder", folder],
        env=product_environment(),
        input=typed,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def root_of(server: MariaDB) -> str:
    return f"mysql://root@127.0.0.1:{server.port}/rollcall"


def address_in(path: Path) -> str:
    text = path.read_text()
    if path.suffix == ".toml":
        return str(tomllib.loads(text)["database_url"])
    (line,) = [line for line in text.splitlines() if line.startswith("ROLLCALL_DATABASE_URL=")]
    return line.partition("=")[2]


def asked_by(path: Path, statement: str) -> object:
    """The first value that the user of one of the files is given."""
    url = make_url(address_in(path))
    with (
        pymysql.connect(
            host=url.host,
            port=url.port or 0,
            user=url.username,
            password=url.password or "",
            database=url.database,
            unix_socket=url.query.get("unix_socket"),
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        return (cursor.fetchone() or [None])[0]


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def refused(done: Done) -> str:
    """The one line that it said."""
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("rollcall-manage setup: ")
    return line


def test_it_makes_all_that_the_two_programs_need_and_the_first_account(
    server: MariaDB, folder: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    done = run_apart(folder, root_of(server), *ADA, "--password-stdin", typed=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr

    files = sorted(folder.iterdir())
    assert [path.name for path in files] == ["portal-secrets.env", "recognizer-database.toml"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    portal, recognizer = files
    assert asked_by(portal, "SELECT COUNT(*) FROM account") == 1
    assert asked_by(recognizer, "SELECT COUNT(*) FROM camera_mark") == 0
    for path, forbidden in (
        (recognizer, "SELECT * FROM account"),
        (recognizer, "SELECT id FROM mark"),
        (portal, "DELETE FROM mark"),
        (portal, "DROP TABLE mark"),
        (portal, "SELECT * FROM mysql.user"),
    ):
        with pytest.raises(pymysql.OperationalError, match="denied"):
            asked_by(path, forbidden)
    with django_db_blocker.unblock(), connected_to(address_in(portal)):
        account = Account.objects.get()
        assert (account.email, account.name, account.is_superuser) == ("ada@example.org", "Ada Byron", True)
        assert account.check_password(PASSWORD)
    told = done.stdout + done.stderr
    for path in files:
        assert str(make_url(address_in(path)).password) not in told
    assert PASSWORD not in told


@pytest.mark.usefixtures("tables")
def test_run_again_it_renews_rights_and_changes_no_password(server: MariaDB, setup: Setup, folder: Path) -> None:
    assert (
        setup(root_of(server), *ADA, "--recognizer-host", "127.0.0.%", "--recognizer-host", "localhost").returncode == 0
    )
    before = contents(folder)
    of_first_release = "GRANT SELECT ON student TO rollcall_recognizer@localhost"
    server.execute("USE rollcall", "REVOKE SELECT ON room FROM rollcall_recognizer@localhost", of_first_release)

    done = setup(root_of(server), "--portal-host", "10.0.0.%")

    assert done.returncode == 0, done.stderr
    assert "of this release already" in done.stdout
    assert contents(folder) == before
    recognizer = folder / "recognizer-database.toml"
    assert asked_by(recognizer, "SELECT COUNT(*) FROM room") == 0
    # Recognizers of that release go on; they read no more of a table than the view has.
    assert "rollcall_recognizer still comes to the tables themselves" in done.stdout
    assert asked_by(recognizer, "SELECT number FROM student") is None
    for forbidden in ("SELECT full_name FROM student", "SELECT id FROM mark"):
        with pytest.raises(pymysql.OperationalError, match="denied"):
            asked_by(recognizer, forbidden)
    with server.connect() as root, root.cursor() as cursor:
        cursor.execute("SELECT definer FROM information_schema.views WHERE table_schema = 'rollcall'")
        assert cursor.fetchall() == (("rollcall_guard@localhost",),) * 2
        cursor.execute("SELECT user, host FROM mysql.user WHERE user IN (%s, %s)", USERS[:2])
        assert set(cursor.fetchall()) == {
            ("rollcall_portal", "10.0.0.%"),
            ("rollcall_portal", "localhost"),
            ("rollcall_recognizer", "127.0.0.%"),
            ("rollcall_recognizer", "localhost"),
        }


@only_long
@pytest.mark.usefixtures("tables")
def test_the_kept_owner_brings_an_earlier_database_to_this_release_and_renews_rights(
    server: MariaDB, setup: Setup, folder: Path
) -> None:
    assert setup(root_of(server), "--keep-owner").returncode == 0
    owner = folder / "owner.env"
    assert owner.stat().st_mode & 0o777 == 0o600
    subprocess.run(
        [sys.executable, ROOT / "manage.py", "migrate", "sessions", "zero"],
        env=product_environment(database_url=address_in(owner), secret_key="of-this-test-alone" * 3),
        capture_output=True,
        check=True,
    )
    server.execute("USE rollcall", "REVOKE SELECT ON room FROM rollcall_portal@localhost")

    done = setup("--no-input")

    assert done.returncode == 0, done.stderr
    assert "1 migrations done" in done.stdout
    assert asked_by(folder / "portal-secrets.env", "SELECT COUNT(*) FROM django_session") == 0
    assert asked_by(folder / "portal-secrets.env", "SELECT COUNT(*) FROM room") == 0
    # It is nobody outside of its database.
    for forbidden in ("CREATE DATABASE other", "CREATE USER other", "SELECT * FROM mysql.user"):
        with pytest.raises(pymysql.OperationalError, match="denied"):
            asked_by(owner, forbidden)


@pytest.mark.usefixtures("tables")
def test_new_passwords_take_the_place_of_all_earlier_ones(server: MariaDB, setup: Setup, folder: Path) -> None:
    assert setup(root_of(server), "--keep-owner").returncode == 0
    before = {path: make_url(address_in(path)).password for path in folder.iterdir()}

    assert setup(root_of(server), "--new-passwords").returncode == 0

    for path, earlier in before.items():
        assert make_url(address_in(path)).password != earlier
        assert asked_by(path, "SELECT COUNT(*) FROM room") == 0
    assert len({make_url(address_in(path)).password for path in before}) == 3


@pytest.mark.usefixtures("tables")
def test_what_was_interrupted_is_finished_by_the_next_run(server: MariaDB, setup: Setup, folder: Path) -> None:
    server.execute(
        "CREATE USER clerk@localhost IDENTIFIED BY 'Of-this-test-1'",
        "GRANT CREATE, ALTER, DROP, INDEX, REFERENCES, SELECT, INSERT, UPDATE, DELETE, CREATE USER, TRIGGER "
        "ON *.* TO clerk@localhost",
    )
    (folder.parent / "password").write_text("Of-this-test-1\n")
    clerk = f"mysql://clerk@127.0.0.1:{server.port}/rollcall"

    said = refused(setup(clerk, "--admin-password-file", str(folder.parent / "password")))
    assert "name the server's administrator" in said
    before = contents(folder)

    assert setup(root_of(server), *ADA).returncode == 0
    assert contents(folder) == before
    assert asked_by(folder / "portal-secrets.env", "SELECT COUNT(*) FROM account") == 1


def test_a_user_whose_password_nobody_knows_is_left_alone(server: MariaDB, setup: Setup, folder: Path) -> None:
    server.execute("CREATE USER rollcall_portal@localhost IDENTIFIED BY 'Of-another-portal-1'")

    said = refused(setup(root_of(server)))

    assert "rollcall_portal whose password is not in" in said
    assert "--new-passwords" in said
    assert not folder.exists()


def test_a_foreign_database_is_left_alone(server: MariaDB, setup: Setup, folder: Path) -> None:
    server.execute("CREATE DATABASE rollcall", "CREATE TABLE rollcall.wp_posts (id INT)")

    assert "has tables that are not Rollcall's: name another one" in refused(setup(root_of(server)))

    assert not folder.exists()
    with server.connect() as root, root.cursor() as cursor:
        cursor.execute("SHOW TABLES IN rollcall")
        assert cursor.fetchall() == (("wp_posts",),)


@pytest.mark.usefixtures("tables")
def test_it_goes_by_the_socket_of_this_machines_server(server: MariaDB, setup: Setup, folder: Path) -> None:
    socket = server.folder / "socket"
    done = setup(f"mariadb://root@localhost/rollcall?unix_socket={socket}", *ADA)

    assert done.returncode == 0, done.stderr
    portal, recognizer = address_in(folder / "portal-secrets.env"), address_in(folder / "recognizer-database.toml")
    assert make_url(portal).query["unix_socket"] == str(socket)
    assert asked_by(folder / "portal-secrets.env", "SELECT COUNT(*) FROM account") == 1
    # A classroom machine has no such socket.
    assert "socket" not in recognizer
    assert "listens on this machine alone" in done.stdout


@pytest.mark.usefixtures("tables")
def test_on_a_terminal_it_asks_for_what_it_needs_and_shows_no_password(
    server: MariaDB, folder: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    server.execute(
        "CREATE USER clerk@localhost IDENTIFIED BY 'Of-this-test-1'",
        "GRANT ALL ON *.* TO clerk@localhost WITH GRANT OPTION",
    )
    status, screen = answer(
        [sys.executable, ROOT / "manage.py", "setup", "--folder", folder],
        {
            "administrator [mysql://root@localhost/rollcall]: ": f"mysql://clerk@127.0.0.1:{server.port}",
            "Password of clerk on the database server: ": "Of-this-test-1",
            "so that upgrades change its tables? [Y/n] ": "",
            "e-mail address: ": "ada@example.org",
            "Full name: ": "Ada Byron",
            "shown): ": PASSWORD,
            "Once more: ": PASSWORD,
        },
        product_environment(),
    )

    assert status == 0, screen
    assert (folder / "owner.env").exists()
    assert PASSWORD not in screen
    assert "Of-this-test-1" not in screen
    with django_db_blocker.unblock(), connected_to(address_in(folder / "portal-secrets.env")):
        assert Account.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("mysql://root@127.0.0.1:1/rollcall", "no database server answers at 127.0.0.1, port 1"),
        ("mysql://root:wrong-password@127.0.0.1:{port}/rollcall", "does not let this user in: check user and password"),
        ("mysql://clerk:Of-this-test-1@127.0.0.1:{port}/rollcall", "name the server's administrator"),
        ("mysql://root@127.0.0.1:{port}/rollcall?ssl_ca=/no/such/file", "ssl_ca names /no/such/file"),
        ("mysql://root@127.0.0.1:{port}/a`b", "letters, digits and _ alone"),
        ("mysql://root@127.0.0.1:{port}/rollcall?colour=red", "unknown parameter colour"),
        ("postgresql://root@127.0.0.1/rollcall", "expected one such as mysql://root@localhost/rollcall"),
    ],
)
def test_what_cannot_be_done_is_one_line_that_says_what_to_do(
    server: MariaDB, setup: Setup, folder: Path, address: str, expected: str
) -> None:
    server.execute("CREATE USER clerk@localhost IDENTIFIED BY 'Of-this-test-1'")

    said = refused(setup(address.format(port=server.port)))

    assert expected in said
    assert "wrong-password" not in said
    assert not folder.exists()


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "name the database server's administrator, as in: rollcall-manage setup mysql://root@localhost/rollcall"),
        (["{root}", "--recognizer-host", "a'b"], "is no host"),
        (["{root}", "--admin-password-file", "/no/such/file"], "/no/such/file cannot be read"),
        (["{root}", "--email", "ada", "--name", "Ada"], "the first account cannot be made (email:"),
    ],
)
def test_what_is_missing_or_no_answer_is_told(
    server: MariaDB, setup: Setup, arguments: list[str], expected: str
) -> None:
    assert expected in refused(setup(*(each.format(root=root_of(server)) for each in arguments)))


@pytest.mark.usefixtures("tables")
def test_a_weak_password_makes_no_account_and_the_next_run_does(server: MariaDB, setup: Setup, folder: Path) -> None:
    assert "too common" in refused(setup(root_of(server), *ADA, "--password-stdin", typed="password123\n"))
    assert asked_by(folder / "portal-secrets.env", "SELECT COUNT(*) FROM account") == 0

    done = setup(root_of(server), *ADA)
    assert "which is shown this once: " in done.stdout
    assert asked_by(folder / "portal-secrets.env", "SELECT COUNT(*) FROM account") == 1


def test_a_folder_that_cannot_be_written_is_told_before_the_server_is_changed(
    server: MariaDB, setup: Setup, folder: Path
) -> None:
    folder.write_text("a file")

    assert "cannot be written" in refused(setup(root_of(server))) or "cannot be read" in refused(setup(root_of(server)))

    with server.connect() as root, root.cursor() as cursor:
        cursor.execute("SELECT user FROM mysql.user WHERE user LIKE 'rollcall%'")
        assert cursor.fetchall() == ()


@only_long
def test_a_server_that_is_too_old_is_told(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> None:
    if os.environ.get(TEST_DATABASE) == "mysql":
        pytest.skip("MySQL cannot be made to tell another version.")
    with running_server(tmp_path_factory, "old", version="10.4.1-MariaDB") as old:
        said = refused(run_apart(folder, root_of(old)))
    assert "is too old" in said
    assert "10.4" in said
    assert not folder.exists()
