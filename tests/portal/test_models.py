"""What the database itself refuses, whoever writes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from portal.accounts.models import Account
from portal.attendance.models import CameraStatus, ClassSession, Course, Mark, MarkChange, Room, RosterEntry, Student

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lecturer() -> Account:
    return Account.objects.create_user("emmy@example.org", name="Emmy Noether")


@pytest.fixture
def session() -> ClassSession:
    course, room = Course.objects.create(code="MATH 1", title="Analysis"), Room.objects.create(name="Hall 1")
    return ClassSession.objects.create(course=course, room=room, starts_at=NINE, ends_at=TEN)


@pytest.fixture
def student() -> Student:
    return Student.objects.create(number="0042", full_name="Grace Hopper")


@pytest.fixture
def change(session: ClassSession, student: Student, lecturer: Account) -> MarkChange:
    mark = Mark.objects.create(session=session, student=student, status="late", source="lecturer", marked_by=lecturer)
    return MarkChange.objects.create(
        session=mark.session, student=mark.student, changed_by=lecturer, to_status="late", reason="Seen at ten past"
    )


def refused(write: Any, *arguments: Any, **fields: Any) -> bool:
    try:
        with transaction.atomic():
            write(*arguments, **fields)
    except IntegrityError:
        return True
    return False


def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())


def test_an_account_is_looked_up_in_any_case_and_kept_in_lower_case(lecturer: Account) -> None:
    assert Account.objects.get(email="EMMY@Example.org") == lecturer
    assert Account.objects.get_by_natural_key("Emmy@example.ORG") == lecturer
    account = Account.objects.create(email="Ada@Example.org", name="Ada")
    account.refresh_from_db()
    assert account.email == "ada@example.org"


def test_an_address_has_one_account_whatever_its_case(lecturer: Account) -> None:
    assert refused(Account.objects.create_user, "EMMY@example.org", name="Another")


def test_not_even_plain_sql_writes_an_address_with_capitals(lecturer: Account) -> None:
    def shout() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE account SET email = 'EMMY@example.org'")

    assert refused(shout)


def test_createsuperuser_makes_an_administrator() -> None:
    call_command("createsuperuser", "--noinput", email="Root@Example.org", name="Rita Root", stdout=StringIO())
    account = Account.objects.get(email="root@example.org")
    assert account.is_staff
    assert account.is_superuser


def test_a_time_zone_is_one_that_exists(lecturer: Account) -> None:
    lecturer.time_zone = "Mars/Olympus"
    with pytest.raises(ValidationError, match="not a known time zone"):
        lecturer.full_clean(exclude=["password"])


def test_a_class_session_ends_after_it_starts(session: ClassSession) -> None:
    assert refused(ClassSession.objects.filter(pk=session.pk).update, ends_at=NINE)


def test_a_student_is_once_on_a_roster_and_once_in_a_register(
    session: ClassSession, student: Student, lecturer: Account
) -> None:
    RosterEntry.objects.create(course=session.course, student=student, until=date(2026, 3, 6))
    with pytest.raises(ValidationError, match="on some of these days"):
        RosterEntry(course=session.course, student=student, since=date(2026, 3, 6)).full_clean()
    RosterEntry(course=session.course, student=student, since=date(2026, 3, 7)).full_clean()
    mark = {"session": session, "student": student, "status": "late", "source": "lecturer", "marked_by": lecturer}
    Mark.objects.create(**mark)
    assert refused(Mark.objects.create, **mark)


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "here", "first_seen_at": NINE, "last_seen_at": NINE},
        {"status": "present"},
        {"status": "absent", "first_seen_at": NINE, "last_seen_at": NINE},
        {"status": "present", "first_seen_at": TEN, "last_seen_at": NINE},
        {"status": "present", "source": "lecturer"},
        {"status": "present", "source": "guess", "first_seen_at": NINE, "last_seen_at": NINE},
    ],
    ids=[
        "unknown status",
        "seen never",
        "a camera cannot see absence",
        "seen backwards",
        "by nobody",
        "unknown source",
    ],
)
def test_a_mark_that_makes_no_sense_is_refused(session: ClassSession, student: Student, wrong: dict[str, Any]) -> None:
    assert refused(Mark.objects.create, **({"session": session, "student": student, "source": "camera"} | wrong))


def test_a_state_that_the_portal_cannot_name_is_refused(session: ClassSession) -> None:
    status = {"room": session.room, "camera_name": "front", "reported_at": NINE}
    assert refused(CameraStatus.objects.create, state="asleep", **status)
    assert not refused(CameraStatus.objects.create, state="watching", **status)


@pytest.mark.parametrize("wrong", [{"to_status": "here"}, {"from_status": "here"}])
def test_a_change_has_known_statuses(change: MarkChange, wrong: dict[str, str]) -> None:
    fields = {
        "session": change.session,
        "student": change.student,
        "changed_by": change.changed_by,
        "to_status": "absent",
        "reason": "Left at once",
    }
    assert refused(MarkChange.objects.create, **(fields | wrong))


def test_what_was_changed_stays_written(change: MarkChange) -> None:
    change.reason = "Something else"
    for forbidden in (
        change.save,
        change.delete,
        MarkChange.objects.all().delete,
        lambda: MarkChange.objects.update(reason="Something else"),
        lambda: MarkChange.objects.bulk_update([change], ["reason"]),
    ):
        with pytest.raises(TypeError, match="append-only"):
            forbidden()
    change.refresh_from_db()
    assert change.reason == "Seen at ten past"


def test_what_the_record_stands_on_stays(change: MarkChange) -> None:
    for row in (change.student, change.session, change.session.course, change.changed_by):
        with pytest.raises(IntegrityError):
            row.delete()


def test_instants_keep_their_microseconds_and_are_shown_in_local_time(
    session: ClassSession, settings: Settings
) -> None:
    begin = NINE + timedelta(microseconds=123456)
    ClassSession.objects.update(starts_at=begin)
    session.refresh_from_db()
    assert session.starts_at == begin
    settings.TIME_ZONE = "Asia/Tokyo"
    assert str(session) == "MATH 1 2026-03-02 18:00"
