"""Whole transactions are repeated after an error that passes, in both programs, on a real server."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from recognizer.errors import RegisterUnavailable
from recognizer.storage.database.connection import make_engine, repeated
from tests.environment import ROOT, product_environment
from tests.fixtures.classroom import Classroom
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.waiting import wait_for

RENAME = "UPDATE student SET full_name = 'Renamed' WHERE number = '{}'"


@pytest.fixture
def classroom(migrated_mariadb: MigratedMariaDB, classroom_in: Callable[[str], Classroom]) -> Classroom:
    return classroom_in(migrated_mariadb.owner_url)


@pytest.fixture
def engine(migrated_mariadb: MigratedMariaDB, classroom: Classroom) -> Iterator[Engine]:
    """As the owner, who may change what the recognizer only reads."""
    engine = make_engine(migrated_mariadb.owner_url)
    yield engine
    engine.dispose()


def renamed(classroom: Classroom) -> set[str]:
    return {row["number"] for row in classroom.rows("SELECT number FROM student WHERE full_name = 'Renamed'")}


def test_a_lock_that_is_not_given_in_time_is_waited_for_again(classroom: Classroom, engine: Engine) -> None:
    attempts: list[int] = []
    with classroom.transaction() as holder:
        holder.exec_driver_sql(RENAME.format("S1001").replace("Renamed", "Held"))

        def work(connection: Connection) -> None:
            attempts.append(1)
            if len(attempts) == 2:
                holder.commit()
            # A time-out undoes this statement's own work only: were the whole not repeated, it would be left alone.
            connection.exec_driver_sql(RENAME.format("S1002"))
            connection.exec_driver_sql(RENAME.format("S1001"))

        repeated(engine, work)

    assert len(attempts) == 2
    assert renamed(classroom) == {"S1001", "S1002"}


def test_the_victim_of_a_deadlock_begins_anew_and_both_are_written(classroom: Classroom) -> None:
    meeting = threading.Barrier(2)
    attempts: list[str] = []

    def write(first: str, second: str) -> None:
        engine = make_engine(classroom.database_url)

        def work(connection: Connection) -> None:
            connection.exec_driver_sql(RENAME.format(first))
            attempts.append(first)
            if len(attempts) <= 2:
                meeting.wait(20)
            connection.exec_driver_sql(RENAME.format(second))

        repeated(engine, work)
        engine.dispose()

    other = threading.Thread(target=write, args=("S1002", "S1001"))
    other.start()
    write("S1001", "S1002")
    other.join(20)

    assert len(attempts) == 3
    assert renamed(classroom) == {"S1001", "S1002"}


@pytest.mark.parametrize("code", [1020, 1205, 1213])
def test_each_passing_error_of_the_server_repeats_the_whole(classroom: Classroom, engine: Engine, code: int) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> str:
        attempts.append(code)
        connection.exec_driver_sql(RENAME.format("S1001"))
        if len(attempts) < 4:
            connection.exec_driver_sql(f"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {code}")
        return "done"

    assert repeated(engine, work) == "done"
    assert len(attempts) == 4
    assert renamed(classroom) == {"S1001"}


def test_a_connection_that_is_lost_in_the_middle_is_made_anew(
    migrated_mariadb: MigratedMariaDB, classroom: Classroom, engine: Engine
) -> None:
    lost: list[int] = []

    def work(connection: Connection) -> None:
        connection.exec_driver_sql(RENAME.format("S1001"))
        if len(lost) < 2:
            lost.append(int(connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar_one()))
            kill(migrated_mariadb, lost[-1])
        connection.exec_driver_sql(RENAME.format("S1002"))

    repeated(engine, work)

    assert len(set(lost)) == 2
    assert renamed(classroom) == {"S1001", "S1002"}


def kill(database: MigratedMariaDB, connection_id: int) -> None:
    database.server.execute(f"KILL {connection_id}")
    wait_for(lambda: connection_id not in connections(database), "the connection to be gone")


def connections(database: MigratedMariaDB) -> set[int]:
    with database.server.connect() as root, root.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist")
        return {int(row[0]) for row in cursor.fetchall()}


def test_after_the_last_attempt_nothing_is_written_and_the_error_is_ours(classroom: Classroom, engine: Engine) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        connection.exec_driver_sql(RENAME.format("S1001"))
        connection.exec_driver_sql("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'a deadlock'")

    with pytest.raises(RegisterUnavailable, match="a deadlock"):
        repeated(engine, work)

    assert len(attempts) == 4
    assert not renamed(classroom)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("INSERT INTO student (number, full_name) VALUES ('S1001', 'Twice')", IntegrityError),
        ("INSERT INTO nowhere VALUES (1)", RegisterUnavailable),
        ("SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 4025", OperationalError),
        ("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 3819", OperationalError),
    ],
)
def test_what_no_repetition_mends_is_raised_at_once(
    classroom: Classroom, engine: Engine, statement: str, error: type[Exception]
) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        connection.exec_driver_sql(RENAME.format("S1002"))
        connection.exec_driver_sql(statement)

    with pytest.raises(error):
        repeated(engine, work)

    assert len(attempts) == 1
    assert not renamed(classroom)


PORTAL = """
import json, sys, threading
from django.db import connection, transaction
from portal.attendance.models import Student
from portal.attendance.services.transactions import error_code, repeat_transaction

