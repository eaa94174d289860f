"""`rollcall-manage backup` and `restore` on a real server: dump, drop, restore, equal."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import time
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker
from sqlalchemy import make_url

from portal.attendance.models import Slot, Term
from portal.web.installation.backup_file import BackupWriter
from tests.fixtures.mariadb import MIGRATED, MariaDB, copy_tables, running_server
from tests.fixtures.patience import only_long
from tests.fixtures.portal_database import connected_to
from tests.integration.test_setup import address_in, asked_by
from tests.portal.school import found_school

SIGNED_IN = "django_session"
FILES = ("data_export", "export_piece")


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """Users belong to a whole server, so these tests have one of their own."""
    with running_server(tmp_path_factory, "backup") as running:
        yield running


@pytest.fixture
def server(own_server: MariaDB) -> Iterator[MariaDB]:
    """Without a trace of Rollcall."""
    yield own_server
    lose(own_server)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """In the place of /etc/rollcall."""
    return tmp_path / "etc"


@pytest.fixture
def run(folder: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Run]:
    """A command in this process; ``where`` is the machine's /etc/rollcall."""

    def call(command: str, *arguments: object, where: Path = folder) -> Done:
        out, err = StringIO(), StringIO()
        try:
            call_command(command, *map(str, arguments), "--folder", str(where), stdout=out, stderr=err)
        except SystemExit as ended:
            return Done(1, out.getvalue(), f"{err.getvalue()}{ended}\n")
        return Done(0, out.getvalue(), err.getvalue())

    with django_db_blocker.unblock():
        yield call


@pytest.fixture
def school(server: MariaDB, run: Run, folder: Path) -> None:
    """A portal that is set up, with its owner kept, and a term's beginnings in its database."""
    server.execute("CREATE DATABASE rollcall CHARACTER SET utf8mb4")
    copy_tables(server, MIGRATED, "rollcall")
    assert run("setup", root_of(server), "--keep-owner").returncode == 0
    (folder / "portal.env").write_text("ROLLCALL_TIME_ZONE=Europe/London\n")
    with connected_to(root_of(server).replace("mysql:", "mysql+pymysql:")):
        school = found_school()
        school.watch(0, 50)
        school.enrol()
        school.notice(school.students[0])
        school.camera()
        term = Term.objects.create(name="Autumn", first_day="2026-09-28", last_day="2026-12-18")
        kept = {"course": school.course, "room": school.room, "weekday": 0, "starts": time(9, 5), "ends": time(10)}
        Slot.objects.create(term=term, **kept)
    with connected_to(address_in(folder / "portal-secrets.env")):
        school.see(school.students[0])
        school.see(school.students[1], minute=21, note='"quoted"; 100 % \\ backslash\nsecond line 🎓')
    server.execute(
        "USE rollcall",
        "INSERT INTO django_session VALUES ('a-session-key-of-somebody', '', '2030-01-01')",
        "INSERT INTO data_export (kind, what, file_name, about, language, size, fault, asked_by_id, made_at, goes_at)"
        " SELECT 'records', '{}', 'x.xlsx', 'records', 'en', 9, '', MIN(id), NOW(6), NOW(6) FROM account",
        "INSERT INTO export_piece (data_export_id, number, content) SELECT id, 0, 'all names' FROM data_export",
        "INSERT INTO room_camera (room_id, camera_name, since) SELECT id, 'front', '2026-01-01' FROM room",
    )


def root_of(server: MariaDB) -> str:
    return f"mysql://root@127.0.0.1:{server.port}/rollcall"


def lose(server: MariaDB) -> None:
    """The disk of the database server is gone."""
    with server.connect() as root, root.cursor() as cursor:
        cursor.execute("SELECT user, host FROM mysql.user WHERE user LIKE 'rollcall%'")
        for user, host in cursor.fetchall():
            cursor.execute("DROP USER %s@%s", (user, host))
        cursor.execute("DROP DATABASE IF EXISTS rollcall")


