"""Databases as the first release left them: one of each kind is made, all others are copies of it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pytest_django import DjangoDbBlocker

from tests.fixtures.mariadb import MariaDB, copy_tables
from tests.fixtures.portal_database import connected_to
from tests.portal.migrating.first_release import make_first_release


@dataclass(frozen=True)
class FirstReleases:
    """On a MariaDB, and as files of SQLite in a folder. A kind of database is "mariadb" or "sqlite"."""

    server: MariaDB
    folder: Path
    blocker: DjangoDbBlocker
    made: dict[str, str] = field(default_factory=dict)
    """The name of the database that is copied, for each kind."""
    names: list[tuple[str, str]] = field(default_factory=list)
    """Kind and name of every database that is there."""

    def copy(self, kind: str) -> str:
        """The address of a new copy, which stays until ``drop_all``."""
        return self._address(kind, self._copy(kind))

    @contextmanager
    def connected(self, kind: str) -> Iterator[None]:
        """Django's connection goes to a new copy, which is gone afterwards."""
        name = self._copy(kind)
        with self.blocker.unblock(), connected_to(self._address(kind, name)):
            yield
        self._drop(kind, name)

    def drop_all(self) -> None:
        """Leave nothing on the server, which other tests use too."""
        for kind, name in self.names.copy():
            self._drop(kind, name)

    def _copy(self, kind: str) -> str:
        if kind not in self.made:
            name = self._create(kind)
            with self.blocker.unblock(), connected_to(self._address(kind, name)):
                make_first_release()
            self.made[kind] = name
        copy = self._create(kind)
        if kind == "mariadb":
            copy_tables(self.server, self.made[kind], copy)
        else:
            shutil.copy(self.folder / self.made[kind], self.folder / copy)
        return copy

    def _create(self, kind: str) -> str:
        name = f"first_{secrets.token_hex(4)}"
        if kind == "mariadb":
            self.server.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        self.names.append((kind, name))
        return name

    def _address(self, kind: str, name: str) -> str:
        return self.server.url("root", "", name) if kind == "mariadb" else f"sqlite:///{self.folder / name}"

    def _drop(self, kind: str, name: str) -> None:
        if kind == "mariadb":
            self.server.execute(f"DROP DATABASE {name}")
        else:
            (self.folder / name).unlink(missing_ok=True)
        self.names.remove((kind, name))
