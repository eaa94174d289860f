"""The file of `rollcall-manage backup`, where it is damaged or made by somebody who means harm."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from portal.web.installation.backup_file import opened, written
from portal.web.installation.errors import SetupError
from tests.fixtures.spoilt_zip import NESTED, claim_size, damaged_copies, make_zip

AT = datetime(2026, 10, 5, 9)  # noqa: DTZ001 - naive UTC
ROWS = [[number, f"S{number}"] for number in range(100)]
SECRETS = b"ROLLCALL_SECRET_KEY=secret\n" * 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    secrets = tmp_path / "portal-secrets.env"
    secrets.write_bytes(SECRETS)
    path = tmp_path / "backup.zip"
    with written(path) as backup:
        backup.add_table("student", ["id", "number"], map(tuple, ROWS))
        backup.add_file(secrets)
        backup.finish(AT, [("attendance", "0001_initial")])
    return path


def about(**changes: Any) -> str:
    told: dict[str, Any] = {
        "rollcall_portal_backup": 1,
        "made_at": "now",
        "migrations": [],
        "tables": {"student": 1},
        "files": [],
    }
    return json.dumps(told | changes)


def test_however_a_file_is_damaged_it_is_read_as_it_was_or_refused_in_one_line(path: Path) -> None:
    refused = 0
    for copy in damaged_copies(path.read_bytes(), 1000):
        path.write_bytes(copy)
        try:
            with opened(path) as backup:
                read = list(backup.rows_of("student")), list(backup.files().values())
        except SetupError as error:
            refused += 1
            assert "\n" not in str(error)
        else:
            assert read == (ROWS, [SECRETS])
    assert refused > 500


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        (NESTED, '["id"]\n[1]\n'),
        (about(tables=["student"]), '["id"]\n[1]\n'),
        (about(migrations=3), '["id"]\n[1]\n'),
        (about(), ""),
        (about(), "\n"),
        (about(), '["id"]\n'),
        (about(), '["id"]\n[1, 2]\n'),
        (about(), '["id"]\n5\n'),
        (about(), '["id"]\n[[1]]\n'),
        (about(), f'["id"]\n{NESTED}\n'),
        (about(), '["id`) VALUES (1); -- "]\n[1]\n'),
        (about(), "7\n[1]\n"),
        (about(), '["id"]\n[{"base64": "="}]\n'),
        (about(), '["id"]\n[{"base64": 1}]\n'),
        (about(), '["id"]\n[{"base64": "AA==", "more": 1}]\n'),
    ],
)
def test_what_is_no_table_is_refused_before_a_row_of_the_database_is_touched(path: Path, said: str, rows: str) -> None:
    make_zip(path, {"about.json": said, "tables/student.jsonl": rows})
    with pytest.raises(SetupError, match=r"is damaged|is no backup of the portal"), opened(path):
        pass


def test_every_byte_is_kept(tmp_path: Path) -> None:
    rows = [[1, bytes(range(256))], [2, b""], [3, "base64"]]
    with written(tmp_path / "bytes.zip") as backup:
        backup.add_table("import_piece", ["id", "content"], map(tuple, rows))
        backup.finish(AT, [("attendance", "0001_initial")])
    with opened(tmp_path / "bytes.zip") as read:
        assert list(read.rows_of("import_piece")) == rows


@pytest.mark.parametrize("name", ["about.json", "etc/portal-secrets.env"])
def test_a_small_file_that_would_fill_the_memory_is_refused_before_it_is_unpacked(path: Path, name: str) -> None:
    claim_size(path, name, 2**31)
    with pytest.raises(SetupError, match="too large"), opened(path):
        pass


def test_a_row_without_an_end_fills_no_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.web.installation.backup_file._LONGEST_ROW", 1000)
    make_zip(path, {"about.json": about(), "tables/student.jsonl": '["id"]\n["' + "x" * 5000 + '"]\n'})
    with pytest.raises(SetupError, match="table student"), opened(path):
        pass
