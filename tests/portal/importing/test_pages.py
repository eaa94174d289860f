"""The pages of the office: from a file to what is written, and what happens where somebody errs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import Settings

from portal.attendance.models import Course, DataImport, Mark, Room, RosterEntry, Student, Task
from portal.attendance.services.closing import close_session
from portal.attendance.services.importing import reading
from portal.attendance.services.tasks import do_task, take_task
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

State = DataImport.State


@pytest.fixture
def school() -> School:
    return found_school()


@pytest.fixture
def client(school: School) -> Client:
    """The registrar's."""
    client = Client()
    client.force_login(school.staff, backend="django.contrib.auth.backends.ModelBackend")
    return client


def upload(client: Client, kind: str, text: str | bytes, name: str = "list.csv") -> DataImport:
    content = text.encode() if isinstance(text, str) else text
    answer = client.post(reverse("office:upload", args=[kind]), {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return DataImport.objects.latest("pk")


def choose(client: Client, record: DataImport, **chosen: str) -> str:
    """Take the columns that were recognised, and others; the page that follows."""
    places = {f"column-{name}": str(index) for name, index in record.columns["places"].items()}
    return client.post(reverse("office:columns", args=[record.pk]), places | chosen, follow=True).content.decode()


def write(client: Client, record: DataImport) -> str:
    record.refresh_from_db()
    address = reverse("office:write", args=[record.pk])
    return client.post(address, {"shown": record.plan_digest}, follow=True).content.decode()


def test_a_small_file_is_read_checked_and_written_while_the_person_waits(client: Client) -> None:
    record = upload(client, "students", "Matrikelnr;Name\n0042;Élodie Marchand\n9001;New One\n")
    page = client.get(reverse("office:import", args=[record.pk])).content.decode()
    assert "Matrikelnr: 0042, 9001" in page
    page = choose(client, record)
    assert "Write this change" in page
    assert re.search(r'f-row">3</td>.*?New.*?9001 New One', page, re.DOTALL)
    assert not Student.objects.filter(number="9001").exists()
    assert "Written on" in write(client, record)
    assert Student.objects.filter(number="9001").exists()
    assert "There is nothing to write" in choose(client, upload(client, "students", "number,name\n9001,New One\n"))


@pytest.mark.parametrize(
    ("kind", "text", "follows"),
    [
        ("students", "number,name\n9001,New One\n", "courses"),
        ("courses", "course,title\nNEW 1,New\n", "rosters"),
        ("rosters", "course,student number\nCSC 301,0042\n", "rooms"),
        ("rooms", "room\nNew room\n", "sessions"),
        ("sessions", "course,room,day,start,end\nCSC 301,New room,2026-11-30,09:00,10:00\n", ""),
    ],
)
def test_what_is_written_leads_to_the_next_list_of_a_new_term_and_the_timetable_is_the_last_of_them(
    client: Client, kind: str, text: str, follows: str
) -> None:
    if kind == "sessions":
        Room.objects.create(name="New room")
    record = upload(client, kind, text)
    choose(client, record)
    page = write(client, record)
    assert "Written on" in page
    assert re.findall(r'Next in order: <a href="/term/import/(\w+)/">', page) == [follows][: len(follows)]


def _work() -> None:
    """What a worker does: nothing of the request is there any more."""
    with translation.override(django_settings.LANGUAGE_CODE):
        while task := take_task():
            do_task(task)


@pytest.mark.parametrize("is_small", [True, False])
@pytest.mark.parametrize(("asked", "refused"), [("de", "ist kein Status"), ("fr", "pas un statut")])
def test_what_becomes_of_a_row_is_told_in_the_language_of_the_page_around_it(
    client: Client, monkeypatch: pytest.MonkeyPatch, is_small: bool, asked: str, refused: str
) -> None:
    """Whoever has chosen no language of their own reads in the browser's, of which a task knows nothing."""
    monkeypatch.setattr(reading, "SMALL_TEXT", 10_000 if is_small else 0)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = asked
    rows = "Course,Day,Student number,Status\nCSC 301,2026-11-23,0042,late\n"
    for text in (rows, rows + "CSC 301,2026-11-23,0042,whatever\n"):
        record = upload(client, "marks", text)
        _work()
        record.refresh_from_db()
        choose(client, record)
        _work()
        page = client.get(reverse("office:import", args=[record.pk])).content.decode()
        assert (refused in page) == ("whatever" in text), page
        if text == rows:
            write(client, record)
            _work()
            record.refresh_from_db()
            assert record.state == State.WRITTEN


@pytest.mark.parametrize("is_small", [True, False])
def test_marks_are_the_word_of_the_registrar_who_writes_them_at_once_or_by_a_worker(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch, is_small: bool
) -> None:
    monkeypatch.setattr(reading, "SMALL_TEXT", 10_000 if is_small else 0)
    record = upload(client, "marks", "Course,Day,Student number,Status,Note\nCSC 301,2026-11-23,0042,Late,bus\n")

    def work() -> None:
        while task := take_task():
            do_task(task)

    work()
    record.refresh_from_db()
    choose(client, record)
    work()
    write(client, record)
    work()
    mark = Mark.objects.get()
    assert (mark.status, mark.marked_by, mark.note) == ("late", school.staff, "bus")
    assert "registers that were kept elsewhere" in client.get(reverse("office:term")).content.decode()


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("students", "Matrikelnr;Vorname;Nachname"),
        ("students", "Matr. no.;Surname;First name"),
        ("students", "Matric. no;Surname;First name"),
        ("students", "Matriculation No.;Surname;First name"),
        ("courses", "Kurs;Titel"),
        ("rosters", "Kurs;Matrikelnummer"),
        ("rooms", "Raum"),
        ("sessions", "Kurs;Raum;Datum;Beginn;Ende"),
    ],
)
def test_a_file_of_which_every_needed_column_was_recognised_is_checked_without_a_look_at_them(
    client: Client, kind: str, header: str
) -> None:
    record = upload(client, kind, f"{header};Bemerkung\n{'1;' * header.count(';')}1;x\n")
    page = client.get(reverse("office:import", args=[record.pk])).content.decode()
    first, _, folded = page.partition('<details class="mapping">')
    assert "Check and go on</button>" in first
    assert "Passed over: <b><bdi>Bemerkung</bdi></b>." in first
    assert "<select" not in first
    assert "Bemerkung" in folded


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Kennung,Name\n1,a\n", "the number was not recognised"),
        ("number,Anrede\n1,a\n", "no column with a name was recognised"),
        ("number,name\n", "the file was refused when it was checked"),
    ],
)
def test_columns_that_somebody_has_to_look_at_are_open(client: Client, text: str, why: str) -> None:
    record = upload(client, "students", text)
    address = reverse("office:import", args=[record.pk])
    page = choose(client, record) if "refused" in why else client.get(address).content.decode()
    assert 'class="mapping"' not in page, why
    assert "<select" in page


