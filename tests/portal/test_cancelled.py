"""A cancelled class session says so, and nobody is marked in it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from portal.attendance.models import Evidence, Mark, MarkChange, Student
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.timetable import change_session
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db

SCRIPT = {"Rollcall-Shown": ""}


@pytest.fixture
def school(client: Client, monkeypatch: pytest.MonkeyPatch) -> School:
    """It is half past nine; the lecturer said something of the first student, and a wrong clock saw the third."""
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=30))
    school = found_school(NINE)
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    correct_mark(school.session, school.students[0], "late", "the bus", school.lecturer)
    school.notice(school.students[2], is_confirmed=False)
    return school


def cancel(client: Client, school: School) -> None:
    client.post(f"/sessions/{school.session.pk}/cancel/", {"cancelled": "1", "shown": "0"})


def words(page: str) -> str:
    """What a reader of the page sees."""
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", page).split()))


def test_a_cancelled_register_says_who_cancelled_it_and_when_and_offers_nothing_to_mark(
    client: Client, school: School
) -> None:
    register = f"/sessions/{school.session.pk}/"
    student = f"{register}students/{school.students[2].pk}/"
    offers = (
        'name="mark"',
        'id="marks"',
        'class="undo" form="act"',
        "Add a guest",
        "Find, or add a guest",
        'name="status"',
        'id="confirm"',
    )
    pages = [register, f"{register}?by=hand", f"{register}?q=nobody", student]
    before = "".join(client.get(page).text for page in pages)
    assert [each for each in offers if each not in before] == []
    cancel(client, school)
    for page in pages:
        answer = client.get(page).text
        assert "This class session is cancelled." in answer
        assert "Dr Ama Adjei cancelled it on 23 November 2026, 09:30." in words(answer)
        assert [each for each in offers if each in answer] == [], page


def test_a_class_session_that_came_cancelled_into_the_timetable_or_was_called_off_by_a_program_names_nobody(
    client: Client, school: School
) -> None:
    register = f"/sessions/{school.session.pk}/"
    change_session(school.session, is_cancelled=True)
    page = words(client.get(register).text)
    assert "This class session is cancelled. It was cancelled on" in page
    came = school.meet(NINE + timedelta(days=1), is_cancelled=True)
    page = words(client.get(f"/sessions/{came.pk}/").text)
    assert "This class session is cancelled. Nobody can be marked" in page


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("marks/", {"mark": "{student}:present:0"}),
        ("rest/", {"rest": "absent"}),
        ("several/", {"who": "{number}", "status": "present", "reason": "seen"}),
        ("students/{student}/", {"status": "present", "reason": "seen", "shown": "0"}),
        ("students/{noticed}/confirm/", {}),
        ("guests/", {"number": "{guest}"}),
        ("check/", {"rest": "absent"}),
    ],
)
@pytest.mark.parametrize("headers", [{}, SCRIPT])
def test_nobody_is_marked_in_a_cancelled_class_session_whatever_is_sent(
    client: Client, school: School, path: str, fields: dict[str, str], headers: dict[str, str]
) -> None:
    guest = Student.objects.create(number="9999", full_name="Gus Guest")
    student = school.students[1]
    names = {
        "student": student.pk,
        "number": student.number,
        "noticed": school.students[2].pk,
        "guest": guest.number,
    }
    author = re.search(r'name="author" value="(.*?)"', client.get(f"/sessions/{school.session.pk}/").text)
    assert author
    cancel(client, school)
    before = list(MarkChange.objects.values_list("pk")), list(Mark.objects.values_list("student", "status"))
    form = {key: value.format(**names) for key, value in fields.items()} | {"author": author[1]}
    answer = client.post(f"/sessions/{school.session.pk}/{path.format(**names)}", form, headers=headers)
    assert answer.status_code in (302, 422)
    if answer.status_code == 302:
        assert "This class session is cancelled." in client.get(answer["Location"]).text
    assert (list(MarkChange.objects.values_list("pk")), list(Mark.objects.values_list("student", "status"))) == before
    assert not Evidence.objects.filter(is_confirmed=True).exists()
