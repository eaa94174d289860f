"""Exports come back in unchanged, whatever stands in the tables."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from portal.accounts.acting import acting_for
from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Course, Department, Mark, Room, RosterEntry, Student
from portal.attendance.services.closing import close_session
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.importing.columns import find_columns
from portal.attendance.services.importing.exporting import csv_export, write_xlsx
from portal.attendance.services.importing.kinds import KINDS
from portal.attendance.services.importing.planning import Choices, make_plan
from portal.attendance.services.importing.reading import read_table
from tests.portal.importing.conftest import TODAY, Office

ODD = ["=1+1", "'quoted", "'=1", "-5", "MAR21", "a;b,c\td", 'say "hi"', "0042", "1E5", "Zoë 🙂", "true", "١٢٣"]


@pytest.fixture
def full(office: Office) -> Office:
    """Numbers, names and codes that a spreadsheet would like to change, days, and a night on which clocks go back."""
    school = office.school
    for index, text in enumerate(ODD):
        Student.objects.create(number=f"{index:05}", full_name=text, is_active=index % 2 == 0)
        Course.objects.create(code=text, title=text)
        Room.objects.create(name=text, time_zone="Europe/Berlin", each_camera_sees_all=index % 2 == 0)
    Student.objects.create(number="MAR21", full_name="Month", email="month@uni.example")
    Account.objects.create_user("odd@uni.example", name="=cmd", title="-", department="1/2")
    course = Course.objects.get(code="=1+1")
    course.department = Department.objects.create(name="-5, and more")
    course.save()
    course.assistants.add(office.school.other)
    berlin = Room.objects.get(name="=1+1")
    for hour in (0, 1):
        at = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        night = school.meet(at, room=berlin, late_after_minutes=0, is_cancelled=bool(hour))
        school.see(school.students[hour], session=night)
    correct_mark(school.session, school.students[0], "excused", "Ill; “flu”\nsince Monday", school.lecturer)
    close_session(school.session)
    student = school.students[0]
    other = {"course": school.other_course, "student": student}
    RosterEntry.objects.create(**other, until=date(2026, 10, 1))
    RosterEntry.objects.create(**other, since=date(2026, 10, 15), until=date(2026, 11, 1))
    RosterEntry.objects.create(**other, since=TODAY + timedelta(days=9))
    return office


def counts_of(kind: str, content: bytes) -> dict[str, int]:
    table = read_table(content)
    with acting_for(Account.objects.filter(is_staff=True).first()):
        plan = make_plan(KINDS[kind], table.rows, find_columns(table.rows, KINDS[kind].fields), Choices(today=TODAY))
    assert not [fate for fate in plan.fates if fate.outcome != "same"]
    return {name: number for name, number in plan.counts().items() if number}


MODELS = {
    "students": Student,
    "lecturers": Account,
    "courses": Course,
    "rosters": RosterEntry,
    "rooms": Room,
    "sessions": ClassSession,
    "marks": Mark,
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_comes_back_in_unchanged(full: Office, kind: str) -> None:
    number = MODELS[kind].objects.count()
    for separator in ",;":
        assert counts_of(kind, "".join(csv_export(kind, separator)).encode()) == {"same": number}
    file = io.BytesIO()
    write_xlsx(kind, file)
    assert counts_of(kind, file.getvalue()) == {"same": number}


def test_every_cell_of_a_workbook_is_text_and_no_cell_of_a_csv_file_is_run(full: Office) -> None:
    file = io.BytesIO()
    write_xlsx("students", file)
    rows = load_workbook(file).active.iter_rows(min_row=2)
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
    lines = list(csv.reader(io.StringIO("".join(csv_export("students")))))
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "-", "+", "@", "\t"))]
    assert lines[-1][0] == f"# complete: {Student.objects.count()} rows"


def test_the_command_writes_a_file_and_touches_none_that_is_there(full: Office, tmp_path: Path) -> None:
    for name in ("students.csv", "students.xlsx"):
        call_command("export", "students", str(tmp_path / name))
        assert counts_of("students", (tmp_path / name).read_bytes())
    with pytest.raises(CommandError, match="is there already"):
        call_command("export", "students", str(tmp_path / "students.csv"))
    with pytest.raises(CommandError, match="neither"):
        call_command("export", "students", str(tmp_path / "students.ods"))
