"""Pages of the admin that somebody opened before a colleague saved the same row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from portal.accounts.admin import AccountAdmin
from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Course, Room, RoomCamera, RosterEntry, Student
from tests.portal.admin.pages import NINE

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)

Sent = dict[str, list[str]]


class Fields(HTMLParser):
    """What a browser would send of a page's form, as it stands."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: Sent = {}
        self._select = self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self._add(self._select, given.get("value"))
        elif tag == "textarea":
            self._text = name
        elif tag == "input" and given.get("type") not in ("submit", "checkbox"):
            self._add(name, given.get("value"))
        elif tag == "input" and given.get("type") == "checkbox" and "checked" in given:
            self._add(name, given.get("value") or "on")

    def handle_data(self, data: str) -> None:
        if self._text:
            self._add(self._text, data.strip())
            self._text = ""

    def _add(self, name: str, value: str | None) -> None:
        if name and name != "csrfmiddlewaretoken" and "__prefix__" not in name:
            self.sent.setdefault(name, []).append(value or "")


def page_of(row: Model) -> str:
    return reverse(f"admin:attendance_{row._meta.model_name}_change", args=[row.pk])


def opened(client: Client, row: Model) -> Sent:
    return Fields(client.get(page_of(row)).text).sent


@pytest.fixture
def session() -> ClassSession:
    course, room = Course.objects.create(code="MATH 1", title="Analysis"), Room.objects.create(name="Hall 1")
    room.time_zone = "Europe/Berlin"
    room.save()
    return ClassSession.objects.create(course=course, room=room, starts_at=NINE, ends_at=NINE + HOUR)


def test_a_class_session_that_a_colleague_moved_is_not_moved_back_by_an_older_page(
    client: Client, staff: Account, session: ClassSession
) -> None:
    older = opened(client, session)
    newer = older | {"starts_at_1": ["12:00:00"], "ends_at_1": ["13:30:00"]}
    assert client.post(page_of(session), newer).status_code == 302

    answer = client.post(page_of(session), older | {"late_after_minutes": ["5"]})
    assert answer.status_code == 200
    assert "Nothing was saved. Somebody else has changed this meanwhile" in answer.text
    assert "Starts at is now 2026-03-02 12:00; Ends at is now 2026-03-02 13:30" in answer.text
    session.refresh_from_db()
    assert (session.starts_at, session.late_after_minutes) == (datetime(2026, 3, 2, 11, tzinfo=UTC), 15)

    shown = Fields(answer.text).sent
    assert (shown["starts_at_1"], shown["ends_at_1"]) == (["12:00:00"], ["13:30:00"])
    assert shown["late_after_minutes"] == ["5"]
    assert client.post(page_of(session), shown).status_code == 302
    session.refresh_from_db()
    assert (session.starts_at, session.late_after_minutes) == (datetime(2026, 3, 2, 11, tzinfo=UTC), 5)


def test_what_both_have_changed_stays_as_it_was_typed_until_it_is_saved_again(
    client: Client, staff: Account, session: ClassSession
) -> None:
    older = opened(client, session)
    ClassSession.objects.filter(pk=session.pk).update(late_after_minutes=20)
    answer = client.post(page_of(session), older | {"late_after_minutes": ["5"]})
    assert "is now 20" in answer.text
    shown = Fields(answer.text).sent
    assert shown["late_after_minutes"] == ["5"]
    assert client.post(page_of(session), shown).status_code == 302
    session.refresh_from_db()
    assert session.late_after_minutes == 5


def test_a_page_on_which_nothing_was_changed_puts_nothing_back(
    client: Client, staff: Account, session: ClassSession
) -> None:
    older = opened(client, session)
    ClassSession.objects.filter(pk=session.pk).update(is_cancelled=True, late_after_minutes=20)
    assert client.post(page_of(session), older).status_code == 302
    session.refresh_from_db()
    assert (session.is_cancelled, session.late_after_minutes) == (True, 20)


