"""Files as programs and people write them: encodings, separators, spreadsheets, and those that are no table at all."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook

from portal.attendance.services.importing import csv_tables, xlsx_tables
from portal.attendance.services.importing import reading as reading_module
from portal.attendance.services.importing.faults import FileFault
from portal.attendance.services.importing.reading import read_table
from portal.attendance.services.importing.tables import Reading
from portal.web.spreadsheet import text_cell, unguarded

PEOPLE = 'Matrikelnr.;Name;Ort\r\n0042;"Müller; Zoë";"Köln\r\nDeutz"\r\n0043;Łukasz;\r\n'


def cells(content: bytes, **reading: Any) -> list[list[Any]]:
    return [row.cells for row in read_table(content, Reading(**reading)).rows]


def workbook(*rows: list[Any], change: Callable[[Any], None] = lambda sheet: None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    change(book.active)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_part(content: bytes, name: str, body: bytes) -> bytes:
    """The same file with one part put in, or in the place of another."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        new.writestr(name, body)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_reads_the_same_in_every_form_of_unicode(encoding: str) -> None:
    table = read_table(PEOPLE.encode(encoding))
    assert [row.cells for row in table.rows] == [
        ["Matrikelnr.", "Name", "Ort"],
        ["0042", "Müller; Zoë", "Köln\r\nDeutz"],
        ["0043", "Łukasz"],
    ]
    assert [row.number for row in table.rows] == [1, 2, 4], "the line in which each begins"
    assert table.separator == ";"


def test_a_file_of_windows_is_read_as_such_and_another_encoding_can_be_chosen() -> None:
    western = "Name,Ort\nMüller,Köln\nŒuvre €,x\n".encode("cp1252")
    assert cells(western)[1:] == [["Müller", "Köln"], ["Œuvre €", "x"]]
    polish = "Imię,Nazwisko\nŁukasz,Wałęsa\n".encode("cp1250")
    assert cells(polish)[1] != ["Łukasz", "Wałęsa"]
    assert cells(polish, encoding="cp1250")[1] == ["Łukasz", "Wałęsa"]
    with pytest.raises(FileFault, match="not written in UTF-8"):
        cells(western, encoding="utf-8")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_even_where_others_stand_within_cells(separator: str) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter=separator).writerows(
        [["number", "name, given", "e;mail"]] + [["1", "a, b", "c;d|e"]] * 5
    )
    assert cells(file.getvalue().encode())[1] == ["1", "a, b", "c;d|e"]


def test_excels_own_line_about_the_separator_is_understood() -> None:
    table = read_table(b"sep=;\r\nnumber;name\r\n1;a,b,c,d\r\n")
    assert [(row.number, row.cells) for row in table.rows] == [(2, ["number", "name"]), (3, ["1", "a,b,c,d"])]


@pytest.mark.parametrize("cell", ['="0042"', "'0042", " 0042 "])
def test_leading_zeros_are_kept_however_a_program_guards_them(cell: str) -> None:
    file = io.StringIO()
    csv.writer(file).writerow([cell, "x"])
    assert cells(file.getvalue().encode()) == [["0042", "x"]]


@given(st.text(max_size=30))
@example("\x00")
@example(",\x00=1")
def test_what_our_exports_guard_is_read_as_what_it_was(text: str) -> None:
    assert unguarded(text_cell(text)) == text.replace("\x00", "")


def test_an_open_quotation_mark_is_a_fault_and_not_a_cell_of_half_the_file() -> None:
    with pytest.raises(FileFault, match="quotation mark"):
        cells(b'number,name\n1,"open\n' + b"2,somebody\n" * 500)


def test_a_spreadsheet_gives_what_it_shows() -> None:
    def format_cells(sheet: Any) -> None:
        sheet["A2"].number_format = "000000"
        sheet["A4"] = "0044"

    rows = (["number", "day", "time", "share"], [42, date(2026, 11, 27), time(9, 30), 0.5], [43, None, True], [None])
    found = cells(workbook(*rows, change=format_cells))
    assert found[1] == ["000042", date(2026, 11, 27), time(9, 30), "0.5"]
    assert found[2] == ["43", "", "yes"]
    assert found[3] == ["0044"]
    moment = workbook(["starts"], [datetime(2026, 11, 27, 9, 30)])  # noqa: DTZ001 - a spreadsheet knows no zones
    assert cells(moment)[1] == [datetime(2026, 11, 27, 9, 30)]  # noqa: DTZ001


def test_a_formula_counts_by_the_result_that_was_saved_and_one_without_is_a_fault() -> None:
    file = workbook(["number", "name"], ["1", '=A2&"x"'])
    with pytest.raises(FileFault, match="Cell B2 has a formula without a result"):
        cells(file)
    sheet = zipfile.ZipFile(io.BytesIO(file)).read("xl/worksheets/sheet1.xml").decode()
    saved = (
        sheet.replace("<v></v>", "<v>1x</v>").replace("<v />", "<v>1x</v>").replace('<c r="B2">', '<c r="B2" t="str">')
    )
    assert cells(with_part(file, "xl/worksheets/sheet1.xml", saved.encode()))[1] == ["1", "1x"]


def test_text_that_looks_like_a_formula_is_text() -> None:
    def as_text(sheet: Any) -> None:
        sheet["B2"].value, sheet["B2"].data_type = "=1+1", "s"

    assert cells(workbook(["number", "name"], ["1", "x"], change=as_text))[1] == ["1", "=1+1"]
    assert cells(b"number,name\n1,=1+1\n")[1] == ["1", "=1+1"]


