"""Files that take longer than a request: a worker makes them, whole or not at all, for their owner and for a day."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import Settings

from portal.accounts.models import Account, Reading
from portal.attendance.models import BoardExport, DataExport, ExportPiece, Mark, RosterEntry, Student, Task
from portal.attendance.services.exporting import keeping
from portal.attendance.services.exporting.keeping import clear_exports
from portal.attendance.services.tasks import do_task, take_task
from portal.web import workbooks
from tests.environment import ROOT, product_environment
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.waiting import wait_for
from tests.portal.school import School, found_school

ROWS = 40


@pytest.fixture
def school(db: None, monkeypatch: pytest.MonkeyPatch) -> School:
    """So many marks, which are more than are exported while somebody waits."""
    monkeypatch.setattr(workbooks, "CELLS_AT_ONCE", 3)
    return crowded_school()


def crowded_school() -> School:
    school = found_school()
    for each in range(ROWS):
        student = Student.objects.create(number=f"C{each:03}", full_name=f"Crowd {each}")
        RosterEntry.objects.create(course=school.course, student=student)
        school.see(student)
    school.session.closed_at = timezone.now()
    school.session.save()
    return school


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def client(school: School) -> Client:
    """The lecturer's."""
    return signed_in(school.lecturer)


def asked(client: Client, address: str = "/records.xlsx?sort=session") -> DataExport:
    """What somebody asks for, and a worker is to make."""
    answer = client.get(address)
    export = DataExport.objects.latest("pk")
    assert (answer.status_code, answer["Location"]) == (302, f"/exports/{export.pk}/")
    return export


def made(client: Client, address: str = "/records.xlsx?sort=session") -> DataExport:
    export = asked(client, address)
    work()
    export.refresh_from_db()
    return export


def work() -> None:
    """What the worker does next."""
    task = take_task()
    assert task
    do_task(task)


def downloaded(client: Client, export: DataExport) -> bytes:
    answer = client.get(f"/exports/{export.pk}/file")
    assert answer.status_code == 200
    content = answer.getvalue()
    assert int(answer["Content-Length"]) == len(content)
    return content


def exported() -> list[str]:
    return [about for act, about in Reading.objects.order_by("pk").values_list("act", "about") if act == "export"]


