"""A backup: a zip file of the database's rows, table by table, and of the files in /etc/rollcall."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from portal.web.installation.errors import SetupError

FORMAT = 1
_DAMAGE = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What a file that is none of ours makes zipfile and json raise; of RuntimeError are encrypted members and JSON that is
nested too deeply."""

_MOST_BYTES_OF_A_FILE = 2**20
"""Of one that is no table: a file of settings, or what the backup says of itself for each of its tables."""

_LONGEST_ROW = 2**24
"""Characters; what is cut off is no JSON."""

_COLUMN = re.compile(r"[A-Za-z0-9_]{1,64}")
_BYTES = "base64"
_ABOUT, _TABLES, _FILES = "about.json", "tables/", "etc/"


@dataclass(frozen=True)
class Contents:
    """What a backup says of itself.

    migrations: pairs of app and name, all that the database had. tables: how many rows of each. files: by their names.
    """

    made_at: str
    migrations: list[tuple[str, str]]
    tables: Mapping[str, int]
    files: frozenset[str]


class BackupWriter:
    """Puts rows and files into a backup that is being written."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._tables: dict[str, int] = {}
        self._files: list[str] = []

    def add_table(self, name: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """The columns' names in the first line, a row in each other."""
        count = 0
        with (
            self._archive.open(f"{_TABLES}{name}.jsonl", "w", force_zip64=True) as raw,
            io.TextIOWrapper(raw, "utf-8") as lines,
        ):
            lines.write(json.dumps(columns) + "\n")
            for row in rows:
                lines.write(json.dumps(row, ensure_ascii=False, default=_plain) + "\n")
                count += 1
        self._tables[name] = count

    def add_file(self, path: Path) -> None:
        """One of /etc/rollcall."""
        self._archive.writestr(f"{_FILES}{path.name}", path.read_bytes())
        self._files.append(path.name)

    def finish(self, made_at: datetime, migrations: list[tuple[str, str]]) -> Contents:
        """Write what the backup says of itself; nothing is added after."""
        about = {"rollcall_portal_backup": FORMAT, "made_at": f"{made_at:%Y-%m-%d %H:%M} UTC"}
        about |= {"migrations": migrations, "tables": self._tables, "files": self._files}
        self._archive.writestr(_ABOUT, json.dumps(about, indent=1))
        return Contents(about["made_at"], migrations, self._tables, frozenset(self._files))  # type: ignore[arg-type]


class BackupReader:
    """A backup that is whole: every row was read before anything else is done with it."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._archive, self._path = archive, path
        self.contents = self._read_contents()
        self._files = self._read_files()
        for table, expected in self.contents.tables.items():
            width = len(self.columns_of(table))
            count = 0
            for row in self.rows_of(table):
                count += 1
                if not isinstance(row, list) or len(row) != width or any(isinstance(each, list | dict) for each in row):
                    raise self._damaged(f"row {count} of table {table}")
            if count != expected:
                raise self._damaged(f"table {table}")

    def columns_of(self, table: str) -> list[str]:
        """The names of the columns, in the order of each row."""
        columns = next(self._lines_of(table), None)
        # They become a part of a statement.
        if not isinstance(columns, list) or not all(
            isinstance(each, str) and _COLUMN.fullmatch(each) for each in columns
        ):
            raise self._damaged(f"columns of table {table}")
        return columns

    def rows_of(self, table: str) -> Iterator[list[Any]]:
        """One after another, so that a large table takes no memory."""
        for row in islice(self._lines_of(table), 1, None):
            yield [*map(_with_bytes, row)] if isinstance(row, list) else row

    def files(self) -> dict[str, bytes]:
        """Those of /etc/rollcall, by name."""
        return self._files

    def _lines_of(self, table: str) -> Iterator[Any]:
        try:
            with self._archive.open(f"{_TABLES}{table}.jsonl") as raw, io.TextIOWrapper(raw, "utf-8") as lines:
                while line := lines.readline(_LONGEST_ROW):
                    yield json.loads(line)
        except (*_DAMAGE, KeyError) as error:
            raise self._damaged(f"table {table}: {error}") from None

    def _read_files(self) -> dict[str, bytes]:
        try:
            return {name: self._read_small(f"{_FILES}{name}") for name in sorted(self.contents.files)}
        except (*_DAMAGE, KeyError) as error:
            raise self._damaged(str(error)) from None

    def _read_small(self, name: str) -> bytes:
        """One that has to fit into memory, whatever a small archive makes of it."""
        if self._archive.getinfo(name).file_size > _MOST_BYTES_OF_A_FILE:
            raise self._damaged(f"{name} is too large")
        return self._archive.read(name)

    def _damaged(self, what: str) -> SetupError:
        return SetupError(f"{self._path} is damaged ({what}): take another backup.")

    def _read_contents(self) -> Contents:
        try:
            about = json.loads(self._read_small(_ABOUT))
            if about["rollcall_portal_backup"] != FORMAT:
                raise SetupError(f"{self._path} was made by a newer release: install that release first.")
            migrations = [(str(app), str(name)) for app, name in about["migrations"]]
            tables = {str(key): int(count) for key, count in about["tables"].items()}
            return Contents(str(about["made_at"]), migrations, tables, frozenset(map(str, about["files"])))
        except (*_DAMAGE, AttributeError, KeyError, TypeError):
            raise SetupError(
                f"{self._path} is no backup of the portal: name a file of rollcall-manage backup."
            ) from None


@contextmanager
def written(path: Path) -> Iterator[BackupWriter]:
    """A new file with mode 0600, which is there once it is whole. Raises SetupError where one is there already."""
    if path.exists():
        raise SetupError(f"{path} is there already: name a new file.")
    temporary: Path | None = None
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # With mode 0600.
        temporary = Path(name)
        with os.fdopen(number, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                yield BackupWriter(archive)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be written ({error.strerror or error}).") from None
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):
                temporary.unlink()


@contextmanager
def opened(path: Path) -> Iterator[BackupReader]:
    """A backup to be read. Raises SetupError where it is none, or is damaged."""
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be read ({error.strerror or error}).") from None
    except _DAMAGE:
        raise SetupError(f"{path} is no backup of the portal, or was cut short: take another one.") from None
    with archive:
        yield BackupReader(archive, path)


def _with_bytes(value: Any) -> Any:
    """The value as it was given to ``_plain``, where that was bytes."""
    if not isinstance(value, dict) or value.keys() != {_BYTES} or not isinstance(value[_BYTES], str):
        return value
    try:
        return base64.b64decode(value[_BYTES], validate=True)
    except ValueError:
        return value


def _plain(value: object) -> str | dict[str, str]:
    """What JSON has no word for: as the database reads it, or bytes in base64."""
    if isinstance(value, date | datetime | time | Decimal):
        return str(value)
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} cannot be kept in a backup")