def course_of(session: ClassSession) -> Model:
    session.course.lecturers.add(Account.objects.create_user("adjei@example.org", name="Ama Adjei"))
    return session.course


def change_course(course: Model) -> None:
    assert isinstance(course, Course)
    Course.objects.filter(pk=course.pk).update(least_coverage_percent=60)
    course.lecturers.set([Account.objects.create_user("byron@example.org", name="Ada Byron")])


def change_room(room: Model) -> None:
    Room.objects.filter(pk=room.pk).update(each_camera_sees_all=True)


def change_student(student: Model) -> None:
    Student.objects.filter(pk=student.pk).update(is_active=False, full_name="Grace Brewster Hopper")


@pytest.mark.parametrize(
    ("find", "change", "typed", "told"),
    [
        (
            course_of,
            change_course,
            {"title": "Analysis 1"},
            ["Least coverage in percent is now 60", "is now Ada Byron"],
        ),
        (lambda session: session.room, change_room, {"name": "Hall 2"}, ["Each camera sees all of it is now yes"]),
        (
            lambda _: Student.objects.create(number="007", full_name="Grace Hopper"),
            change_student,
            {"email": "g@example.org"},
            ["Full name is now Grace Brewster Hopper", "Studies here is now no"],
        ),
    ],
    ids=["course", "room", "student"],
)
def test_no_page_puts_back_what_a_colleague_has_changed(
    client: Client,
    staff: Account,
    session: ClassSession,
    find: Callable[[ClassSession], Model],
    change: Callable[[Model], None],
    typed: dict[str, str],
    told: list[str],
) -> None:
    row = find(session)
    older = opened(client, row)
    change(row)
    row.refresh_from_db()
    before = opened(client, row)
    answer = client.post(page_of(row), older | {name: [value] for name, value in typed.items()})
    assert all(words in answer.text for words in told), answer.text
    assert opened(client, row) == before
    shown = Fields(answer.text).sent
    assert shown == before | {name: [value] for name, value in typed.items()}
    assert client.post(page_of(row), shown).status_code == 302
    after = opened(client, row)
    assert {name: after[name] for name in after if not name.endswith("shown")} == {
        name: shown[name] for name in shown if not name.endswith("shown")
    }


@pytest.fixture
def member(session: ClassSession) -> RosterEntry:
    student = Student.objects.create(number="007", full_name="Grace Hopper")
    return RosterEntry.objects.create(course=session.course, student=student)


def test_a_membership_that_a_colleague_ended_is_not_opened_again_by_an_older_page(
    client: Client, staff: Account, member: RosterEntry
) -> None:
    older = opened(client, member.course)
    RosterEntry.objects.filter(pk=member.pk).update(until=date(2026, 5, 1))
    answer = client.post(page_of(member.course), older | {"title": ["Analysis 1"]})
    assert answer.status_code == 302, "what concerns another row is saved"
    member.refresh_from_db()
    assert member.until == date(2026, 5, 1)
    assert member.course.title == "Analysis 1"

    answer = client.post(page_of(member.course), older | {"roster-0-since": ["2026-01-01"], "title": ["Analysis 1"]})
    assert "Until is now 2026-05-01" in answer.text
    member.refresh_from_db()
    assert (member.since, member.until) == (None, date(2026, 5, 1))


def test_a_camera_that_a_colleague_ended_is_not_put_back_by_an_older_page(
    client: Client, staff: Account, session: ClassSession
) -> None:
    camera = RoomCamera.objects.create(room=session.room, camera_name="front", since=NINE)
    older = opened(client, session.room)
    RoomCamera.objects.filter(pk=camera.pk).update(until=NINE + HOUR)
    assert client.post(page_of(session.room), older | {"name": ["Hall 2"]}).status_code == 302
    camera.refresh_from_db()
    assert camera.until == NINE + HOUR
    assert Room.objects.get().name == "Hall 2"