def rename(number):
    Student.objects.filter(number=number).update(full_name="Renamed")

def attempts_until(fail, fails=2):
    attempts = []
    def work():
        attempts.append(1)
        rename("S1001")
        if len(attempts) <= fails:
            fail()
        rename("S1002")
        return len(attempts)
    try:
        return repeat_transaction(work)
    except Exception as error:
        return [len(attempts), type(error).__name__, error_code(error)]
    finally:
        found[-1:] = [sorted(Student.objects.filter(full_name="Renamed").values_list("number", flat=True))]
        Student.objects.update(full_name="")

def signal(code):
    with connection.cursor() as cursor:
        cursor.execute(f"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {code}")

def lose():
    with connection.cursor() as cursor:
        cursor.execute("SELECT CONNECTION_ID()")
        (number,) = cursor.fetchone()
        try:
            cursor.execute(f"KILL {number}")
        except Exception:
            pass

def nested():
    with transaction.atomic():
        return attempts_until(lambda: signal(1213))

def deadlock():
    meeting, attempts = threading.Barrier(2), []
    def write(first, second):
        def work():
            rename(first)
            attempts.append(first)
            if len(attempts) <= 2:
                meeting.wait(20)
            rename(second)
        repeat_transaction(work)
        connection.close()
    other = threading.Thread(target=write, args=("S1002", "S1001"))
    other.start()
    write("S1001", "S1002")
    other.join(20)
    return len(attempts)

found = [None]
answers = {str(code): attempts_until(lambda: signal(code)) for code in (1020, 1205, 1213, 2006, 2013)}
answers["lost"] = attempts_until(lose)
answers["renamed"] = found[0]
answers["always"] = attempts_until(lambda: signal(1213), fails=9)
answers["unknown table"] = attempts_until(lambda: signal(1146))
answers["renamed after failing"] = found[0]
answers["deadlock"] = deadlock()
answers["nested"] = nested()
print(json.dumps(answers))
"""


def test_the_portal_repeats_its_transactions_alike(migrated_mariadb: MigratedMariaDB, classroom: Classroom) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", PORTAL],
        cwd=ROOT,
        env=product_environment(database_url=migrated_mariadb.portal_url, secret_key="s" * 60, plain_http="1"),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    answers = json.loads(done.stdout)
    assert answers == {
        **{str(code): 3 for code in (1020, 1205, 1213, 2006, 2013)},
        "lost": 3,
        "renamed": ["S1001", "S1002"],
        "always": [4, "OperationalError", 1213],
        "unknown table": [1, "ProgrammingError", 1146],
        "renamed after failing": [],
        "deadlock": 3,
        # Its caller began the transaction, so only the caller can repeat it.
        "nested": [1, "OperationalError", 1213],
    }
