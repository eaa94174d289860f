"""What the tests that break things ask for."""

from __future__ import annotations

import os
import random
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.breaking.faces import Faces, make_faces
from tests.acceptance.breaking.oracle import assert_true
from tests.acceptance.breaking.pace import SERVICE
from tests.acceptance.breaking.room import BrokenRoom
from tests.acceptance.breaking.seen_room import SeenRoom
from tests.environment import SEED
from tests.fixtures.mariadb import MariaDB, MigratedMariaDB, copied_database
from tests.fixtures.patience import IS_PROGRAM


@pytest.fixture
def luck() -> random.Random:
    """Decides when and whom; the seed stands in the output of a test that fails."""
    seed = int(os.environ.get(SEED) or random.randrange(2**32))
    sys.stdout.write(f"{SEED}={seed}\n")
    return random.Random(seed)


@pytest.fixture(scope="module")
def _database(mariadb: MariaDB) -> Iterator[MigratedMariaDB]:
    with copied_database(mariadb, f"broken_{secrets.token_hex(4)}") as database:
        yield database


@pytest.fixture(scope="session")
def faces(portraits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Four, for the rooms of a program that is no script's."""
    return make_faces(portraits, tmp_path_factory.mktemp("faces"))


@pytest.fixture(scope="module")
def _rooms(
    _database: MigratedMariaDB, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BrokenRoom]]:
    """Makes rooms that the file's end ends. A program sees with its own eyes, at its own pace."""
    rooms: list[BrokenRoom] = []

    def make(**how: Any) -> BrokenRoom:
        folder = tmp_path_factory.mktemp("room")
        if IS_PROGRAM and "gallery" not in how:
            how["pace"], faces = SERVICE, request.getfixturevalue("faces")
            rooms.append(SeenRoom(folder, _database, faces=faces, **how))
        else:
            rooms.append(BrokenRoom(folder, _database, **how))
        return rooms[-1]

    yield make
    for room in rooms:
        room.end()


@pytest.fixture
def break_room(_rooms: Callable[..., BrokenRoom]) -> Iterator[Callable[..., BrokenRoom]]:
    """Call it for a room of this test alone; no daemon of it outlives the test."""
    rooms: list[BrokenRoom] = []

    def make(**how: Any) -> BrokenRoom:
        rooms.append(_rooms(**how))
        return rooms[-1]

    yield make
    for room in rooms:
        room.end()


@pytest.fixture(scope="module")
def _kept(_rooms: Callable[..., BrokenRoom]) -> Iterator[list[BrokenRoom]]:
    """The room that a file's tests share, as long as its register is true: to start a daemon takes seconds."""
    kept: list[BrokenRoom] = []
    yield kept
    for room in kept:
        room.stop()
        assert_true(room)


@pytest.fixture
def room(_kept: list[BrokenRoom], _rooms: Callable[..., BrokenRoom]) -> Iterator[BrokenRoom]:
    """A lesson of two hours with two cameras, which a daemon is watching; nobody is in the picture."""
    if not _kept:
        _kept.append(_rooms(students=500, cameras=("front", "back")))
        _kept[0].meet()
        _kept[0].start_watching()
    (room,) = _kept
    room.is_well = False
    yield room
    room.proxy.heal()
    room.database.server.revive()
    if room.is_well:
        room.show()
    else:
        room.end()
        _kept.clear()