def test_columns_are_open_for_whoever_comes_back_to_change_them(client: Client) -> None:
    record = upload(client, "students", "number,name\n9001,New One\n")
    choose(client, record)
    page = client.get(reverse("office:import", args=[record.pk]) + "?step=columns").content.decode()
    assert "Check and go on" not in page
    assert 'class="mapping"' not in page


def test_a_person_makes_one_export_at_a_time_whatever_of_and_every_cell_is_quoted(client: Client) -> None:
    record = upload(client, "students", "number,name\n9001,New One\n")
    choose(client, record)
    addresses = [reverse("office:export", args=["students", "csv"]), reverse("office:rows", args=[record.pk])]
    for address in [*addresses, reverse("office:export", args=["rooms", "xlsx"])]:
        begun = client.get(address)
        assert begun.status_code == 200
        busy = [client.get(other).status_code for other in [*addresses, "/records.csv"]]
        assert busy == [429] * 3
        content = begun.getvalue()
        begun.close()
        lines = [] if address.endswith("xlsx") else content.decode("utf-8-sig").splitlines()
        assert [line for line in lines if not re.fullmatch(r'"[^"]*"(,"[^"]*")*', line)] == []


def test_rows_are_pasted_from_a_spreadsheet(client: Client) -> None:
    client.post(reverse("office:upload", args=["students"]), {"pasted": "number\tname\n0077\tTab Bed\n"})
    record = DataImport.objects.get()
    assert "Write this change" in choose(client, record)
    refused = client.post(reverse("office:upload", args=["students"]), {"pasted": "  "})
    assert refused.status_code == 422
    assert "Choose a file, or paste rows" in refused.content.decode()


