"""``manage.py populate``: the rows that it makes up in bulk are what the portal itself would have written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.environment import ROOT, product_environment
from tests.fixtures.mariadb import (
    MIGRATED,
    WITH_TRIGGERS,
    MariaDB,
    MigratedMariaDB,
    MySQL,
    copied_database,
    trigger_names,
)
from tests.fixtures.patience import only_long

STUDENTS, COURSES, WEEKS = 40, 12, 9

JUDGE = """
import json, sys
import django
django.setup()
from django.db import connection
from portal.attendance.models import *
from portal.attendance.services.closing import close_due
from portal.attendance.services.deciding import decide_anew
from portal.attendance.services.slots import plan_slots

def pointing_nowhere():
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name, column_name, referenced_table_name, referenced_column_name"
                       " FROM information_schema.key_column_usage"
                       " WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL")
        for table, column, other, key in cursor.fetchall():
            cursor.execute(f"SELECT COUNT(*) FROM {table} one LEFT JOIN {other} other ON other.{key} = one.{column}"
                           f" WHERE one.{column} IS NOT NULL AND other.{key} IS NULL")
            yield cursor.fetchone()[0]

closed = ClassSession.objects.filter(closed_at__isnull=False)
blind = closed.filter(marks__because="blind").distinct()
first = {}
for change in MarkChange.objects.order_by("pk"):
    first.setdefault((change.session_id, change.student_id), change.from_status)
marks = list(Mark.objects.values_list("status", "source", "because"))
json.dump({
    "marks": len(marks),
    "kinds": sorted({" ".join(mark).strip() for mark in marks}),
    "decided": [decide_anew(each) for each in [*closed.order_by("pk")[::6], *blind]],
    "closed or late": close_due(),
    "slots": plan_slots(Slot.objects.select_related("term", "room", "course")).counts(),
    "clashes": len(plan_slots(Slot.objects.all()).clashes),
    "nowhere": sum(pointing_nowhere()),
    "without history": Mark.objects.count() - len(first),
    "histories from something": sum(bool(each) for each in first.values()),
    "evidence": Evidence.objects.count() - Mark.objects.filter(source="camera").count(),
}, sys.stdout)
"""


@pytest.fixture(scope="module")
def filled(mariadb: MariaDB) -> Iterator[MigratedMariaDB]:
    """A database as it is in service, filled by its owner."""
    with copied_database(mariadb, "rollcall_populated") as database, _owners_make_triggers(mariadb):
        size = ("--students", str(STUDENTS), "--courses", str(COURSES), "--weeks", str(WEEKS))
        done = _populate(database.owner_url, *size)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{STUDENTS} students" in done.stdout
        yield database


@contextmanager
def _owners_make_triggers(server: MariaDB) -> Iterator[None]:
    """MySQL keeps a binary log unless told otherwise, and then lets administrators alone make triggers."""
    if not isinstance(server, MySQL):
        yield
        return
    with server.connect() as root, root.cursor() as cursor:
        cursor.execute("SET GLOBAL log_bin_trust_function_creators = 1")
    yield
    with server.connect() as root, root.cursor() as cursor:
        cursor.execute("SET GLOBAL log_bin_trust_function_creators = 0")


def _populate(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _python(url, "manage.py", "populate", *arguments)


def _python(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = product_environment(database_url=url, secret_key="x" * 50, plain_http="1")
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "portal.web.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_registers_that_it_makes_up_are_those_that_the_facts_give(filled: MigratedMariaDB) -> None:
    judged = _python(filled.portal_url, "-c", JUDGE)
    assert judged.returncode == 0, judged.stderr
    found = json.loads(judged.stdout)
    assert found["marks"] > STUDENTS * 18 * (WEEKS - 2) * 0.8
    assert {"present camera", "late camera", "absent closing", "excused excuse", "unseen closing blind"} <= {
        *found["kinds"]
    }
    # Nothing is decided otherwise, closed or planned anew, and no row points to one that is not there.
    assert set(found["decided"]) == {0}
    assert found["closed or late"] == [0, 0]
    assert {*found["slots"].values()} == {0}
    assert (found["clashes"], found["nowhere"]) == (0, 0)
    # Each mark has a history that begins with nothing, and what a camera says has its evidence; visitors have more.
    assert (found["without history"], found["histories from something"]) == (0, 0)
    assert found["evidence"] > 0


@only_long
def test_no_page_that_the_benchmark_opens_asks_the_database_often(filled: MigratedMariaDB) -> None:
    """Staff and a lecturer: Today, registers, the records with each filter and far into them, grids, students.

    Registers as small as these let the records count in two chunks, which is two queries more than with larger ones.
    """
    told = _python(filled.portal_url, "-m", "benchmarks.portal.pages", "2")
    assert told.returncode == 0, told.stderr
    queries = json.loads(told.stdout)["queries"]
    assert queries.keys() == {"today", "register", "records", "student", "grid"}
    assert queries.pop("records") <= 14
    assert {kind: number for kind, number in queries.items() if number > 12} == {}


def test_the_triggers_and_all_indexes_stand_again(filled: MigratedMariaDB) -> None:
    triggers = "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = %s"
    indexes = "SELECT table_name, index_name, column_name FROM information_schema.statistics WHERE table_schema = %s"
    with filled.server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(triggers, [filled.name])
        assert {name for (name,) in cursor.fetchall()} == ({*trigger_names()} if WITH_TRIGGERS else set())
        cursor.execute(indexes, [filled.name])
        found = {*cursor.fetchall()}
        cursor.execute(indexes, [MIGRATED])
        assert found == {*cursor.fetchall()}


def test_a_database_that_holds_anything_is_left_alone(filled: MigratedMariaDB) -> None:
    done = _populate(filled.owner_url)
    assert done.returncode == 1
    assert "holds something already" in done.stderr
    assert "account" in done.stderr


def test_the_portals_own_user_may_not_and_leaves_nothing(migrated_mariadb: MigratedMariaDB) -> None:
    done = _populate(migrated_mariadb.portal_url, "--students", "3", "--courses", "1", "--weeks", "1")
    assert done.returncode == 1
    assert "database's owner" in done.stderr
    with migrated_mariadb.server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {migrated_mariadb.name}.student")
        assert cursor.fetchall() == ((0,),)
