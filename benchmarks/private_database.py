"""A database server of the benchmarks' own, and the portal in this process on one of its databases."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECRET_KEY = "for benchmarks alone, and for no portal that anybody uses"


@contextmanager
def private_server(folder: Path | None = None, **options: object) -> Iterator[Any]:
    """A running MariaDB as the tests have it; ``options`` are the server's.

    With a folder it is kept there, and goes on with what it had; else it is gone afterwards.
    """
    # The tests put every other ROLLCALL_* of the environment aside.
    importlib.import_module("tests.environment")
    mariadb: Any = importlib.import_module("tests.fixtures.mariadb")
    with tempfile.TemporaryDirectory(prefix="rollcall-benchmark-") as temporary:
        server = mariadb.MariaDB(folder or Path(temporary), options=options)
        server.folder.mkdir(parents=True, exist_ok=True)
        if not (server.folder / "data").exists():
            server.install()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def migrated_database(server: Any, name: str) -> str:
    """The address of the server's database of that name, which is made where it is not there."""
    sqlite: Any = importlib.import_module("tests.fixtures.sqlite")
    server.execute(f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4")
    url = str(server.url("root", "", name))
    sqlite.migrate(url)
    return url


def set_up_portal(database_url: str) -> None:
    """Load the portal in this process, as its user of that database. Once a process."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "portal.web.settings",
        "ROLLCALL_DATABASE_URL": database_url,
        "ROLLCALL_SECRET_KEY": SECRET_KEY,
        "ROLLCALL_PLAIN_HTTP": "1",
    }
    importlib.import_module("django").setup()