def test_a_long_workbook_is_made_by_a_worker_and_holds_what_the_records_show(client: Client, school: School) -> None:
    export = asked(client)
    page = client.get(f"/exports/{export.pk}/").text
    assert "hx-trigger" in page
    assert "Look again" in page
    assert client.get(f"/exports/{export.pk}/file").status_code == 404
    assert exported() == [], "nobody has read anything"
    work()
    page = client.get(f"/exports/{export.pk}/").text
    assert "hx-trigger" not in page
    assert f'href="/exports/{export.pk}/file"' in page
    book = load_workbook(io.BytesIO(downloaded(client, export)))["Records"]
    lines = client.get("/records.csv?sort=session").getvalue().decode("utf-8-sig").splitlines()
    assert book.max_row == len(lines) - 1 == ROWS + 1
    assert {cell.data_type for row in book.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert exported() == ["records sort=session", "records sort=session"]
    task = Task.objects.get(pk=export.task_id)
    assert (task.state, task.total) == (Task.State.DONE, ROWS)


def test_a_short_workbook_comes_at_once_and_csv_is_always_streamed(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamed = client.get("/records.csv")
    assert streamed.streaming
    streamed.close()
    assert client.head("/records.xlsx").status_code == 302
    monkeypatch.setattr(workbooks, "CELLS_AT_ONCE", 50_000)
    answer = client.get("/records.xlsx")
    assert load_workbook(io.BytesIO(answer.getvalue()))["Records"].max_row == ROWS + 1
    answer.close()
    assert not DataExport.objects.exists()


def test_groups_lists_and_the_exam_boards_file_are_made_by_a_worker_too(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("portal.lecturer.board.making.CELLS_AT_ONCE", 3)
    monkeypatch.setattr("portal.lecturer.board.making.CELLS_OF_PDF_AT_ONCE", 3)
    groups = load_workbook(io.BytesIO(downloaded(client, made(client, "/records.xlsx?group=student"))))
    assert groups.sheetnames == ["By student"]
    office = signed_in(school.staff)
    students = load_workbook(io.BytesIO(downloaded(office, made(office, "/term/export/students.xlsx"))))
    assert students.worksheets[0].max_row == ROWS + 5
    for form in ("xlsx", "pdf"):
        export = made(client, f"/courses/{school.course.pk}/board.{form}")
        path = tmp_path / f"board.{form}"
        path.write_bytes(downloaded(client, export))
        call_command("verify", str(path))
        record = BoardExport.objects.get(form=form)
        assert exported()[-1] == f"exam board's {form} of {school.course}, reference {record.reference}"
        assert record.made_by == school.lecturer


def test_the_file_is_for_who_has_asked_for_it_and_for_nobody_else(client: Client, school: School) -> None:
    export = made(client)
    school.course.assistants.add(school.other)
    for account in (school.other, school.staff, Account.objects.create_superuser("root@uni.example", name="Root")):
        other = signed_in(account)
        for address in ("", "file"):
            assert other.get(f"/exports/{export.pk}/{address}").status_code == 404
        for act in ("delete", "retry"):
            assert other.post(f"/exports/{export.pk}/{act}/").status_code == 404
        assert export.file_name not in other.get("/exports/").text
    assert downloaded(client, export)


def test_a_person_has_one_file_made_at_a_time_and_twice_asked_is_once_made(client: Client, school: School) -> None:
    export = asked(client)
    assert asked(client) == export
    answer = client.get("/records.xlsx?status=present", follow=True)
    assert answer.request["PATH_INFO"] == f"/exports/{export.pk}/"
    assert "One file at a time" in answer.text
    assert Task.objects.count() == 1
    assert asked(signed_in(school.staff), "/records.xlsx") != export
    work()
    assert asked(client) != export


def test_no_more_than_a_few_files_of_a_person_are_kept(client: Client, school: School) -> None:
    first, *_ = [made(client) for _ in range(keeping.MOST_KEPT + 1)]
    assert DataExport.objects.count() == keeping.MOST_KEPT
    assert client.get(f"/exports/{first.pk}/").status_code == 404


def test_a_file_goes_after_a_day_and_an_hour_after_it_was_taken(client: Client, school: School) -> None:
    now = timezone.now()
    taken, other = made(client), made(client, "/records.xlsx")
    clear_exports(now + timedelta(hours=23))
    assert DataExport.objects.count() == 2
    client.head(f"/exports/{other.pk}/file")
    downloaded(client, taken)
    clear_exports(now + timedelta(minutes=59))
    assert downloaded(client, taken), "a download may have broken off"
    clear_exports(now + timedelta(hours=2))
    assert [each.pk for each in DataExport.objects.all()] == [other.pk]
    DataExport.objects.update(goes_at=now)
    assert client.get(f"/exports/{other.pk}/file").status_code == 404, "though no worker has cleared it away"
    clear_exports(now + timedelta(days=1, minutes=1))
    assert not ExportPiece.objects.exists()
    assert not Task.objects.exists()


def lose_the_account(school: School) -> None:
    Account.objects.filter(pk=school.lecturer.pk).update(is_active=False)


def lose_it_to_another(school: School) -> None:
    Account.objects.filter(pk=school.lecturer.pk).update(merged_into=school.other)


def lose_the_course(school: School) -> None:
    school.course.lecturers.clear()


@pytest.mark.parametrize("lose", [lose_the_account, lose_it_to_another, lose_the_course])
def test_a_file_goes_with_its_owners_account_and_right(client: Client, school: School, lose: Any) -> None:
    made(client)
    clear_exports(timezone.now())
    assert ExportPiece.objects.exists()
    lose(school)
    clear_exports(timezone.now())
    assert not DataExport.objects.exists()
    assert not ExportPiece.objects.exists()


def test_a_file_goes_with_its_owners_row(client: Client, school: School) -> None:
    made(client)
    Mark.objects.update(marked_by=None)
    school.lecturer.delete()
    assert not ExportPiece.objects.exists()


@pytest.mark.parametrize("address", ["", "file"])
def test_who_has_lost_the_right_gets_no_byte_and_is_told(client: Client, school: School, address: str) -> None:
    export = made(client)
    before = exported()
    lose_the_course(school)
    answer = client.get(f"/exports/{export.pk}/{address}", follow=True)
    assert "You may not see all of this file any more, and it was deleted." in answer.text
    assert not ExportPiece.objects.exists()
    assert exported() == before


def test_a_registrar_who_is_none_any_more_keeps_no_list(school: School) -> None:
    office = signed_in(school.staff)
    list_of_all, records = made(office, "/term/export/students.xlsx"), made(office, "/records.xlsx")
    assert records.courses is None
    Account.objects.filter(pk=school.staff.pk).update(is_staff=False)
    for export in (list_of_all, records):
        assert "it was deleted" in office.get(f"/exports/{export.pk}/file", follow=True).text
    assert not DataExport.objects.exists()


def test_the_rows_are_those_that_the_person_may_see_when_the_worker_makes_it(client: Client, school: School) -> None:
    export = asked(client)
    school.other_course.lecturers.add(school.lecturer)
    lose_the_course(school)
    work()
    book = load_workbook(io.BytesIO(downloaded(client, export)))["Records"]
    assert book.max_row == 1, "the heads alone"
    Mark.objects.update(session=school.meet(school.session.ends_at, course=school.other_course))
    named = asked(client, f"/records.xlsx?course={school.other_course.pk}")
    school.other_course.lecturers.clear()
    work()
    page = client.get(f"/exports/{named.pk}/").text
    assert "You may not see these records any more" in page
    assert not ExportPiece.objects.filter(data_export=named).exists()


def test_who_may_not_sign_in_any_more_gets_nothing_made(client: Client, school: School) -> None:
    asked(client)
    lose_the_account(school)
    work()
    assert not DataExport.objects.exists()


def test_more_rows_than_a_workbook_has_are_not_begun_and_csv_is_offered(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("portal.web.workbooks", "portal.lecturer.record_files", "portal.office.views.export"):
        monkeypatch.setattr(f"{module}.MOST_ROWS", 10)
    monkeypatch.setattr(workbooks, "add_row", None)
    export = made(client, "/records.xlsx?course=" + str(school.course.pk))
    page = client.get(f"/exports/{export.pk}/").text
    assert "That is more than 10 rows, and a workbook (XLSX) has no more here." in page
    offered = f"/records.csv?course={school.course.pk}"
    assert f'href="{offered}"' in page
    assert client.get(offered).getvalue().count(b"Crowd") == ROWS
    office = signed_in(school.staff)
    told = office.get("/term/export/students.xlsx", follow=True)
    assert told.request["PATH_INFO"] == "/term/"
    assert "That is more than 10 rows" in told.text


def test_work_that_has_failed_says_so_and_is_tried_again(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = asked(client)
    with monkeypatch.context() as patch:
        patch.setattr(workbooks, "add_row", None)
        work()
    page = client.get(f"/exports/{export.pk}/").text
    assert "it failed" in page
    assert "hx-trigger" not in page
    for _ in range(2):
        client.post(f"/exports/{export.pk}/retry/")
    work()
    assert take_task() is None, "asked twice, and begun once"
    assert downloaded(client, export)
    client.post(f"/exports/{export.pk}/retry/")
    assert take_task() is None


def test_its_owner_deletes_a_file_before_its_time(client: Client, school: School) -> None:
    export = made(client)
    assert "was deleted" in client.post(f"/exports/{export.pk}/delete/", follow=True).text
    assert not ExportPiece.objects.exists()


def test_a_file_that_its_owner_gives_up_in_the_middle_is_not_made_to_its_end(
    on_mariadb: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(signed_in(on_mariadb.lecturer))
    monkeypatch.setattr("portal.attendance.services.tasks._TELL_EVERY_SECONDS", 0)
    monkeypatch.setattr(workbooks, "TELL_EVERY", 1)
    rows = 0
    add = workbooks.add_row

    def give_up_in_the_middle(*arguments: Any, **options: Any) -> None:
        nonlocal rows
        rows += 1
        if rows == 5:
            keeping.forget(DataExport.objects.get())
        add(*arguments, **options)

    monkeypatch.setattr(workbooks, "add_row", give_up_in_the_middle)
    work()
    assert rows < ROWS
    assert not DataExport.objects.exists()
    assert not ExportPiece.objects.exists()


def test_a_file_that_is_not_finished_leaves_nothing_on_the_disk(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    asked(client)
    task = take_task()
    assert task
    monkeypatch.setattr("portal.attendance.services.tasks._TELL_EVERY_SECONDS", 0)
    monkeypatch.setattr(workbooks, "TELL_EVERY", 1)
    do_task(task, lambda: any(tmp_path.iterdir()))
    task.refresh_from_db()
    assert task.state == Task.State.WAITING
    assert list(tmp_path.iterdir()) == []


def test_a_download_whose_file_goes_meanwhile_is_cut_short_and_does_not_seem_whole(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.attendance.services.pieces.PIECE", 1000)
    export = made(client)
    content = downloaded(client, export)
    assert load_workbook(io.BytesIO(content))
    assert ExportPiece.objects.count() == -(-len(content) // 1000) > 2
    parts = keeping.content_of(export)
    next(parts)
    keeping.forget(export)
    with pytest.raises(keeping.FileGone):
        next(parts)


def test_a_file_is_sent_and_deleted_a_piece_in_memory_at_a_time(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.attendance.services.pieces.PIECE", 1000)
    export = made(client)
    with CaptureQueriesContext(connection) as caught:
        downloaded(client, export)
    read = [query["sql"] for query in caught if '"content"' in query["sql"]]
    assert len(read) == ExportPiece.objects.count()
    with CaptureQueriesContext(connection) as caught:
        clear_exports(timezone.now() + timedelta(days=2))
    sent = [query["sql"] for query in caught if "export_piece" in query["sql"]]
    assert sent[0].startswith("DELETE"), "what is read before it is deleted is all in memory"
    assert not ExportPiece.objects.exists()


def test_the_file_speaks_the_language_in_which_it_was_asked_for(school: School, settings: Settings) -> None:
    german = Client(HTTP_ACCEPT_LANGUAGE="de")
    german.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    export = made(german)
    assert load_workbook(io.BytesIO(downloaded(german, export))).sheetnames == ["Einträge"]


# On MariaDB, with the portal's shipped rights.


@pytest.fixture
def on_mariadb(portal_on_mariadb: MigratedMariaDB, monkeypatch: pytest.MonkeyPatch) -> Iterator[School]:
    monkeypatch.setattr(workbooks, "CELLS_AT_ONCE", 3)
    yield crowded_school()


def worker(database: MigratedMariaDB) -> subprocess.Popen[bytes]:
    environment = product_environment(secret_key="x" * 50, database_url=database.portal_url, plain_http="1")
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "work_tasks", "--once"], env=environment, cwd=ROOT
    )


def test_a_worker_that_ends_in_the_middle_leaves_no_part_of_a_file_and_the_next_makes_the_whole(
    on_mariadb: School, portal_on_mariadb: MigratedMariaDB
) -> None:
    client = signed_in(on_mariadb.lecturer)
    export = asked(client)
    with worker(portal_on_mariadb) as first:
        try:
            with transaction.atomic():
                # It waits when all rows are written, and before it keeps the file.
                DataExport.objects.select_for_update().get(pk=export.pk)
                wait_for(portal_on_mariadb.server.holds_somebody_up, "the worker to be in the middle", seconds=100)
                first.send_signal(signal.SIGKILL)
                first.wait(60)
        finally:
            first.kill()
    assert not ExportPiece.objects.exists()
    assert client.get(f"/exports/{export.pk}/file").status_code == 404
    Task.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    with worker(portal_on_mariadb) as second:
        assert second.wait(200) == 0
    assert load_workbook(io.BytesIO(downloaded(client, export)))["Records"].max_row == ROWS + 1
    assert Task.objects.get(pk=export.task_id).attempts == 2


def test_with_its_shipped_rights_the_portal_keeps_takes_and_deletes_files(
    on_mariadb: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.attendance.services.pieces.PIECE", 1000)
    client = signed_in(on_mariadb.lecturer)
    export = made(client)
    assert load_workbook(io.BytesIO(downloaded(client, export)))
    clear_exports(timezone.now() + timedelta(days=2))
    assert not ExportPiece.objects.exists()


def test_two_workers_that_make_the_same_file_keep_it_once(on_mariadb: School) -> None:
    export = asked(signed_in(on_mariadb.lecturer))
    first = take_task()
    second = take_task(timezone.now() + timedelta(minutes=2))
    assert first
    assert second
    do_task(second)
    kept = ExportPiece.objects.count()
    do_task(first)
    export.refresh_from_db()
    assert ExportPiece.objects.count() == kept == 1
    assert export.made_at