def test_what_a_form_cannot_show_of_a_row_is_not_taken_for_a_change(
    client: Client, staff: Account, session: ClassSession
) -> None:
    """Rows that came from elsewhere: a text with blanks around it, a time with parts of a second."""
    student = Student.objects.create(number="S1", full_name=" Ann Lee ", email="old@uni.example")
    older = opened(client, student)
    Student.objects.filter(pk=student.pk).update(email="new@uni.example")
    assert client.post(page_of(student), older).status_code == 302
    student.refresh_from_db()
    assert student.email == "new@uni.example"

    ClassSession.objects.filter(pk=session.pk).update(starts_at=NINE + timedelta(microseconds=400))
    older = opened(client, session)
    ClassSession.objects.filter(pk=session.pk).update(late_after_minutes=20)
    assert client.post(page_of(session), older).status_code == 302
    session.refresh_from_db()
    assert session.late_after_minutes == 20


def test_a_page_whose_hidden_part_is_spoilt_is_answered(client: Client, staff: Account, session: ClassSession) -> None:
    for spoilt in ("{", "[" * 100_000, "null", '{"late_after_minutes": {"a": 1}}'):
        answer = client.post(page_of(session), opened(client, session) | {"shown": [spoilt]})
        assert answer.status_code in (200, 302)


@pytest.mark.parametrize("kind", [Course, Student])
def test_a_page_with_a_membership_that_a_colleague_took_away_says_why_nothing_is_saved(
    client: Client, staff: Account, session: ClassSession, kind: type[Course] | type[Student]
) -> None:
    course, student = session.course, Student.objects.create(number="S1", full_name="Ann Lee")
    entry = RosterEntry.objects.create(course=course, student=student)
    row, name = (course, "title") if kind is Course else (student, "full_name")
    older = opened(client, row)
    entry.delete()
    answer = client.post(page_of(row), older | {name: ["Other"]})
    assert answer.status_code == 200
    assert "Somebody else has taken away one of these rows meanwhile: open this page again." in answer.text
    assert not kind.objects.filter(**{name: "Other"}).exists()
    assert client.post(page_of(row), opened(client, row) | {name: ["Other"]}).status_code == 302
    assert not RosterEntry.objects.exists()


def test_rights_that_a_colleague_has_taken_away_are_not_given_back_by_an_older_page(
    client: Client, administrator: Account
) -> None:
    account = Account.objects.create_user("adjei@example.org", name="Ama Adjei", is_staff=True)
    page = reverse("admin:accounts_account_change", args=[account.pk])
    older = Fields(client.get(page).text).sent
    Account.objects.filter(pk=account.pk).update(is_staff=False, is_active=False)

    answer = client.post(page, older | {"department": ["Physics"]})
    assert "May sign in is now no; Staff is now no" in answer.text
    account.refresh_from_db()
    assert (account.is_staff, account.is_active, account.department) == (False, False, "")

    shown = Fields(answer.text).sent
    assert shown["department"] == ["Physics"]
    assert not shown.keys() & {"is_staff", "is_active"}
    assert client.post(page, shown).status_code == 302
    account.refresh_from_db()
    assert (account.is_staff, account.is_active, account.department) == (False, False, "Physics")


def test_a_password_set_while_an_administrator_saves_the_account_stays(
    client: Client, administrator: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account.objects.create_user("adjei@example.org", name="Ama Adjei")
    page = reverse("admin:accounts_account_change", args=[account.pk])
    sent = Fields(client.get(page).text).sent | {"department": ["Physics"]}
    save_form = AccountAdmin.save_form

    def save_form_late(*arguments: Any, **options: Any) -> Any:
        other = Account.objects.get(pk=account.pk)
        other.set_password("correct horse battery")
        other.save()
        return save_form(*arguments, **options)

    monkeypatch.setattr(AccountAdmin, "save_form", save_form_late)
    assert client.post(page, sent).status_code == 302
    account.refresh_from_db()
    assert account.department == "Physics"
    assert account.check_password("correct horse battery")
