"""Who read what: signed in, exported, looked at a student. Staff search it, and it is kept for as long as is said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Reading
from portal.web.configuration import number
from tests.environment import ROOT
from tests.fixtures.mariadb import MigratedMariaDB
from tests.portal.school import School, found_school

BACKEND = "django.contrib.auth.backends.ModelBackend"
Act = Reading.Act


@pytest.fixture
def school(db: None) -> School:
    return found_school()


def signed_in(account: Any) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.7")
    client.force_login(account, backend=BACKEND)
    Reading.objects.all()._raw_delete("default")
    return client


def readings() -> list[tuple[str, str, str]]:
    rows = Reading.objects.order_by("pk").values_list("act", "reader_name", "about")
    return [(str(act), name, about) for act, name, about in rows]


def test_a_sign_in_is_written_down_with_where_from_and_a_wrong_password_is_none(school: School) -> None:
    school.lecturer.set_password("quiet-harbour-lantern")
    school.lecturer.save()
    client = Client(REMOTE_ADDR="2001:db8:1:2:3:4:5:6")
    for password in ("wrong", "quiet-harbour-lantern"):
        client.post("/account/sign-in/", {"username": school.lecturer.email, "password": password})
    assert readings() == [("sign_in", school.lecturer.name, "")]
    found = Reading.objects.get()
    assert (found.address, found.reader_email) == ("2001:db8:1:2::/64", school.lecturer.email)


def test_an_export_is_written_down_with_what_it_held_before_a_byte_of_it_is_sent(school: School) -> None:
    lecturer, staff = signed_in(school.lecturer), signed_in(school.staff)
    answer = lecturer.get("/records.csv", {"course": str(school.course.pk)})
    assert readings() == [("export", school.lecturer.name, f"records course={school.course.pk}")]
    b"".join(answer.streaming_content)
    lecturer.head("/records.csv")
    lecturer.get("/records.csv", {"course": "nonsense"})
    assert len(readings()) == 1, "nothing was shown"
    assert lecturer.get("/term/export/students.csv").status_code in (403, 404)
    for form in ("csv", "xlsx"):
        answer = staff.get(f"/term/export/students.{form}")
        assert answer.status_code == 200
        b"".join(answer.streaming_content)
        answer.close()
    assert staff.get("/term/export/students.ods").status_code == 404
    assert [row[1:] for row in readings()[1:]] == [
        (school.staff.name, "all students, csv"),
        (school.staff.name, "all students, xlsx"),
    ]


def test_no_address_hands_out_a_file_that_is_not_written_down() -> None:
    """Each view that exports is one at a time; whatever else sends a file is known here to hold nobody's data."""
    sources = [path for path in (ROOT / "portal").rglob("*.py") if "attachment" in path.read_text("utf-8")]
    assert {str(path.relative_to(ROOT)) for path in sources} == {
        "portal/lecturer/views/board.py",
        "portal/lecturer/views/exports.py",
        "portal/lecturer/views/records_export.py",
        "portal/office/views/export.py",
        "portal/office/views/imports.py",
    }
    for path in sources:
        text = path.read_text("utf-8")
        assert text.count("@one_export_at_a_time") == text.count("note_export("), path


def test_what_a_command_exports_is_written_down_too(school: School, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export", "students", "-")
    assert "0042" in capsys.readouterr().out
    assert readings() == [("export", "", "all students, by rollcall-manage")]


def test_whoever_looks_at_a_student_is_found_by_staff_by_the_student_and_by_the_reader(school: School) -> None:
    staff, student = signed_in(school.staff), school.students[0]
    page = f"/admin/attendance/student/{student.pk}/"
    for path in ("change/", "history/", "delete/"):
        assert staff.get(page + path).status_code == 200
    assert set(readings()) == {("student", school.staff.name, str(student))}
    assert Reading.objects.filter(act=Act.STUDENT, row_id=student.pk).count() == 3
    for asked, is_found in ((student.number, True), (school.staff.email, True), ("somebody else", False)):
        listed = staff.get("/admin/accounts/reading/", {"q": asked})
        assert listed.status_code == 200
        assert (str(student) in listed.text) == is_found, asked
    row = Reading.objects.latest("pk")
    assert staff.get(f"/admin/accounts/reading/{row.pk}/change/").status_code == 200
    assert staff.post(f"/admin/accounts/reading/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert signed_in(school.lecturer).get("/admin/accounts/reading/").status_code in (302, 403, 404)


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/students/{}/office/", {}),
        ("/students/{}/courses/", {"course": "NONE 1"}),
        ("/admin/attendance/student/{}/change/", {}),
        ("/admin/attendance/student/{}/delete/", {}),
    ],
)
def test_a_student_who_is_shown_beside_a_refused_form_is_written_down_as_well(
    school: School, address: str, form: dict[str, str]
) -> None:
    """Else staff could read every student by forms that they know to be wrong, and stand nowhere."""
    staff, student = signed_in(school.staff), school.students[0]
    answer = staff.post(address.format(student.pk), form)
    assert answer.status_code in (200, 422)
    assert student.full_name in answer.text
    assert readings() == [("student", school.staff.name, str(student))]


def test_a_reading_stays_as_it_is_when_its_account_is_renamed_or_goes(school: School) -> None:
    signed_in(school.other).get("/records.csv").close()
    name = school.other.name
    school.other.name = "Somebody Else"
    school.other.save()
    assert readings() == [("export", name, "records")]
    school.other.delete()
    assert readings() == [("export", name, "records")]
    assert signed_in(school.staff).get("/admin/accounts/reading/").status_code == 200
    row = Reading(act=Act.EXPORT)
    row.save()
    for change in (row.save, row.delete, Reading.objects.all().delete, lambda: Reading.objects.update(about="")):
        with pytest.raises(TypeError, match="append-only"):
            change()


def test_what_is_older_than_the_institution_says_is_deleted_each_night(school: School, settings: Any) -> None:
    settings.READINGS_DAYS = 60
    for days in (59, 61, 400):
        Reading.objects.create(act=Act.SIGN_IN, about=str(days), read_at=timezone.now() - timedelta(days=days))
    call_command("clearsessions")
    assert [about for _, _, about in readings()] == ["59"]


@pytest.mark.parametrize("said", ["29", "0", "-1", "x", "9" * 12, ""])
def test_fewer_days_than_the_database_keeps_them_are_refused(said: str) -> None:
    environ = {"ROLLCALL_READINGS_DAYS": said} if said else {}
    if not said:
        assert number("ROLLCALL_READINGS_DAYS", 365, environ, least=30) == 365
        return
    with pytest.raises(ImproperlyConfigured, match="expected a whole number such as 365, 30 at least"):
        number("ROLLCALL_READINGS_DAYS", 365, environ, least=30)


def test_with_its_shipped_rights_the_portal_writes_readings_and_deletes_old_ones(
    portal_on_mariadb: MigratedMariaDB,
) -> None:
    school = found_school()
    signed_in_here = Client()
    signed_in_here.force_login(school.lecturer, backend=BACKEND)
    b"".join(signed_in_here.get("/records.csv").streaming_content)
    Reading.objects.create(act=Act.SIGN_IN, read_at=timezone.now() - timedelta(days=800))
    call_command("clearsessions")
    assert [act for act, _, _ in readings()] == ["sign_in", "export"]
