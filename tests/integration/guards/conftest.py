"""A server on which setup and its commands are run: with two rooms, and without users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from tests.fixtures.mariadb import MIGRATED, MariaDB, copy_tables, running_server

ROOMS = ("A 101", "B 202")
OPTIONS = {"log-bin": "changes", "server-id": 1, "bind-address": "*"}


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Manage = Callable[..., Done]


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """Users belong to a whole server, so these tests have one of their own. It writes a binary log."""
    with running_server(tmp_path_factory, "guards", **OPTIONS) as running:
        yield running


@pytest.fixture
def server(own_server: MariaDB) -> Iterator[MariaDB]:
    """With the tables of this release and two rooms, and without users."""
    own_server.execute("CREATE DATABASE rollcall CHARACTER SET utf8mb4")
    copy_tables(own_server, MIGRATED, "rollcall")
    for room in ROOMS:
        own_server.execute(f"INSERT INTO rollcall.room (name) VALUES ('{room}')")
    yield own_server
    with own_server.connect() as root, root.cursor() as cursor:
        cursor.execute("DROP DATABASE rollcall")
        cursor.execute("SELECT user, host FROM mysql.user WHERE user LIKE 'rollcall%'")
        for user, host in cursor.fetchall():
            cursor.execute("DROP USER %s@%s", (user, host))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """In the place of /etc/rollcall."""
    return tmp_path / "etc"


@pytest.fixture
def manage(folder: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Manage]:
    """A command in this process."""

    def call(command: str, *arguments: str) -> Done:
        out, err = StringIO(), StringIO()
        where = () if command == "check" else ("--folder", str(folder), "--no-input")
        try:
            call_command(command, *arguments, *where, stdout=out, stderr=err)
        except SystemExit as ended:
            return Done(1, out.getvalue(), f"{err.getvalue()}{ended}\n")
        return Done(0, out.getvalue(), err.getvalue())

    with django_db_blocker.unblock():
        yield call
