"""The admin: who may enter, what it can do, what it must not, and that a long list costs no more than a short one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import Account
from portal.attendance.models import CameraStatus, ClassSession, Course, Mark, MarkChange, Room, RosterEntry, Student

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Account:
    account = Account.objects.create_user("staff@example.org", name="Sam Staff", is_staff=True)
    client.force_login(account)
    return account


@pytest.fixture
def administrator(client: Client) -> Account:
    account = Account.objects.create_superuser("root@example.org", "correct horse battery", name="Rita Root")
    client.force_login(account)
    return account


def fill(size: int, by: Account) -> None:
    """As many of everything, all of it in one course, room and class session where it can be."""
    start = Student.objects.count()
    course, _ = Course.objects.get_or_create(code="MATH 1", title="Analysis")
    room, _ = Room.objects.get_or_create(name="Hall 1")
    for n in range(start, start + size):
        other = Course.objects.create(code=f"PHYS {n}", title="Optics")
        other.lecturers.add(Account.objects.create_user(f"lecturer{n}@example.org", name=f"Lecturer {n}"))
        Room.objects.create(name=f"Room {n}")
        begin = NINE + timedelta(days=n)
        session = ClassSession.objects.create(
            course=course, room=room, starts_at=begin, ends_at=begin + timedelta(hours=1)
        )
        student = Student.objects.create(number=f"{n:05}", full_name=f"Student {n}")
        RosterEntry.objects.create(course=course, student=student)
        RosterEntry.objects.create(course=other, student=student)
        mark = Mark.objects.create(session=session, student=student, status="late", source="lecturer", marked_by=by)
        MarkChange.objects.create(
            session=mark.session, student=mark.student, changed_by=by, to_status="late", reason="Seen at ten past"
        )
        CameraStatus.objects.create(room=room, camera_name=f"camera {n}", state="watching", reported_at=begin)


def queries(get: Callable[[], Any]) -> int:
    get()  # Content types are looked up once a process.
    with CaptureQueriesContext(connection) as caught:
        assert get().status_code == 200
    return len(caught)


LISTS = ["student", "course", "room", "classsession", "mark", "markchange", "camerastatus"]


@pytest.mark.parametrize("model", LISTS)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(client: Client, staff: Account, model: str) -> None:
    fill(2, staff)
    few = queries(lambda: client.get(f"/admin/attendance/{model}/"))
    fill(20, staff)
    assert queries(lambda: client.get(f"/admin/attendance/{model}/")) == few


def test_the_list_of_accounts_takes_as_many_queries_for_many_as_for_few(client: Client, administrator: Account) -> None:
    fill(2, administrator)
    few = queries(lambda: client.get("/admin/accounts/account/"))
    fill(20, administrator)
    assert queries(lambda: client.get("/admin/accounts/account/")) == few


@pytest.mark.parametrize("model", [Course, Room, Student, Mark])
def test_a_page_takes_as_many_queries_for_a_long_roster_as_for_a_short_one(
    client: Client, staff: Account, model: type[Course | Room | Student | Mark]
) -> None:
    fill(2, staff)
    path = f"/admin/attendance/{model.__name__.lower()}/{model.objects.earliest('pk').pk}/change/"
    few = queries(lambda: client.get(path))
    fill(20, staff)
    assert queries(lambda: client.get(path)) == few


def test_counts_in_a_list_do_not_multiply_each_other(client: Client, staff: Account) -> None:
    fill(3, staff)
    page = client.get("/admin/attendance/course/?q=MATH").text
    assert '<td class="field-student_count">3</td><td class="field-session_count">3</td>' in page


def test_students_are_found_by_number_and_by_name(client: Client, staff: Account) -> None:
    Student.objects.create(number="0042", full_name="Grace Hopper")
    Student.objects.create(number="0043", full_name="Eileen Collins")
    for asked in ("0042", "grace"):
        page = client.get("/admin/attendance/student/", {"q": asked}).text
        assert "Grace Hopper" in page
        assert "Eileen Collins" not in page


@pytest.mark.parametrize(
    ("when", "found"), [("now", {"NOW"}), ("week", {"NEXT"}), ("past", {"PAST"}), ("", {"NOW", "NEXT", "PAST", "FAR"})]
)
def test_class_sessions_are_found_by_when_they_are(client: Client, staff: Account, when: str, found: set[str]) -> None:
    room, now = Room.objects.create(name="Hall 1"), datetime.now(UTC)
    for code, days in (("NOW", 0), ("NEXT", 3), ("PAST", -3), ("FAR", 30)):
        begin = now + timedelta(days=days, minutes=-30)
        Course.objects.create(code=code, title="").sessions.create(
            room=room, starts_at=begin, ends_at=begin + timedelta(hours=1)
        )
    page = client.get("/admin/attendance/classsession/", {"when": when} if when else {}).text
    assert {code for code in ("NOW", "NEXT", "PAST", "FAR") if f">{code} <" in page} == found


def test_todays_class_sessions_are_those_of_the_readers_own_day(client: Client, staff: Account) -> None:
    Account.objects.filter(pk=staff.pk).update(time_zone="Pacific/Kiritimati")
    midnight = datetime.now(ZoneInfo("Pacific/Kiritimati")).replace(hour=0, minute=0, second=0, microsecond=0)
    room = Room.objects.create(name="Hall 1")
    for code, begin in (
        ("EVE", midnight - timedelta(minutes=1)),
        ("FIRST", midnight),
        ("LAST", midnight + timedelta(hours=23)),
    ):
        Course.objects.create(code=code, title="").sessions.create(
            room=room, starts_at=begin, ends_at=begin + timedelta(minutes=30)
        )
    page = client.get("/admin/attendance/classsession/?when=today").text
    assert {code for code in ("EVE", "FIRST", "LAST") if f">{code} <" in page} == {"FIRST", "LAST"}


def course_form(course: Course, **changes: str) -> dict[str, str]:
    """What the browser sends for a course's page as it stands."""
    entries = list(course.roster.order_by("student__full_name"))
    sessions = list(course.sessions.all())
    sent = {"code": course.code, "title": course.title, "numbers": ""}
    for prefix, rows in (("roster", entries), ("sessions", sessions)):
        sent |= {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": str(len(rows))}
        for index, row in enumerate(rows):
            sent |= {f"{prefix}-{index}-id": str(row.pk), f"{prefix}-{index}-course": str(course.pk)}
    return sent | changes


def save(client: Client, course: Course, **changes: str) -> Any:
    return client.post(f"/admin/attendance/course/{course.pk}/change/", course_form(course, **changes), follow=True)


def roster(course: Course) -> set[str]:
    return set(course.students.values_list("number", flat=True))


def test_numbers_pasted_into_a_course_join_its_roster_once(client: Client, staff: Account) -> None:
    fill(2, staff)
    Student.objects.create(number="007", full_name="James")
    course = Course.objects.get(code="MATH 1")
    answer = save(client, course, numbers="007\r\n\r\n 00001 \r\n007\r\n")
    assert "Students put on the roster: 1." in answer.text
    assert roster(course) == {"00000", "00001", "007"}


def test_a_pasted_number_that_nobody_has_is_named_and_nothing_is_saved(client: Client, staff: Account) -> None:
    fill(1, staff)
    course = Course.objects.get(code="MATH 1")
    answer = save(client, course, numbers="00000\n7", title="Changed")
    assert "No student has this number: 7." in answer.text
    course.refresh_from_db()
    assert course.title == "Analysis"


def test_students_are_taken_off_and_put_on_a_roster_one_by_one(client: Client, staff: Account) -> None:
    fill(3, staff)
    course, joining = Course.objects.get(code="MATH 1"), Student.objects.create(number="007", full_name="James")
    added = {"roster-TOTAL_FORMS": "4", "roster-3-student": str(joining.pk), "roster-3-course": str(course.pk)}
    save(client, course, **{"roster-1-DELETE": "on"}, **added)
    assert roster(course) == {"00000", "00002", "007"}


def test_a_roster_of_twelve_hundred_can_be_saved(client: Client, staff: Account) -> None:
    course = Course.objects.create(code="MATH 1", title="Analysis")
    students = Student.objects.bulk_create(Student(number=f"{n:05}", full_name=f"S {n}") for n in range(1200))
    RosterEntry.objects.bulk_create(RosterEntry(course=course, student=student) for student in students)
    assert "was changed successfully" in save(client, course, title="Real analysis").text
    assert course.roster.count() == 1200


def test_a_class_session_that_ends_before_it_starts_is_refused_in_words(client: Client, staff: Account) -> None:
    course, room = Course.objects.create(code="MATH 1", title="Analysis"), Room.objects.create(name="Hall 1")
    times = {"starts_at_0": "2026-03-02", "starts_at_1": "10:00", "ends_at_0": "2026-03-02", "ends_at_1": "09:00"}
    answer = client.post(
        "/admin/attendance/classsession/add/",
        times | {"course": str(course.pk), "room": str(room.pk), "late_after_minutes": "15"},
    )
    assert "A class session ends after it starts." in answer.text


@pytest.mark.parametrize("model", ["mark", "markchange"])
def test_marks_and_their_changes_can_be_read_and_not_touched(
    client: Client, administrator: Account, model: str
) -> None:
    fill(1, administrator)
    row = {"mark": Mark, "markchange": MarkChange}[model].objects.get()
    page = client.get(f"/admin/attendance/{model}/{row.pk}/change/")
    assert page.status_code == 200
    assert ("Seen at ten past" in page.text) == (model == "markchange")
    assert 'name="_save"' not in page.text
    assert client.get(f"/admin/attendance/{model}/add/").status_code == 403
    assert client.post(f"/admin/attendance/{model}/{row.pk}/change/", {"status": "absent"}).status_code == 403
    assert client.post(f"/admin/attendance/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    wanted = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    client.post(f"/admin/attendance/{model}/", wanted)
    assert Mark.objects.count() == MarkChange.objects.count() == 1


def test_what_the_record_stands_on_cannot_be_deleted_and_the_page_says_why(client: Client, staff: Account) -> None:
    fill(1, staff)
    for model in (Student, Course, Room, ClassSession):
        row = model.objects.earliest("pk")
        path = f"/admin/attendance/{model.__name__.lower()}/{row.pk}/delete/"
        assert "would require deleting the following protected related objects" in client.get(path).text
        client.post(path, {"post": "yes"})
        assert model.objects.filter(pk=row.pk).exists()


def test_the_row_of_a_camera_that_was_taken_down_can_be_deleted(client: Client, staff: Account) -> None:
    fill(1, staff)
    camera = CameraStatus.objects.get()
    assert client.get("/admin/attendance/camerastatus/add/").status_code == 403
    client.post(f"/admin/attendance/camerastatus/{camera.pk}/delete/", {"post": "yes"})
    assert not CameraStatus.objects.exists()


def test_who_is_not_signed_in_is_sent_to_the_portals_own_sign_in(client: Client) -> None:
    answer = client.get("/admin/attendance/course/", follow=True)
    assert answer.redirect_chain[-1][0] == "/account/sign-in/?next=/admin/attendance/course/"


def test_a_lecturer_is_refused(client: Client) -> None:
    client.force_login(Account.objects.create_user("lecturer@example.org", name="Lecturer"))
    for path in ("/admin/", "/admin/attendance/course/", "/admin/accounts/account/"):
        assert client.get(path, follow=True).status_code == 403


def test_staff_keep_attendance_and_never_see_accounts(client: Client, staff: Account) -> None:
    index = client.get("/admin/").text
    assert "/admin/attendance/student/" in index
    assert "/admin/accounts/account/" not in index
    assert client.get("/admin/accounts/account/").status_code == 403
    assert client.get(f"/admin/accounts/account/{staff.pk}/change/").status_code == 403


def new_account(**changes: str) -> dict[str, str]:
    wanted = {"email": "New@Example.org", "name": "New Lecturer", "time_zone": "Europe/Paris"}
    return wanted | {"usable_password": "false"} | changes


def test_an_administrator_adds_a_lecturer_who_sets_a_password_by_mail(client: Client, administrator: Account) -> None:
    client.post("/admin/accounts/account/add/", new_account())
    account = Account.objects.get(email="new@example.org")
    assert not account.has_usable_password()
    assert not account.is_staff


def test_an_administrator_may_set_the_first_password(client: Client, administrator: Account) -> None:
    secret = "staple of another kind"
    client.post("/admin/accounts/account/add/", new_account(usable_password="true", password1=secret, password2=secret))
    assert Account.objects.get(email="new@example.org").check_password(secret)


def test_an_address_is_given_once_whatever_its_case(client: Client, administrator: Account) -> None:
    Account.objects.create_user("new@example.org", name="First")
    answer = client.post("/admin/accounts/account/add/", new_account())
    assert "There is an account with this e-mail address already." in answer.text


def test_an_administrator_changes_an_account(client: Client, administrator: Account) -> None:
    account = Account.objects.create_user("lecturer@example.org", name="Lecturer")
    path = f"/admin/accounts/account/{account.pk}/change/"
    wanted = {
        "email": "LECTURER@example.org",
        "name": "Renamed",
        "time_zone": "UTC",
        "is_active": "on",
        "is_staff": "on",
    }
    assert client.post(path, wanted).status_code == 302
    account.refresh_from_db()
    assert (account.email, account.name, account.is_staff) == ("lecturer@example.org", "Renamed", True)
