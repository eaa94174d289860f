"""A row of somebody who is not on the roster, of whom nothing is said: a guest taken back, or one who has left."""

from __future__ import annotations

import csv
import re
from html import unescape

import pytest
from django.test import Client

from portal.attendance.models import Mark, RosterEntry, Student
from portal.attendance.services.closing import close_session
from portal.attendance.services.correction import correct_mark, undo_word
from portal.attendance.services.rosters import apply_roster_to_held_sessions
from portal.attendance.services.timetable import change_session
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(client: Client) -> School:
    """Three are absent; a guest was marked and taken back, and Bilal has left, for the closed register too."""
    school = found_school()
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    school.enrol()
    school.watch()
    close_session(school.session)
    guest = Student.objects.create(number="G1", full_name="Gil Guest")
    correct_mark(school.session, guest, "present", "sat in", school.lecturer)
    undo_word(school.session, guest, school.lecturer)
    bilal = school.students[3]
    RosterEntry.objects.filter(student=bilal).delete()
    apply_roster_to_held_sessions(school.course, [bilal])
    assert set(Mark.objects.filter(on_roster=False).values_list("status", flat=True)) == {"expected"}
    return school


def words(page: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", page).split()))


def groups(page: str) -> str:
    return " ".join(words(found) for found in re.findall(r'<nav class="groups".*?</nav>', page, re.DOTALL))


def test_the_register_says_that_they_are_not_on_the_roster_and_counts_them_nowhere(
    client: Client, school: School
) -> None:
    page = client.get(f"/sessions/{school.session.pk}/").text
    assert groups(page) == "Absent 3 Everyone 3 Missing first"
    for name in ("Gil Guest", "Bilal Haddad"):
        row = re.search(rf"<li class=\"row\"[^>]*>(?:(?!</li>).)*{name}.*?</li>", page, re.DOTALL)
        assert row
        assert "Not on the roster" in words(row[0])
        assert "Expected" not in words(row[0])
    assert "0 of 3 were here" in words(page)


def test_the_students_page_says_so_and_why(client: Client, school: School) -> None:
    guest = Student.objects.get(number="G1")
    page = words(client.get(f"/sessions/{school.session.pk}/students/{guest.pk}/").text)
    assert "Nobody has set a status that is in force, and no camera has surely seen this student." in page
    assert "This student was not on the roster of that day, so the row does not count." in page
    assert "Present → Not on the roster" in page
    assert "xpected" not in page


def test_the_records_say_so_and_no_group_counts_them(client: Client, school: School) -> None:
    page = client.get("/records/").text
    assert "5 marks" in groups(page)
    assert "Expected 0" in groups(page)
    assert "Absent 3" in groups(page)
    assert words(page).count("Not on the roster") == 2
    assert "Gil" not in client.get("/records/?status=expected").text
    assert "0 marks" in groups(client.get("/records/?status=expected").text)


def test_the_export_says_so_and_counts_its_lines(client: Client, school: School) -> None:
    lines = b"".join(client.get("/records.csv").streaming_content).decode("utf-8-sig").splitlines()
    assert lines[-1].startswith('"# complete: 5 rows"')
    rows = {row["student"]: (row["status"], row["on roster"]) for row in csv.DictReader(lines[:-1])}
    assert rows["Gil Guest"] == rows["Bilal Haddad"] == ("not on the roster", "no")
    assert rows["Grace Hopper"] == ("absent", "yes")


def test_a_message_never_says_that_a_guest_is_expected(client: Client, school: School) -> None:
    guest = Student.objects.get(number="G1")
    correct_mark(school.session, guest, "late", "came after all", school.lecturer)
    answer = client.post(f"/sessions/{school.session.pk}/students/{guest.pk}/undo/", follow=True)
    assert "Taken back: Gil Guest is not on the roster." in words(answer.text)


def test_in_a_cancelled_class_session_nobody_is_expected(client: Client, school: School) -> None:
    change_session(school.session, is_cancelled=True)
    page = words(client.get(f"/sessions/{school.session.pk}/").text)
    assert "Not held" in page
    assert "Expected" not in page