def test_rows_that_cannot_be_imported_come_first_and_nothing_can_be_written(client: Client) -> None:
    record = upload(client, "rosters", "course,number,since\nMAT 110,0042,\nMAT 110,S1001,03/04/2026\n")
    page = choose(client, record)
    assert "1 row cannot be imported" in page
    assert "may be a day of month 4 or of month 3" in page
    assert "Write th" not in page
    assert "MAT 110 · 0042" in client.get(reverse("office:import", args=[record.pk]) + "?show=all").content.decode()
    write(client, record)
    assert not RosterEntry.objects.filter(course__code="MAT 110").exists()
    assert "Write these 2 changes" in choose(client, record, order="day")
    rows = b"".join(client.get(reverse("office:rows", args=[record.pk]))).decode()  # type: ignore[arg-type]
    assert rows.splitlines()[2] == '"3","New","MAT 110 · S1001 Grace Hopper","since 3 Apr 2026"'


def test_a_column_that_is_missing_or_chosen_twice_is_asked_for(client: Client) -> None:
    record = upload(client, "students", "Kennung,Name\n1,a\n")
    assert "Say which column holds: student number" in choose(client, record)
    assert "One column is chosen for both" in choose(client, record, **{"column-number": "1"})
    assert "Write this change" in choose(client, record, **{"column-number": "0"})


def test_a_file_can_be_read_in_another_way(client: Client) -> None:
    record = upload(client, "students", "number;name\n1;Łukasz\n".encode("cp1250"))
    client.post(reverse("office:read", args=[record.pk]), {"encoding": "cp1250", "separator": ";", "header": "1"})
    record.refresh_from_db()
    assert record.reading["first_rows"] == [["1", "Łukasz"]]


def test_a_file_that_is_no_table_is_refused_with_a_way_on(client: Client) -> None:
    record = upload(client, "students", b"PK\x03\x04" + b"\0" * 50, "list.xlsx")
    page = client.get(reverse("office:import", args=[record.pk])).content.decode()
    assert "damaged" in page
    assert "Choose another file" in page


def test_a_file_beyond_the_limit_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.office.forms.LARGEST_BYTES", 1000)
    file = SimpleUploadedFile("big.csv", b"x" * 1001)
    answer = client.post(reverse("office:upload", args=["students"]), {"file": file})
    assert answer.status_code == 422
    assert not DataImport.objects.exists()


