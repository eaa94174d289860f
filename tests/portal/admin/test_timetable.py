"""Class sessions in the admin: times in the room's zone, and marks that follow them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Course, Enrolled, Mark, MarkChange, Room, RosterEntry, Sight, Student
from portal.attendance.services.closing import close_due
from tests.portal.admin.pages import NINE, course_form, save

pytestmark = pytest.mark.django_db


def test_times_are_typed_in_the_rooms_zone_which_is_named(client: Client, staff: Account) -> None:
    """The clerk's account is in UTC, the room in Sydney: nine there is ten in the evening before, in UTC."""
    course = Course.objects.create(code="MATH 1", title="Analysis")
    room = Room.objects.create(name="Hall 1", time_zone="Australia/Sydney")
    times = {"starts_at_0": "2026-03-02", "starts_at_1": "09:00", "ends_at_0": "2026-03-02", "ends_at_1": "10:00"}
    sent = times | {"course": str(course.pk), "room": str(room.pk), "late_after_minutes": "15"}
    client.post("/admin/attendance/classsession/add/", sent)
    session = ClassSession.objects.get()
    assert session.starts_at == datetime(2026, 3, 1, 22, tzinfo=UTC)
    assert session.day == date(2026, 3, 2)
    page = client.get(f"/admin/attendance/classsession/{session.pk}/change/").text
    assert "time zone: Australia/Sydney" in page
    assert 'value="09:00:00"' in page
    assert "09:00–10:00 Australia/Sydney" in client.get("/admin/attendance/classsession/").text
    assert "09:00–10:00 Australia/Sydney" in client.get(f"/admin/attendance/course/{course.pk}/change/").text


def test_class_sessions_are_added_on_the_courses_page_in_the_rooms_zone(client: Client, staff: Account) -> None:
    course = Course.objects.create(code="MATH 1", title="Analysis")
    room = Room.objects.create(name="Hall 1", time_zone="America/New_York")
    added = {"sessions-2-TOTAL_FORMS": "1", "sessions-2-0-course": str(course.pk), "sessions-2-0-room": str(room.pk)}
    added |= {"sessions-2-0-starts_at_0": "2026-03-02", "sessions-2-0-starts_at_1": "09:00"}
    added |= {"sessions-2-0-ends_at_0": "2026-03-02", "sessions-2-0-ends_at_1": "10:00"}
    save(client, course, **added, **{"sessions-2-0-late_after_minutes": "15"})
    assert ClassSession.objects.get().starts_at == datetime(2026, 3, 2, 14, tzinfo=UTC)


def test_a_time_that_the_rooms_clocks_skip_is_refused(client: Client, staff: Account) -> None:
    course = Course.objects.create(code="MATH 1", title="Analysis")
    room = Room.objects.create(name="Hall 1", time_zone="Europe/Berlin")
    times = {"starts_at_0": "2026-03-29", "starts_at_1": "02:30", "ends_at_0": "2026-03-29", "ends_at_1": "04:00"}
    sent = times | {"course": str(course.pk), "room": str(room.pk), "late_after_minutes": "15"}
    assert "Europe/Berlin" in client.post("/admin/attendance/classsession/add/", sent).text
    assert not ClassSession.objects.exists()


def test_changed_times_decide_the_marks_anew(client: Client, staff: Account) -> None:
    course, room = Course.objects.create(code="MATH 1", title="Analysis"), Room.objects.create(name="Hall 1")
    session = course.sessions.create(room=room, starts_at=NINE, ends_at=NINE + timedelta(hours=1))
    student = Student.objects.create(number="007", full_name="James")
    RosterEntry.objects.create(course=course, student=student)
    Sight.objects.create(room=room, camera_name="front", starts_at=NINE, ends_at=NINE + timedelta(hours=3))
    Enrolled.objects.create(room=room, student=student, reference_count=3, enrolled_at=NINE)
    close_due()
    times = {"starts_at_0": "2026-03-02", "starts_at_1": "07:00:00", "ends_at_0": "2026-03-02", "ends_at_1": "08:00:00"}
    path = f"/admin/attendance/classsession/{session.pk}/change/"
    assert client.post(path, times | {"room": str(room.pk), "late_after_minutes": "15"}).status_code == 302
    assert list(Mark.objects.values_list("status", "because")) == [("unseen", "blind")]
    assert list(MarkChange.objects.order_by("pk").values_list("to_status", flat=True)) == ["absent", "unseen"]