def rows_of(server: MariaDB) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with server.connect() as root, root.cursor() as cursor:
        cursor.execute("SHOW TABLES IN rollcall")
        tables = [table for (table,) in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(f"SELECT * FROM rollcall.{table}")
            found[table] = sorted(cursor.fetchall(), key=repr)
        return found


def structure_of(server: MariaDB) -> set[tuple[object, ...]]:
    """Every column with its type; but those of Django's own list of migrations, in the server's collation at first."""
    with server.connect() as root, root.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, column_type, is_nullable, column_default, collation_name "
            "FROM information_schema.columns WHERE table_schema = 'rollcall' AND table_name != 'django_migrations'"
        )
        return set(cursor.fetchall())


def back_up(run: Run, folder: Path, path: Path) -> Done:
    """As the service's user, whose settings name the portal's own database user."""
    with connected_to(address_in(folder / "portal-secrets.env")):
        return run("backup", path)


def refused(done: Done) -> str:
    """The one line that it said."""
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.usefixtures("school")
def test_what_was_lost_is_back_as_it_was_on_a_new_machine(
    server: MariaDB, run: Run, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "backup.zip"
    done = back_up(run, folder, path)
    assert done.returncode == 0, done.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    before, columns = rows_of(server), structure_of(server)
    assert len(before["mark"]) == 2
    secret = (folder / "portal-secrets.env").read_text().splitlines()[-2]
    recognizers = make_url(address_in(folder / "recognizer-database.toml")).password

    lose(server)
    new = tmp_path / "new"
    new.mkdir()
    (new / "portal.env").write_text("# as the package brings it\n")
    (new / "portal-secrets.env").write_text("ROLLCALL_SECRET_KEY=of-the-new-machine\n")
    done = run("restore", path, root_of(server), where=new)

    assert done.returncode == 0, done.stderr
    after = rows_of(server)
    assert len(before.pop(SIGNED_IN)) == 1
    assert after.pop(SIGNED_IN) == []
    for table in FILES:
        assert len(before.pop(table)) == 1
        assert after.pop(table) == [], "a file that goes after a day would be in a backup for longer"
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    assert after.keys() == before.keys()
    assert structure_of(server) == columns
    # The classroom machines go on with the password that they have, and with just their rights.
    assert make_url(address_in(new / "recognizer-database.toml")).password == recognizers
    assert asked_by(new / "recognizer-database.toml", "SELECT COUNT(*) FROM camera_mark") == 2
    assert asked_by(new / "portal-secrets.env", "SELECT COUNT(*) FROM account") == 3
    assert secret in (new / "portal-secrets.env").read_text()
    assert (new / "portal.env").read_text() == "ROLLCALL_TIME_ZONE=Europe/London\n"
    assert (new / "portal.env.before-restore").read_text() == "# as the package brings it\n"
    assert {each.stat().st_mode & 0o777 for each in new.iterdir() if each.suffix in (".env", ".toml")} == {0o600}
    # A row that comes now gets a number that no other had.
    server.execute("INSERT INTO rollcall.student (number, full_name) VALUES ('S9', 'New')")


@only_long
@pytest.mark.usefixtures("school")
def test_a_database_that_holds_something_is_left_alone_unless_it_shall_be_replaced(
    server: MariaDB, run: Run, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "backup.zip"
    back_up(run, folder, path)
    before = rows_of(server)
    server.execute(
        "USE rollcall",
        "DELETE FROM roster_entry WHERE student_id = (SELECT id FROM student WHERE number = 'S1003')",
        "DELETE FROM enrolled WHERE student_id = (SELECT id FROM student WHERE number = 'S1003')",
        "DELETE FROM student WHERE number = 'S1003'",
        "INSERT INTO student (number, full_name) VALUES ('S2000', 'Came later')",
    )
    meanwhile = rows_of(server)

    said = refused(run("restore", path))

    assert "holds something already" in said
    assert "--replace" in said
    assert rows_of(server) == meanwhile

    done = run("restore", path, "--replace")

    assert done.returncode == 0, done.stderr
    # Whoever was erased must not come back unawares.
    assert "Students of the backup who were not in the database any more: S1003." in done.stdout
    assert "delete them again" in done.stdout
    assert rows_of(server)["student"] == before["student"]
    assert asked_by(folder / "portal-secrets.env", "SELECT COUNT(*) FROM mark") == 2


@pytest.mark.usefixtures("school")
def test_a_backup_is_of_one_moment_while_others_write(
    server: MariaDB, run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_table = BackupWriter.add_table

    def slowly(self: BackupWriter, name: str, *arguments: object) -> None:
        server.execute(f"INSERT INTO rollcall.student (number, full_name) VALUES ('during {name[:20]}', 'New')")
        add_table(self, name, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(BackupWriter, "add_table", slowly)
    path = tmp_path / "backup.zip"
    assert back_up(run, folder, path).returncode == 0

    with zipfile.ZipFile(path) as archive:
        students = archive.read("tables/student.jsonl").decode()
    assert "S1001" in students
    assert "during" not in students


@only_long
@pytest.mark.usefixtures("school")
def test_a_backup_of_an_earlier_release_is_brought_to_this_one(
    server: MariaDB, run: Run, folder: Path, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    columns = structure_of(server)
    with django_db_blocker.unblock(), connected_to(address_in(folder / "owner.env")):
        call_command("migrate", "sessions", "zero", verbosity=0)
    path = tmp_path / "backup.zip"
    assert back_up(run, folder, path).returncode == 0
    lose(server)

    done = run("restore", path, root_of(server), where=tmp_path / "new")

    assert done.returncode == 0, done.stderr
    assert "1 migrations done" in done.stdout
    assert structure_of(server) == columns
    portal = tmp_path / "new" / "portal-secrets.env"
    assert asked_by(portal, "SELECT COUNT(*) FROM django_session") == 0
    assert asked_by(portal, "SELECT COUNT(*) FROM mark") == 2


def change_about(path: Path, **values: object) -> None:
    """Write the backup anew, and let it say something else of itself."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["about.json"] = json.dumps(json.loads(members["about.json"]) | values).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("tables/mark.jsonl")
    at = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    content[at] ^= 0xFF
    path.write_bytes(content)


SPOILT: list[tuple[Callable[[Path], object], str]] = [
    (cut, "is no backup of the portal, or was cut short"),
    (flip, "is damaged (table mark"),
    (lambda path: path.write_text("a letter"), "is no backup of the portal"),
    (Path.unlink, "cannot be read"),
    (lambda path: change_about(path, rollcall_portal_backup=99), "newer release"),
    (lambda path: change_about(path, migrations=[["attendance", "0099_later"]]), "newer release"),
    (lambda path: change_about(path, tables={"mark": 3}), "is damaged (table mark"),
    (lambda path: change_about(path, tables="all"), "is no backup of the portal"),
]


@pytest.mark.usefixtures("school")
def test_a_file_that_is_no_whole_backup_changes_nothing(
    server: MariaDB, run: Run, folder: Path, tmp_path: Path
) -> None:
    whole, path = tmp_path / "whole.zip", tmp_path / "backup.zip"
    back_up(run, folder, whole)
    before = fingerprint(server)
    for spoil, expected in SPOILT:
        shutil.copy(whole, path)
        spoil(path)
        assert expected in refused(run("restore", path, "--replace"))
        assert fingerprint(server) == before, expected


def fingerprint(server: MariaDB) -> str:
    return hashlib.sha256(repr(sorted(rows_of(server).items())).encode()).hexdigest()


@pytest.mark.usefixtures("school")
def test_a_file_that_is_there_is_never_written_over(run: Run, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    path.write_text("of yesterday")

    assert "is there already: name a new file" in refused(back_up(run, folder, path))

    assert path.read_text() == "of yesterday"
    assert "cannot be written" in refused(back_up(run, folder, tmp_path / "no such folder" / "backup.zip"))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["backup.zip", "etc"]


@pytest.mark.usefixtures("school")
def test_every_kind_of_column_can_be_kept(server: MariaDB) -> None:
    with server.connect() as root, root.cursor() as cursor:
        cursor.execute("SELECT DISTINCT data_type FROM information_schema.columns WHERE table_schema = 'rollcall'")
        kinds = {str(kind) for (kind,) in cursor.fetchall()}
    numbers = {"bigint", "int", "smallint", "tinyint", "double", "decimal"}
    # JSON is a kind of its own on MySQL, which hands it out and takes it as text.
    assert kinds <= numbers | {"varchar", "char", "longtext", "json", "longblob", "datetime", "date", "time"}
