"""Many registers that are due at once: the command closes them by several processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from portal.attendance.models import ClassSession
from portal.attendance.services.closing_processes import BATCH, FEWEST
from tests.environment import ROOT, product_environment
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.patience import only_long
from tests.fixtures.waiting import wait_for
from tests.portal.school import NINE, School

DUE = FEWEST + BATCH


@pytest.fixture
def many(school: School) -> list[ClassSession]:
    """Class sessions of the past that nobody has closed; the school's own is the latest of them."""
    for number in range(1, DUE):
        school.meet(NINE - number * timedelta(hours=1))
    return list(ClassSession.objects.order_by("-starts_at"))


def start_timer(database: MigratedMariaDB) -> subprocess.Popen[str]:
    """What the timer starts, as the portal's shipped user."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "close_registers"],
        cwd=ROOT,
        env=product_environment(database_url=database.portal_url, secret_key="s" * 60, plain_http="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left_open() -> int:
    return ClassSession.objects.filter(closed_at=None).count()


@only_long
def test_one_register_that_cannot_be_closed_stops_none_of_the_many_others(
    school: School, many: list[ClassSession], portal_on_mariadb: MigratedMariaDB
) -> None:
    name = portal_on_mariadb.name
    portal_on_mariadb.server.execute(
        f"CREATE TRIGGER {name}.refuse BEFORE INSERT ON {name}.mark FOR EACH ROW"
        f" IF NEW.session_id = {many[3].pk} THEN SIGNAL SQLSTATE '45000'; END IF"
    )
    try:
        timer = start_timer(portal_on_mariadb)
        out, said = timer.communicate(timeout=120)
    finally:
        portal_on_mariadb.server.execute(f"DROP TRIGGER {name}.refuse")
    assert f"Registers closed or decided anew: {DUE - 1}." in out
    assert f"the register of class session {many[3].pk} could not be closed" in said
    assert "CommandError: Registers that could not be closed: 1. They are tried again the next time." in said
    assert timer.returncode == 1
    assert list(ClassSession.objects.filter(closed_at=None)) == [many[3]]


@only_long
def test_registers_whose_process_is_killed_are_closed_the_next_time(
    school: School, many: list[ClassSession], portal_on_mariadb: MigratedMariaDB
) -> None:
    with portal_on_mariadb.server.connect() as root, root.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"SELECT id FROM {portal_on_mariadb.name}.class_session WHERE id = {many[0].pk} FOR UPDATE")
        timer = start_timer(portal_on_mariadb)
        wait_for(lambda: left_open() < DUE, "the first register to be closed", 60)
        os.kill(workers_of(timer.pid)[0], signal.SIGKILL)
        _, said = timer.communicate(timeout=60)
    left = left_open()
    assert timer.returncode == 1
    assert "registers could not be closed: the process that was to close them has ended" in said
    assert 1 <= left < DUE
    out, _ = start_timer(portal_on_mariadb).communicate(timeout=60)
    assert out == f"Registers closed or decided anew: {left}.\n"
    assert left_open() == 0


def workers_of(parent: int) -> list[int]:
    """The processes that it started to close registers."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()]
