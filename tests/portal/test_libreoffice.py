"""Every export as LibreOffice opens it: the cells are those that the portal wrote, and none was run or changed."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from portal.attendance.models import Mark, Student
from tests.fixtures.parts import program
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

FORMULA = '=HYPERLINK("http://evil.example","Anna")'
NAMES = (FORMULA, "محمد عبد الله", "Ольга; “Petrova”, 1/2", "MAR 21")
OF_OFFICE = ("students", "courses", "rosters", "rooms", "sessions", "marks")
READ_CSV = "CSV:44/59,34,76,1,,1033,false,true"
"""Commas or semicolons, UTF-8, in American English; numbers and dates are looked for in every cell."""

WRITE_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"
"""The first sheet as it is shown."""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """All exports of a school with awkward names, in every form."""
    school = found_school((timezone.now() - timedelta(days=20)).replace(second=0, microsecond=0))
    for student, name in zip(school.students, NAMES, strict=True):
        Student.objects.filter(pk=student.pk).update(full_name=name)
    for student, status in zip(school.students, ("present", "late", "absent", "excused"), strict=True):
        by = {"source": "lecturer", "marked_by": school.lecturer, "note": "-1+2, said\nhis mother"}
        Mark.objects.create(session=school.session, student=student, status=status, **by)
    return [*_of_lecturer(school, tmp_path), *_of_office(school, tmp_path)]


def _of_lecturer(school: School, folder: Path) -> Iterable[Path]:
    client = Client()
    client.force_login(school.lecturer)
    yield saved(client, f"/courses/{school.course.pk}/board.xlsx", folder / "board.xlsx")
    for group in ("", "student"):
        yield saved(client, f"/records.xlsx?group={group}", folder / f"records{group}.xlsx")
        for separator in ("comma", "semicolon"):
            address = f"/records.csv?group={group}&separator={separator}"
            yield saved(client, address, folder / f"records{group}-{separator}.csv")


def _of_office(school: School, folder: Path) -> Iterable[Path]:
    client = Client()
    client.force_login(school.staff)
    for kind in OF_OFFICE:
        yield saved(client, f"/term/export/{kind}.xlsx", folder / f"{kind}.xlsx")
        for separator in ("comma", "semicolon"):
            address = f"/term/export/{kind}.csv?separator={separator}"
            yield saved(client, address, folder / f"{kind}-{separator}.csv")


def saved(client: Client, address: str, path: Path) -> Path:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.headers)
    path.write_bytes(answer.getvalue())
    return path


def written(path: Path) -> list[list[str]]:
    """The cells that the portal wrote."""
    if path.suffix == ".xlsx":
        book = load_workbook(path)
        rows = book[book.sheetnames[0]].iter_rows(values_only=True)
        return [["" if value is None else str(value) for value in row] for row in rows]
    separator = ";" if "semicolon" in path.name else ","
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=separator))


def test_libreoffice_shows_the_cells_that_were_written(files: list[Path], tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    office = [program("soffice"), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    for suffix, options in ((".xlsx", []), (".csv", [f"--infilter={READ_CSV}"])):
        some = [path for path in files if path.suffix == suffix]
        made = shown / suffix[1:]
        subprocess.run([*office, *options, "--convert-to", WRITE_CSV, "--outdir", made, *some], check=True, timeout=120)
        for path in some:
            text = (made / f"{path.stem}.csv").read_text("utf-8")
            assert list(csv.reader(io.StringIO(text, newline=""))) == written(path), path.name
