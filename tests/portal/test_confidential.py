"""Reasons of a confidential kind: everybody reads that they are, and few what they say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from portal.accounts.models import Account, OfficialChange
from portal.attendance.models import ConfidentialKind, ConfidentialReason, Excuse, Mark, MarkChange
from portal.attendance.services.correction import correct_mark, undo_word
from portal.attendance.services.excuses import enter_excuses
from portal.attendance.services.roll_call import Wish, mark_each
from tests.portal.school import School, found_school

SECRET = "Medical note: a secret illness"

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> School:
    found = found_school()
    ConfidentialKind.objects.create(name="Medical note")
    found.see(found.students[1])
    return found


@pytest.fixture
def colleague(school: School) -> Account:
    account = Account.objects.create_user("colleague@uni.example", name="Col League")
    school.course.lecturers.add(account)
    return account


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def pages_of(school: School, account: Account) -> dict[str, str]:
    """All that says something of the first student's mark, or of the excuse, as the account reads it."""
    client, student = signed_in(account), school.students[0]
    session = f"/sessions/{school.session.pk}/"
    addresses = [session, f"{session}students/{student.pk}/", f"/students/{student.pk}/", "/excuses/?show=past"]
    addresses += ["/excuses/", "/changes/", "/records/", "/records.csv", "/exceptions/"]
    if account.is_staff:
        mark = Mark.objects.get(session=school.session, student=student)
        addresses += [f"/admin/attendance/mark/{mark.pk}/change/", "/admin/attendance/markchange/"]
        addresses += ["/admin/accounts/officialchange/"] if account.is_superuser else []
    found = {}
    for address in addresses:
        answer: Any = client.get(address)
        assert answer.status_code == 200, address
        found[address] = answer.getvalue().decode() if answer.streaming else answer.text
    return found


def test_nobody_reads_it_but_its_author_and_who_has_the_right(school: School, colleague: Account) -> None:
    student, day = school.students[0], school.session.day
    correct_mark(school.session, student, "excused", SECRET, school.lecturer)
    excuse = Excuse(student=student, course=school.course, first_day=day, last_day=day, reason=SECRET)
    enter_excuses([excuse], school.lecturer)
    root = Account.objects.create_superuser("root@uni.example", name="Rita Root")
    for reader in (colleague, school.staff, root):
        pages = pages_of(school, reader)
        assert [address for address, text in pages.items() if "secret illness" in text] == []
        assert "Confidential" in pages[f"/sessions/{school.session.pk}/"]
        assert "Confidential" in pages["/records.csv"]
    for reader in (school.lecturer, colleague):
        Account.objects.filter(pk=colleague.pk).update(reads_confidential=True)
        reader.refresh_from_db()
        pages = pages_of(school, reader)
        own = [f"/sessions/{school.session.pk}/students/{student.pk}/", f"/students/{student.pk}/"]
        assert all(SECRET in pages[address] for address in own)
        assert "secret illness" not in pages["/records.csv"], "a file goes on to others"
        assert any(SECRET in text for address, text in pages.items() if address.startswith("/excuses/"))
    assert not any("secret illness" in each.body for each in mail.outbox)
    assert not any("secret illness" in f"{each.old}{each.new}{each.row_name}" for each in OfficialChange.objects.all())


@pytest.mark.parametrize(
    ("typed", "is_hidden"),
    [
        ("Medical note", True),
        ("medical NOTE, flu", True),
        ("Medical notes were lost", False),
        ("No medical note", False),
        ("", False),
    ],
)
def test_a_reason_is_confidential_that_begins_with_the_kinds_word(school: School, typed: str, is_hidden: bool) -> None:
    student = school.students[0]
    mark_each(school.session, [Wish(student.pk, "excused", 0)], typed, school.lecturer)
    change = MarkChange.objects.get(student=student, changed_by=school.lecturer)
    mark = Mark.objects.get(session=school.session, student=student)
    assert (change.reason, mark.note) == (("Confidential",) * 2 if is_hidden else (typed,) * 2)
    assert [each.text for each in ConfidentialReason.objects.all()] == ([typed] if is_hidden else [])


def test_what_is_sent_twice_is_kept_once_and_another_text_is_a_word_of_its_own(school: School) -> None:
    student = school.students[0]

    def say(text: str, shown: int) -> int:
        (outcome,) = mark_each(school.session, [Wish(student.pk, "excused", shown)], text, school.lecturer)
        assert outcome.latest and not outcome.is_refused
        return outcome.latest.pk

    first = say(SECRET, 0)
    assert say(SECRET, 0) == first
    assert say(SECRET, first) == first
    assert say("Medical note: another", first) != first
    assert [each.text for each in ConfidentialReason.objects.order_by("pk")] == [SECRET, "Medical note: another"]


def test_an_excuse_is_entered_once_and_with_another_text_once_more(school: School) -> None:
    def enter(text: str) -> None:
        day = school.session.day + timedelta(days=9)
        values = {"student": school.students[0], "course": school.course, "first_day": day, "last_day": day}
        enter_excuses([Excuse(**values, reason=text)], school.lecturer)

    for text in (SECRET, SECRET, "Medical note: another"):
        enter(text)
    assert Excuse.objects.count() == ConfidentialReason.objects.count() == 2


def test_the_history_holds_when_a_word_is_taken_back_and_the_kind_is_gone(school: School) -> None:
    student = school.students[0]
    correct_mark(school.session, student, "excused", SECRET, school.lecturer)
    undo_word(school.session, student, school.lecturer)
    ConfidentialKind.objects.all().delete()
    page = signed_in(school.staff).get(f"/sessions/{school.session.pk}/students/{student.pk}/").text
    assert "Confidential" in page
    assert "secret illness" not in page


def test_the_pages_say_which_kinds_are_confidential(school: School) -> None:
    ConfidentialKind.objects.create(name="Family matter")
    client = signed_in(school.lecturer)
    register = client.get(f"/sessions/{school.session.pk}/").text
    assert 'value="Family matter"' in register
    page = client.get(f"/sessions/{school.session.pk}/students/{school.students[0].pk}/").text
    for text in (register, page):
        assert "Besides you only those read it who may:" in text


def test_an_administrator_gives_the_right_and_it_stands_in_the_trail(school: School) -> None:
    root = Account.objects.create_superuser("root@uni.example", name="Rita Root")
    form = {"name": "Ada", "email": school.lecturer.email, "role": "lecturer", "is_active": "on"}
    client = signed_in(root)
    page = client.get(f"/people/{school.lecturer.pk}/")
    shown = {"shown": page.context["form"]["shown"].value()}
    client.post(f"/people/{school.lecturer.pk}/", form | shown | {"reads_confidential": "on"})
    school.lecturer.refresh_from_db()
    assert school.lecturer.reads_confidential
    assert OfficialChange.objects.get(field="reads_confidential").changed_by == root
