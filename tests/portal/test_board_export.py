"""The exam board's file: it says what the grid says, every text is a text, and a changed file is found out."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from portal.accounts.models import Reading
from portal.attendance.models import BoardExport, CourseRules, Mark, RosterEntry, Student
from portal.lecturer.board import fonts
from portal.web.seals import seal_workbook
from tests.fixtures.parts import part_missing, program
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

FORMULA = '=HYPERLINK("http://evil.example","Anna")'
NAMES = (FORMULA, "محمد عبد الله", "李小龍", "Ольга Петрова")


@pytest.fixture
def school(client: Client) -> School:
    """Two class sessions; in each somebody is present, late, absent and not observed, and a formula has a name."""
    school = found_school(timezone.now() - timedelta(days=60))
    school.session.delete()
    for student, name in zip(school.students, NAMES, strict=True):
        Student.objects.filter(pk=student.pk).update(full_name=name)
    CourseRules.objects.create(course=school.course, late_percent=50, threshold_percent=60)
    for days in (20, 13):
        start = timezone.now() - timedelta(days=days)
        session = school.meet(start, closed_at=start + timedelta(hours=2))
        for student, status in zip(school.students, ("present", "late", "absent", "unseen"), strict=True):
            by: dict[str, Any] = {"source": "lecturer", "marked_by": school.lecturer, "note": "seen"}
            if status in ("absent", "unseen"):
                by = {"source": "closing", "because": "blind" if status == "unseen" else ""}
            Mark.objects.create(session=session, student=student, status=status, **by)
    client.force_login(school.lecturer)
    return school


def export(client: Client, school: School, form: str, folder: Path) -> Path:
    answer = client.get(f"/courses/{school.course.pk}/board.{form}")
    assert answer.status_code == 200, answer.headers
    path = folder / f"board.{form}"
    path.write_bytes(answer.content)
    return path


def verified(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    call_command("verify", str(path))
    return capsys.readouterr().out


def refused(path: Path) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("verify", str(path))
    return str(caught.value)


def test_the_workbook_says_what_the_grid_says_and_every_text_is_a_text(
    client: Client, school: School, tmp_path: Path
) -> None:
    book = load_workbook(export(client, school, "xlsx", tmp_path))
    sheet, about = book["Attendance"], dict(book["About"].iter_rows(values_only=True))
    assert sheet.freeze_panes == "C2"
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=2, max_row=5)}
    assert [cell.value for cell in rows["0042"]] == ["0042", FORMULA, 100, "no", 2, 0, 0, 0, 0, 0, "P", "P"]
    assert [cell.value for cell in rows["S1001"]][2:6] == [50, "yes", 0, 2]
    assert [cell.value for cell in rows["S1003"]][2:] == [None, "no", 0, 0, 0, 0, 2, 0, "·", "·"]
    assert (rows["0042"][1].data_type, rows["0042"][0].number_format) == ("s", "@")
    assert all(sheet.column_dimensions[letter].width > 5 for letter in "ABCK")
    assert about["Threshold"] == "60 %"
    assert about["Late"] == "counts 50 % of a class session"
    made = BoardExport.objects.get()
    assert (about["Reference"], about["Digest"]) == (made.reference, made.digest)
    assert (made.students, made.sessions, made.made_by, made.course) == (4, 2, school.lecturer, school.course)
    assert f"reference {made.reference}" in Reading.objects.get(act="export").about


@pytest.mark.parametrize("form", ["pdf", "xlsx"])
def test_a_file_is_known_again_and_one_that_was_changed_by_a_byte_is_told(
    client: Client, school: School, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    path = export(client, school, form, tmp_path)
    said = verified(path, capsys)
    assert "CSC 301 Operating Systems" in said
    assert "by Ama Adjei (adjei@uni.example)" in said
    assert "is as it was made" in said
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert "NOT as it was made" in refused(path)
    path.write_bytes(bytes(content[:-10]))
    assert "has no seal" in refused(path)


def test_a_cell_that_was_changed_and_a_seal_of_another_key_or_of_no_export_are_refused(
    client: Client, school: School, tmp_path: Path, settings: Any
) -> None:
    path = export(client, school, "xlsx", tmp_path)
    made, forged = BoardExport.objects.get(), tmp_path / "forged.xlsx"
    book = load_workbook(path)
    book["Attendance"]["C2"] = 99
    book.save(forged)
    assert "has no seal" in refused(forged), "a spreadsheet writes another file"
    forged.write_bytes(seal_workbook(forged.read_bytes(), "0" * 12))
    assert "database knows no such export" in refused(forged), "who has the key alone"
    settings.SECRET_KEY = "somebody else's"
    book.save(forged)
    forged.write_bytes(seal_workbook(forged.read_bytes(), made.reference))
    assert "NOT as it was made" in refused(forged), "who has neither"


def test_an_earlier_key_still_vouches_for_a_file_and_without_it_the_database_does_alone(
    client: Client, school: School, tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    path = export(client, school, "pdf", tmp_path)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a newer one", [settings.SECRET_KEY]
    assert "alone" not in verified(path, capsys)
    settings.SECRET_KEY_FALLBACKS = []
    assert "The database vouches for it alone" in verified(path, capsys)


def test_the_pdf_numbers_its_pages_repeats_its_heads_and_prints_names_of_any_script(
    client: Client, school: School, tmp_path: Path
) -> None:
    crowd = Student.objects.bulk_create(Student(number=f"C{each:03}", full_name=f"Person {each}") for each in range(60))
    RosterEntry.objects.bulk_create(RosterEntry(course=school.course, student=each) for each in crowd)
    path = export(client, school, "pdf", tmp_path)
    printed = subprocess.run([program("pdftotext"), "-layout", path, "-"], check=True, capture_output=True, text=True)
    pages = printed.stdout.removesuffix("\f").split("\f")
    assert len(pages) == 5
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of 5" in page
        assert page.count("Number") == 1
    assert BoardExport.objects.get().digest in pages[0]
    assert FORMULA.split(",")[0] in printed.stdout
    assert "Ольга Петрова" in printed.stdout
    if not any(list(folder.rglob("DroidSansFallbackFull.ttf")) for folder in fonts.FOLDERS):
        part_missing("The package fonts-droid-fallback is not installed.")
    assert "李小龍" in printed.stdout
    assert "no font for some letters" not in printed.stdout


def test_a_pdf_is_written_without_the_library_that_reads_pictures() -> None:
    program = "import sys; sys.modules['PIL'] = None; import portal.lecturer.board.pages"
    said = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")


def test_without_fonts_the_workbook_is_offered(
    client: Client, school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "FOLDERS", (tmp_path,))
    answer = client.get(f"/courses/{school.course.pk}/board.pdf", follow=True)
    assert "Take the XLSX file" in answer.text
    assert f'href="/courses/{school.course.pk}/board.xlsx"' in answer.text
    assert not BoardExport.objects.exists()