def test_a_class_session_that_ends_before_it_starts_is_refused_in_words(client: Client, staff: Account) -> None:
    course, room = Course.objects.create(code="MATH 1", title="Analysis"), Room.objects.create(name="Hall 1")
    times = {"starts_at_0": "2026-03-02", "starts_at_1": "10:00", "ends_at_0": "2026-03-02", "ends_at_1": "09:00"}
    answer = client.post(
        "/admin/attendance/classsession/add/",
        times | {"course": str(course.pk), "room": str(room.pk), "late_after_minutes": "15"},
    )
    assert "A class session ends after it starts." in answer.text


def times(day: str, start: str, end: str, last_day: str = "") -> dict[str, str]:
    return {"starts_at_0": day, "starts_at_1": start, "ends_at_0": last_day or day, "ends_at_1": end}


@pytest.mark.parametrize("how", ["moved", "added", "added on the course's page", "added twice at once"])
def test_a_second_class_session_of_a_course_in_a_room_at_the_same_time_is_refused_in_words(
    client: Client, staff: Account, how: str
) -> None:
    course, room = Course.objects.create(code="MATH 1", title="Analysis"), Room.objects.create(name="Hall 1")
    hour = timedelta(hours=1)
    first = course.sessions.create(room=room, starts_at=NINE, ends_at=NINE + hour)
    second = course.sessions.create(room=room, starts_at=NINE + hour, ends_at=NINE + 2 * hour)
    there = times("2026-03-02", "09:00", "09:30") | {"room": str(room.pk), "late_after_minutes": "15"}
    if how == "moved":
        answer = client.post(f"/admin/attendance/classsession/{second.pk}/change/", there)
    elif how == "added":
        answer = client.post("/admin/attendance/classsession/add/", there | {"course": str(course.pk)})
    else:
        begin = {"starts_at_1": "11:00", "ends_at_1": "12:00"} if how == "added twice at once" else {}
        row = there | begin | {"course": str(course.pk)}
        rows = {f"sessions-2-{number}-{name}": value for number in range(2) for name, value in row.items()}
        sent = course_form(course) | rows | {"sessions-2-TOTAL_FORMS": "2"}
        answer = client.post(f"/admin/attendance/course/{course.pk}/change/", sent)
    assert answer.status_code == 200
    assert "already exists" in answer.text or "duplicate" in answer.text
    assert set(ClassSession.objects.values_list("pk", "starts_at")) == {(first.pk, NINE), (second.pk, NINE + hour)}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (times("0001-01-01", "00:00", "00:50"), "Class sessions are from 1970 to 2999: is the year right?"),
        (times("9999-12-31", "22:00", "23:59"), "Class sessions are from 1970 to 2999: is the year right?"),
        (times("2026-03-02", "09:00", "10:00", "2062-03-02"), "lasts a week at most: is the day right?"),
        (times("20226-03-02", "09:00", "10:00"), "Enter a valid date"),
    ],
)
def test_a_mistyped_year_is_asked_about(client: Client, staff: Account, typed: dict[str, str], words: str) -> None:
    course, room = Course.objects.create(code="MATH 1", title="Analysis"), Room.objects.create(name="Hall 1")
    session = course.sessions.create(room=room, starts_at=NINE, ends_at=NINE + timedelta(hours=1))
    sent = typed | {"room": str(room.pk), "late_after_minutes": "15"}
    assert words in client.post(f"/admin/attendance/classsession/{session.pk}/change/", sent).text
    assert words in client.post("/admin/attendance/classsession/add/", sent | {"course": str(course.pk)}).text
    assert ClassSession.objects.get().starts_at == NINE
