"""An import from step to step: whatever ends in the middle, it is written whole or not at all, and says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from portal.attendance.models import DataImport, ImportPiece, RosterEntry, Student, Task
from portal.attendance.services import tasks
from portal.attendance.services.importing import jobs
from portal.attendance.services.importing.columns import Columns
from portal.attendance.services.importing.planning import Choices
from portal.attendance.services.importing.tables import Reading
from portal.attendance.services.tasks import Progress, ask, do_at_once, do_task, take_task
from tests.environment import ROOT, product_environment
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.waiting import wait_for
from tests.portal.importing.conftest import TODAY, Office
from tests.portal.school import changes_in_trail

State = DataImport.State
STUDENTS = "number,name\n0042,Élodie Marchand\n9001,New One\n"


def step(name: str, record: DataImport) -> Task:
    """Do the next task of an import."""
    task = ask(name, pk=record.pk)
    do_at_once(task)
    record.refresh_from_db()
    task.refresh_from_db()
    return task


def planned(kind: str, text: str, **choices: Any) -> DataImport:
    """An import whose rows are checked."""
    record = jobs.receive(kind, "C:\\lists\\people.csv", text.encode(), None, "a test")
    step("import.read", record)
    assert record.state == State.READ, record.fault
    jobs.choose(record, Reading(), Columns(**record.columns), Choices(**{"today": TODAY} | choices))
    step("import.plan", record)
    return record


def test_what_a_worker_writes_stands_in_the_trail_under_who_asked_for_it(office: Office) -> None:
    record = planned("students", "number,name\n0042,Élodie Durand\n")
    assert jobs.begin_writing(record)
    task = ask("import.write", office.school.staff, pk=record.pk)
    assert take_task() == task
    do_task(Task.objects.get(pk=task.pk))
    [change] = changes_in_trail()
    assert (change.changed_by, change.changed_by_name, change.new) == (
        office.school.staff,
        "Sam Registrar",
        "Élodie Durand",
    )


def test_an_import_goes_from_step_to_step_and_keeps_what_became_of_each_row(office: Office) -> None:
    record = planned("students", STUDENTS)
    assert (record.state, record.file_name) == (State.PLANNED, "people.csv")
    assert {name: number for name, number in record.counts.items() if number} == {"add": 1, "same": 1}
    assert record.reading["first_rows"] == [["0042", "Élodie Marchand"], ["9001", "New One"]]
    assert not Student.objects.filter(number="9001").exists()
    assert jobs.begin_writing(record)
    assert step("import.write", record).state == Task.State.DONE
    assert record.state == State.WRITTEN
    assert record.written_at and record.followed_at
    assert Student.objects.filter(number="9001").exists()
    assert [(row.number, row.outcome) for row in record.rows.all()] == [(2, "same"), (3, "add")]
    assert not ImportPiece.objects.exists(), "the file is not kept longer than it is needed"
    assert not jobs.begin_writing(record), "once"


def test_what_was_shown_is_written_or_nothing(office: Office) -> None:
    record = planned("students", STUDENTS)
    Student.objects.create(number="9001", full_name="Somebody Else")
    jobs.begin_writing(record)
    step("import.write", record)
    assert record.state == State.PLANNED
    assert "has changed since this was shown, and nothing was written" in record.fault
    assert Student.objects.get(number="9001").full_name == "Somebody Else"


def test_a_file_that_cannot_be_read_says_so(office: Office) -> None:
    record = jobs.receive("students", "x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, None, "a test")
    step("import.read", record)
    assert record.state == State.FAULTY
    assert "old .xls" in record.fault


def test_a_large_file_is_kept_in_pieces(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.attendance.services.pieces.PIECE", 1000)
    content = os.urandom(5000)
    record = jobs.receive("students", "x.csv", content, None, "a test")
    assert record.pieces.count() == 6
    assert jobs.content_of(record) == content


def test_files_that_nobody_writes_are_deleted_after_a_week(office: Office) -> None:
    record = planned("students", STUDENTS)
    jobs.clear_imports(timezone.now() + timedelta(days=6))
    assert record.pieces.exists()
    jobs.clear_imports(timezone.now() + timedelta(days=8))
    record.refresh_from_db()
    assert record.state == State.DISCARDED
    assert not record.pieces.exists()


def test_a_task_is_taken_once_and_again_when_its_worker_is_silent(office: Office) -> None:
    ask("import.read", pk=0)
    taken = take_task()
    assert taken
    assert take_task() is None
    again = take_task(timezone.now() + timedelta(minutes=2))
    assert again
    assert (again.pk, again.attempts) == (taken.pk, 2)
    assert again.token != taken.token


def test_a_task_that_ends_its_worker_again_and_again_is_given_up(office: Office) -> None:
    task = ask("import.read", pk=0)
    Task.objects.filter(pk=task.pk).update(attempts=3)
    taken = take_task()
    assert taken
    do_task(taken)
    task.refresh_from_db()
    assert task.state == Task.State.FAILED
    assert "begun 3 times" in task.words


def test_progress_is_seen_by_others_while_a_transaction_is_open(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.attendance.services.tasks._TELL_EVERY_SECONDS", 0)
    ask("import.read", pk=0)
    task = take_task()
    assert task
    progress = Progress(task)
    with transaction.atomic():
        Student.objects.create(number="9009", full_name="Unwritten")
        progress(1234)
        other = progress._own
        assert other
        with other.cursor() as cursor:
            cursor.execute("SELECT done FROM task")
            assert cursor.fetchone() == (1234,)
            cursor.execute("SELECT COUNT(*) FROM student WHERE number = '9009'")
            assert cursor.fetchone() == (0,)
    progress.close()


@pytest.fixture
def large(office: Office) -> Iterator[DataImport]:
    """A file of 6,000 students that waits to be written."""
    text = "number,name,email\n" + "".join(f"N{row:05},Student {row},s{row}@uni.example\n" for row in range(6_000))
    record = planned("students", text)
    jobs.begin_writing(record)
    yield record


def worker(database: MigratedMariaDB) -> subprocess.Popen[bytes]:
    environment = product_environment(secret_key="x" * 50, database_url=database.portal_url, plain_http="1")
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "work_tasks", "--once"], env=environment, cwd=ROOT
    )


def lock_the_last_student(record: DataImport) -> None:
    """Whoever writes the file waits when all but the last rows are written."""
    Student.objects.create(number="N05999", full_name="Somebody Else")


def lock_the_import(record: DataImport) -> None:
    """Whoever writes the file waits before it looks at the first row."""
    DataImport.objects.select_for_update().get(pk=record.pk)


@pytest.mark.parametrize(
    ("number", "lock"), [(signal.SIGKILL, lock_the_last_student), (signal.SIGTERM, lock_the_import)]
)
def test_a_worker_that_ends_in_the_middle_leaves_nothing_half_done(
    office: Office,
    large: DataImport,
    portal_on_mariadb: MigratedMariaDB,
    number: signal.Signals,
    lock: Callable[[DataImport], None],
) -> None:
    task = ask("import.write", pk=large.pk)
    with worker(portal_on_mariadb) as first:
        try:
            with transaction.atomic():
                lock(large)
                wait_for(portal_on_mariadb.server.holds_somebody_up, "the worker to be in the middle", seconds=100)
                first.send_signal(number)
                if number == signal.SIGKILL:
                    first.wait(60)
                transaction.set_rollback(True)
            first.wait(60)
        finally:
            first.kill()
    large.refresh_from_db()
    task.refresh_from_db()
    assert large.state == State.WRITING
    assert Student.objects.count() == 4
    if number == signal.SIGTERM:
        assert (task.state, task.attempts) == (Task.State.WAITING, 0)
    else:
        assert task.state == Task.State.RUNNING
        Task.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    with worker(portal_on_mariadb) as second:
        assert second.wait(200) == 0
    large.refresh_from_db()
    task.refresh_from_db()
    assert (large.state, task.state) == (State.WRITTEN, Task.State.DONE)
    assert Student.objects.count() == 6_004


def test_a_worker_keeps_its_claim_through_a_statement_that_takes_longer(
    portal_on_mariadb: MigratedMariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "CLAIM", timedelta(seconds=0.3))
    seen = list[Task | None]()

    def work(progress: Progress) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT SLEEP(0.8)")
            seen.append(take_task())

    monkeypatch.setitem(tasks.WORK, "a long statement", work)
    asked = ask("a long statement")
    task = take_task()
    assert task
    do_task(task)
    asked.refresh_from_db()
    assert seen == [None]
    assert (asked.state, asked.attempts) == (Task.State.DONE, 1)


def test_the_command_shows_the_fates_and_writes_where_it_is_asked_to(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("Kurs;Kennung;seit\nMAT 110;0042;03/04/2026\nMAT 110;9999;\n")
    with pytest.raises(CommandError, match="Say which column holds: student number"):
        call_command("import", "rosters", str(file))
    with pytest.raises(CommandError, match="cannot be imported: 2"):
        call_command("import", "rosters", str(file), "--column", "number=Kennung")
    said = capsys.readouterr().out
    assert "number: column “Kennung”" in said
    assert "row 2: MAT 110 · 0042 · 03/04/2026 (“03/04/2026” may be a day of month 4 or of month 3" in said
    file.write_text("Kurs;Kennung;seit\nMAT 110;0042;03/04/2026\n")
    options = ["--column", "number=Kennung", "--dates", "day-first"]
    call_command("import", "rosters", str(file), *options)
    assert "Nothing was written" in capsys.readouterr().out
    assert not RosterEntry.objects.filter(course__code="MAT 110").exists()
    call_command("import", "rosters", str(file), *options, "--write")
    assert str(RosterEntry.objects.get(course__code="MAT 110").since) == "2026-04-03"
    record = DataImport.objects.get()
    assert (record.asked_by_name, record.state, record.file_name) == (
        "rollcall-manage import",
        State.WRITTEN,
        "roster.csv",
    )


def test_who_has_lost_the_role_meanwhile_writes_nothing_and_the_import_waits_for_a_colleague(office: Office) -> None:
    record = planned("students", "number,name\nN1,Nora New\n")
    assert jobs.begin_writing(record)
    task = ask("import.write", office.school.staff, pk=record.pk)
    assert take_task() == task
    office.school.staff.is_staff = False
    office.school.staff.save()
    do_task(Task.objects.get(pk=task.pk))
    record.refresh_from_db()
    assert (record.state, Student.objects.filter(number="N1").exists()) == (State.PLANNED, False)
    assert "Sam Registrar may not import this any more" in record.fault
