"""The export: just what is filtered, for a spreadsheet that must not run what somebody typed."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from portal.accounts.models import Account
from portal.attendance.models import Course, Mark, Room, Student
from portal.web.spreadsheet import text_cell, unguarded
from tests.portal.school import School, found_school


@pytest.fixture
def school(client: Client, db: None) -> School:
    school = found_school()
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    return school


def exported(client: Client, **query: str) -> list[dict[str, str]]:
    """The rows of the file, which says that it is whole."""
    answer = client.get("/records.csv", query)
    assert answer.status_code == 200
    *rows, ending = csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline=""))
    assert ending.pop("course") == f"# complete: {len(rows)} row{'' if len(rows) == 1 else 's'}"
    assert set(ending.values()) == {""}
    return rows


def test_excel_reads_it_as_utf_8_under_a_dated_name(client: Client, school: School) -> None:
    school.see(school.students[0])
    answer = client.get("/records.csv")
    assert answer.getvalue().startswith(b'\xef\xbb\xbf"course",')
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="attendance-20')


def test_times_are_iso_in_the_zone_that_the_heading_names(client: Client, school: School) -> None:
    school.lecturer.time_zone = "Asia/Kolkata"
    school.lecturer.save()
    school.see(school.students[1], minute=20)
    (line,) = exported(client)
    assert line["starts at (Asia/Kolkata)"] == "2026-11-23T14:30:00+05:30"
    assert line["first seen at (Asia/Kolkata)"] == "2026-11-23T14:50:00+05:30"
    assert (line["student"], line["status"], line["camera"], line["distance"]) == (
        "Grace Hopper",
        "late",
        "front",
        "0.310",
    )


def test_only_what_is_filtered_is_exported_and_all_pages_of_it(client: Client, school: School) -> None:
    crowd = Student.objects.bulk_create(Student(number=f"C{each:03}", full_name=f"Crowd {each}") for each in range(70))
    for student in crowd:
        crowd_mark = school.see(student)
    school.see(school.students[1], minute=20)
    assert len(exported(client)) == 71
    assert [line["student"] for line in exported(client, status="late", sort="session")] == ["Grace Hopper"]
    assert len(exported(client, student="Crowd", after=str(crowd_mark.pk))) == 70


def test_just_the_columns_that_are_printed_are_read_however_many_rows(client: Client, school: School) -> None:
    def export() -> list[str]:
        with CaptureQueriesContext(connection) as caught:
            exported(client, student="e")
        return [query["sql"] for query in caught]

    one, *others = school.students
    school.see(one)
    few = export()
    for student in others:
        mark = school.see(student)
        Mark.objects.filter(pk=mark.pk).update(source="lecturer", marked_by=school.lecturer, note="A letter.")
    many = export()

    assert len(many) == len(few)
    (marks,) = [sql for sql in many if 'FROM "mark"' in sql and '"note"' in sql]
    (sessions,) = [sql for sql in many if 'FROM "class_session"' in sql and '"code"' in sql]
    for column in ("password", "last_login", "department", "is_staff"):
        assert column not in marks
    for column in ("decided_at", "coverage_digest", "checked_by_id", "least_coverage_percent"):
        assert column not in sessions


def test_a_filter_that_makes_no_sense_leads_to_its_explanation(client: Client, school: School) -> None:
    answer = client.get("/records.csv?since=nonsense")
    assert answer["Location"] == "/records/?since=nonsense"


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "\x00=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "  =1",
    "\u00a0=1",
    "\ufeff=1",
    "\u3000＝1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_might_be_a_formula_is_text(text: str) -> None:
    assert text_cell(text).startswith("'")
    assert "\x00" not in text_cell(text)


@pytest.mark.parametrize("separator", [",", ";", "|", "\t", "\n", "\r\n", ', "', ";\u200b", ";\u00a0"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＠"])
def test_nothing_is_a_formula_to_a_spreadsheet_that_takes_another_separator(separator: str, sign: str) -> None:
    guarded = text_cell(f"Smith{separator}{sign}HYPERLINK(1)")
    for part in re.split(r"[,;|\t\r\n]", guarded):
        assert not re.match(r"[\s\"\u200b]*[=+\-@＝＠]", part)


def test_every_cell_is_quoted(client: Client, school: School) -> None:
    school.see(school.students[1])
    lines = client.get("/records.csv").getvalue().decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    for line in lines:
        assert re.fullmatch(r'"[^"]*"(,"[^"]*")*', line)


def test_a_person_makes_one_export_at_a_time(client: Client, school: School) -> None:
    school.see(school.students[1])
    first = client.get("/records.csv")
    lines = iter(first.streaming_content)
    next(lines)
    second = client.get("/records.csv")
    assert second.status_code == 429
    assert "One export at a time" in second.text
    other = Client()
    other.force_login(school.other)
    assert other.get("/records.csv").getvalue()
    # Whoever goes away half-way may ask again, and so may who never read it.
    first.close()
    client.get("/records.csv").close()
    client.head("/records.csv").close()
    assert exported(client)


CHANGED = [
    *["0042", "1E5", "12-11", "123456789012345678", "0101", "10E2", "11-12", "DEC10", "2E1", "1-12", "3/4", "0.10"],
    *[
        *["5,5 %", "1'234", "1\u2019234.5", "1 234,56", "1\u202f234 %"],
        "1.10",
        "007",
        "12:30",
        "2026-11-23 19:12",
        "23.11.2026T19:12:05",
        "MAR21",
        "SEP-2",
        "OCT4",
        "1,5",
        "2 May",
        "May 2026",
        "9 am",
        "5%",
        "€ 5",
        "1 1/2",
        "TRUE",
        "(5)",
        "1\u00a0000",
        "٠١٢",
        "١٢",
        "１２",
        "１０e２",
        "１１－１２",
        "३/४",
        "\u200e11-12",
    ],
]


@pytest.mark.parametrize("text", CHANGED)
def test_what_a_spreadsheet_would_show_as_another_number_or_a_day_is_text(text: str) -> None:
    assert text_cell(text) == f"'{text}"


def test_months_and_truth_values_of_the_portals_other_languages_are_text_too() -> None:
    for text in [
        *["MÄRZ3", "märz 2026", "Mai 5", "OKT4", "10-Dez", "5. Mai 2026", "Mrz.3", "Jän 7", "WAHR", "falsch"],
        *["FÉV2", "fevrier 2", "1 avr. 2026", "juin 4", "14 juillet", "AOÛT-3", "aout 3", "3 déc.", "VRAI", "faux"],
    ]:
        assert text_cell(text) == f"'{text}"
        assert unguarded(text_cell(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Élodie",
        "S1001",
        "a=b",
        "O'Brien, Siobhán",
        "e-mail",
        "王小明",
        "Ｇｒａｃｅ",
        "(CSC) 301",
        "Ann\u00a0Lee",
        "S0042",
        "1042",
        "A-1",
        "CSC 301",
        "Marta Cruz",
        "Mai Nguyễn",
        "Avril Dezso",
    ],
)
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert text_cell(text) == text


@pytest.mark.parametrize("column", ["code", "number", "room", "camera"])
@pytest.mark.parametrize("text", ["11-12", "0101", "MAR21"])
def test_every_column_of_names_is_guarded(client: Client, school: School, column: str, text: str) -> None:
    mark = school.see(school.students[1], camera_name=text if column == "camera" else "front")
    if column == "code":
        Course.objects.filter(pk=school.course.pk).update(code=text)
    elif column == "number":
        Student.objects.filter(pk=mark.student_id).update(number=text)
    elif column == "room":
        Room.objects.update(name=text)
    (line,) = exported(client)
    assert line[{"code": "course", "number": "student number"}.get(column, column)] == f"'{text}"


def test_every_status_is_exported_with_what_makes_it_what_it_is(client: Client, school: School) -> None:
    one, two, three, four = school.students
    Mark.objects.create(session=school.session, student=one, status="absent", source="closing")
    Mark.objects.create(session=school.session, student=two, status="unseen", source="closing", because="blind")
    Mark.objects.create(session=school.session, student=three, status="expected", source="nobody")
    school.see(four, on_roster=False)
    lines = {line["student"]: line for line in exported(client)}
    assert [lines[each.full_name]["status"] for each in school.students] == ["absent", "unseen", "expected", "present"]
    assert lines[two.full_name]["because"] == "blind"
    assert [lines[each.full_name]["on roster"] for each in school.students] == ["yes", "yes", "yes", "no"]
    assert [line["student"] for line in exported(client, status="absent")] == [one.full_name]


def test_what_was_not_held_is_exported_only_when_asked_for(client: Client, school: School) -> None:
    school.see(school.students[1])
    type(school.session).objects.update(is_cancelled=True)
    assert exported(client) == []
    (line,) = exported(client, held="all")
    assert line["held"] == "no"


def test_an_export_of_nothing_says_that_it_is_whole(client: Client, school: School) -> None:
    assert exported(client) == []


def test_everything_that_a_person_can_type_is_made_safe(client: Client, school: School) -> None:
    bad = '=HYPERLINK("http://x","y")'
    Student.objects.filter(pk=school.students[0].pk).update(full_name=bad, number="=1")
    Course.objects.filter(pk=school.course.pk).update(title=bad, code="@course")
    Room.objects.update(name="-room")
    Account.objects.filter(pk=school.lecturer.pk).update(name="+name", title="")
    mark = school.see(school.students[0], camera_name="=cam")
    Mark.objects.filter(pk=mark.pk).update(source="lecturer", marked_by=school.lecturer, note="＝note,\nsecond line")
    (line,) = exported(client)
    typed = ["course", "course title", "room", "student number", "student", "camera", "set by", "note"]
    assert all(line[name].startswith("'") for name in typed)
    assert line["note"] == "'＝note,\nsecond line"


def test_a_sign_that_xml_cannot_hold_spoils_no_workbook(client: Client, school: School) -> None:
    Student.objects.filter(pk=school.students[1].pk).update(full_name="Grace\uffff\ufffe\x0b Hopper")
    school.see(school.students[1])
    book = load_workbook(io.BytesIO(client.get("/records.xlsx").getvalue()))
    assert any("Grace Hopper" in row for row in book.active.values)