def test_a_number_that_a_spreadsheet_has_rounded_is_a_fault() -> None:
    with pytest.raises(FileFault, match="A2 holds a number of 17 digits"):
        cells(workbook(["number"], [12345678901234567]))


def test_another_sheet_can_be_chosen_and_hidden_ones_are_not_offered() -> None:
    book = Workbook()
    book.active.title = "Old"
    book.active.sheet_state = "hidden"
    for title in ("Autumn", "Spring"):
        book.create_sheet(title).append([title])
    file = io.BytesIO()
    book.save(file)
    table = read_table(file.getvalue())
    assert (table.sheet, table.sheets) == ("Autumn", ["Autumn", "Spring"])
    assert cells(file.getvalue(), sheet="Spring") == [["Spring"]]


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
GOOD = workbook(["number", "name"], ["1", "a"])
HOSTILE = {
    "external entities": (with_part(GOOD, "xl/worksheets/sheet1.xml", DOCTYPE), "entities"),
    "entities in UTF-16": (with_part(GOOD, "xl/sharedStrings.xml", DOCTYPE.decode().encode("utf-16")), "entities"),
    "macros": (with_part(GOOD, "xl/vbaProject.bin", b"x"), "macros"),
    "cut off": (GOOD[: len(GOOD) // 2], "damaged"),
    "no sheet": (with_part(GOOD, "xl/workbook.xml", b"<a/>"), "no sheet"),
    "broken XML": (with_part(GOOD, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"), "damaged"),
    "another zip": (with_part(with_part(b"PK\x05\x06" + b"\0" * 18, "a.txt", b"x"), "b", b"x"), "no XLSX"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, r"old \.xls"),
    "many parts": (None, "parts"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0", "no text|encoding"),
    "nothing": (b"\r\n\r\n", "empty"),
    "commas alone": (b",,,\n,,,\n", "no row"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(name: str) -> None:
    content, words = HOSTILE[name]
    if content is None:
        file = io.BytesIO(GOOD)
        with zipfile.ZipFile(file, "a") as archive:
            for number in range(600):
                archive.writestr(f"xl/media/{number}.xml", b"")
        content = file.getvalue()
    with pytest.raises(FileFault, match=words) as refused:
        cells(content)
    assert "\n" not in str(refused.value)


def test_a_bomb_is_refused_before_it_has_swollen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_tables, "LARGEST_UNPACKED", 2_000_000)
    bomb = with_part(GOOD, "xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * 3_000_000)
    assert len(bomb) < 20_000
    with pytest.raises(FileFault, match="swells to more than 2 MB"):
        cells(bomb)


def test_too_many_bytes_rows_and_columns_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileFault, match="more than 100,000 rows"):
        cells(b"number\n" + b"1\n" * 100_002)
    with pytest.raises(FileFault, match="Row 1 has more than 100 columns"):
        cells(b",".join([b"a"] * 101))
    with pytest.raises(FileFault, match="columns"):
        cells(workbook(["a"], [*[None] * 16_000, "b"]))
    monkeypatch.setattr(reading_module, "LARGEST_BYTES", 1_000_000)
    with pytest.raises(FileFault, match="larger than 1 MB"):
        cells(b"x" * 1_000_001)


EMPTY_CELLS = "".join(f'<row r="{row}"><c r="ZZ{row}"/></row>' for row in range(3, 30)) + "</sheetData>"


@pytest.mark.parametrize(
    ("before", "after"), [('<row r="2"', '<row r="2000000000"'), ('r="B2"', 'r="ZZZ2"'), ("</sheetData>", EMPTY_CELLS)]
)
def test_a_small_workbook_makes_nobody_look_at_millions_of_empty_cells(
    monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    """Small files are read while the person waits: one kept a process of the portal busy for hours."""
    monkeypatch.setattr(xlsx_tables, "MOST_CELLS", 10_000)
    sheet = zipfile.ZipFile(io.BytesIO(GOOD)).read("xl/worksheets/sheet1.xml").decode()
    assert before in sheet
    with pytest.raises(FileFault, match="too large, or most of it is empty"):
        cells(with_part(GOOD, "xl/worksheets/sheet1.xml", sheet.replace(before, after).encode()))


def test_a_line_of_millions_of_cells_is_refused_as_soon_as_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr(csv_tables, "_clean", lambda cell: looked_at.append(cell) or cell)
    with pytest.raises(FileFault, match="more than 100 columns"):
        cells(b"a," * 100_000)
    assert len(looked_at) < 1000
    assert cells(b"number,name" + b"," * 100_000 + b"\n1,a\n") == [["number", "name"], ["1", "a"]]


def test_a_sheet_that_lies_about_its_size_is_read_as_it_is() -> None:
    sheet = zipfile.ZipFile(io.BytesIO(GOOD)).read("xl/worksheets/sheet1.xml").decode()
    for said in ("A1", "A1:XFD1048576"):
        lying = sheet.replace('ref="A1:B2"', f'ref="{said}"')
        assert lying != sheet or said == "A1:B2"
        assert cells(with_part(GOOD, "xl/worksheets/sheet1.xml", lying.encode())) == [["number", "name"], ["1", "a"]]