def test_a_large_file_is_left_to_a_worker_and_the_page_says_how_far_it_is(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SMALL_TEXT", 10)
    record = upload(client, "students", "number,name\n9001,New One\n")
    address = reverse("office:import", args=[record.pk])
    page = client.get(address).content.decode()
    assert "The file is read" in page
    assert 'hx-trigger="every 1s"' in page
    Task.objects.update(asked_at=timezone.now() - timedelta(minutes=1))
    assert "systemctl status rollcall-tasks" in client.get(address).content.decode()
    work()
    record.refresh_from_db()
    assert "The rows are checked" in choose(client, record)
    Task.objects.filter(state="waiting").update(state="running", done=1, total=3)
    assert "1 of 3 rows" in client.get(address).content.decode()
    Task.objects.filter(state="running").update(state="failed", words="It was begun 3 times.")
    assert "it failed. It was begun 3 times." in client.get(address).content.decode()
    client.post(reverse("office:retry", args=[record.pk]))
    work()
    write(client, record)
    work()
    assert "Written on" in client.get(address).content.decode()


def work() -> None:
    while task := take_task():
        do_task(task)


def test_two_people_at_one_import_write_what_they_have_seen_once(client: Client) -> None:
    record = upload(client, "students", "number,name\n9001,New One\n")
    choose(client, record)
    record.refresh_from_db()
    stale = client.post(reverse("office:write", args=[record.pk]), {"shown": "another"}, follow=True)
    assert "nothing was written" in stale.content.decode()
    write(client, record)
    write(client, record)
    assert Student.objects.filter(number="9001").count() == 1
    client.post(reverse("office:discard", args=[record.pk]))
    record.refresh_from_db()
    assert record.state == State.WRITTEN, "what is written cannot be given up"


def test_closed_registers_follow_a_roster_only_where_somebody_asks(school: School, client: Client) -> None:
    close_session(school.session)
    record = upload(client, "rosters", "course,number\nCSC 301,0042\nCSC 301,S1001\nCSC 301,S1002\n")
    choose(client, record, joins_on="2026-11-01")
    page = write(client, record)
    counted = school.session.marks.filter(on_roster=True)
    assert counted.count() == 4
    assert "<b>CSC 301</b> keeps its 1 closed register as it is." in page
    RosterEntry.objects.filter(student=school.students[3]).update(until="2026-11-01")
    client.post(reverse("office:held", args=[record.pk]), {"course": school.course.pk})
    assert counted.count() == 3


def test_whoever_imports_a_list_of_new_members_alone_is_told_how_many_others_leave(
    school: School, client: Client
) -> None:
    Student.objects.create(number="9001", full_name="New One")
    record = upload(client, "rosters", "course,number\nCSC 301,9001\n")
    page = choose(client, record)
    assert "<b>4 memberships end.</b> Does the file list new members alone?" in page
    assert "memberships end" not in write(client, record)
    record = upload(client, "rosters", "course,number\nCSC 301,9001\nCSC 301,0042\n")
    assert "memberships end" not in choose(client, record)


def test_accounts_are_for_administrators_alone(school: School, client: Client) -> None:
    for address in ("import/lecturers/", "export/lecturers.csv"):
        assert client.get(f"/term/{address}").status_code == 404
    assert "Lecturers" not in client.get("/term/").content.decode()
    school.staff.is_superuser = True
    school.staff.save()
    record = upload(client, "lecturers", "email,name\nnew@uni.example,New\n")
    school.staff.is_superuser = False
    school.staff.save()
    assert client.get(reverse("office:import", args=[record.pk])).status_code == 404


@pytest.mark.parametrize(("form", "begins"), [("csv", b'\xef\xbb\xbf"course",'), ("xlsx", b"PK")])
def test_exports_are_files(client: Client, form: str, begins: bytes) -> None:
    answer = client.get(f"/term/export/courses.{form}")
    assert answer.status_code == 200
    assert f"courses-{timezone.localdate()}.{form}" in answer["Content-Disposition"]
    assert b"".join(answer).startswith(begins)  # type: ignore[arg-type]
    assert client.get("/term/export/courses.pdf").status_code == 404


def test_the_page_asks_the_database_seldom(client: Client, django_assert_max_num_queries: object) -> None:
    rows = "".join(f"N{row:04},Student {row}\n" for row in range(400))
    record = upload(client, "students", f"number,name\n{rows}")
    choose(client, record)
    for address in ("/term/", reverse("office:import", args=[record.pk])):
        with django_assert_max_num_queries(12):  # type: ignore[operator]
            page = client.get(address)
        assert len(page.content) < 100_000


def test_names_do_no_harm_on_the_page(client: Client, settings: Settings) -> None:
    record = upload(client, "courses", "course,title\nX 1,<script>alert(1)</script>\n", "<b>&.csv")
    page = choose(client, record)
    assert "<script>alert" not in page
    assert "<b>&.csv" not in page
    write(client, record)
    assert Course.objects.get(code="X 1").title == "<script>alert(1)</script>"
