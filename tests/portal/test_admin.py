"""The admin: who may enter, what it can do, what it must not, and that a long list costs no more than a short one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.models import (
    BlindSpan,
    CameraStatus,
    ClassSession,
    Course,
    Enrolled,
    Evidence,
    Mark,
    MarkChange,
    Room,
    RoomCamera,
    RosterEntry,
    Sight,
    Student,
)
from portal.attendance.services.closing import close_due

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
        spent = {"room": room, "camera_name": f"camera {n}", "starts_at": begin, "ends_at": session.ends_at}
        Sight.objects.create(**spent)
        BlindSpan.objects.create(**spent, reason="dark")
        Enrolled.objects.create(room=room, student=student, reference_count=3, enrolled_at=begin)
        Evidence.objects.create(
            session=session,
            student=student,
            room=room,
            camera_name=f"camera {n}",
            hour=begin,
            first_seen_at=begin,
            last_seen_at=begin,
            minutes=1,
            distance=0.3,
        )


def queries(get: Callable[[], Any]) -> int:
    get()  # Content types are looked up once a process.
    with CaptureQueriesContext(connection) as caught:
        assert get().status_code == 200
    return len(caught)


LISTS = ["student", "course", "room", "classsession", "mark", "markchange", "camerastatus"]
LISTS += ["evidence", "sight", "blindspan", "enrolled"]


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
    sent = {"code": course.code, "title": course.title, "least_coverage_percent": "80", "numbers": ""}
    for prefix, rows in (("roster", entries), ("sessions", sessions), ("sessions-2", [])):
        sent |= {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": str(len(rows))}
        for index, row in enumerate(rows):
            sent |= {f"{prefix}-{index}-id": str(row.pk), f"{prefix}-{index}-course": str(course.pk)}
            if isinstance(row, RosterEntry):
                sent |= {f"{prefix}-{index}-{name}": str(getattr(row, name) or "") for name in ("since", "until")}
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


@pytest.mark.parametrize("sign", ["\u200b", "\u00ad", "\u202e", "\ufe0f"])
def test_a_pasted_number_with_a_sign_that_cannot_be_seen_is_told_the_sign(
    client: Client, staff: Account, sign: str
) -> None:
    fill(1, staff)
    answer = save(client, Course.objects.get(code="MATH 1"), numbers=f"0000{sign}0")
    assert f"it contains a sign that cannot be seen, U+{ord(sign):04X}" in answer.text


def test_a_number_is_stored_composed_however_it_was_typed(client: Client, staff: Account) -> None:
    assert Student.objects.create(number="A\N{COMBINING DIAERESIS}1", full_name="Ada").number == "\u00c41"
    assert Student.objects.get().number == "\u00c41"


def test_students_are_taken_off_and_put_on_a_roster_one_by_one(client: Client, staff: Account) -> None:
    fill(3, staff)
    RosterEntry.objects.update(since=timezone.localdate())
    course, joining = Course.objects.get(code="MATH 1"), Student.objects.create(number="007", full_name="James")
    added = {"roster-TOTAL_FORMS": "4", "roster-3-student": str(joining.pk), "roster-3-course": str(course.pk)}
    save(client, course, **{"roster-1-DELETE": "on"}, **added)
    assert roster(course) == {"00000", "00002", "007"}


def test_who_is_taken_off_a_roster_after_a_class_leaves_yesterday(client: Client, staff: Account) -> None:
    fill(2, staff)
    course = Course.objects.get(code="MATH 1")
    answer = save(client, course, **{"roster-1-DELETE": "on"})
    assert "Memberships that end yesterday, since classes were held: 1." in answer.text
    yesterday = timezone.localdate() - timedelta(days=1)
    assert course.roster.get(student__number="00001").until == yesterday


def test_a_student_who_comes_back_has_a_second_membership_that_does_not_overlap(client: Client, staff: Account) -> None:
    fill(1, staff)
    course = Course.objects.get(code="MATH 1")
    student = Student.objects.get()
    again = {"roster-TOTAL_FORMS": "2", "roster-1-student": str(student.pk), "roster-1-course": str(course.pk)}
    answer = save(client, course, **again, **{"roster-1-since": "2026-05-01"})
    assert "on the roster already on some of these days" in answer.text
    answer = save(client, course, **again, **{"roster-0-until": "2026-05-01", "roster-1-since": "2026-05-01"})
    assert "on the roster" in answer.text
    assert course.roster.count() == 1
    save(client, course, **{"roster-0-until": "2026-04-30"})
    save(client, course, **again, **{"roster-0-until": "2026-04-30", "roster-1-since": "2026-05-01"})
    assert course.roster.count() == 2


def test_an_edit_of_a_roster_offers_to_change_closed_registers_and_changes_them_by_post(
    client: Client, staff: Account
) -> None:
    fill(3, staff)
    close_due()
    course = Course.objects.get(code="MATH 1")
    Student.objects.create(number="007", full_name="James")
    before = Mark.objects.count()
    answer = save(client, course, numbers="007", since="2026-03-03")
    offer = f"/admin/attendance/course/{course.pk}/held/"
    assert f'<a href="{offer}">Change 2 of them too</a>' in answer.text
    assert Mark.objects.count() == before
    page = client.get(offer).text
    assert "James (007)" in page
    assert "Tue 3 Mar 2026" in page
    assert "Mon 2 Mar 2026" not in page
    assert Mark.objects.count() == before
    assert "Closed registers changed by the new roster: 2." in client.post(offer, follow=True).text
    answers = Mark.objects.filter(student__number="007").values_list("status", "because")
    assert list(answers) == 2 * [("unseen", "not enrolled")]
    assert "The closed registers say what the roster says." in client.get(offer, follow=True).text


def test_pasted_numbers_are_found_whatever_their_case_and_join_from_a_day_on(client: Client, staff: Account) -> None:
    fill(1, staff)
    Student.objects.create(number="S1001", full_name="Grace")
    course = Course.objects.get(code="MATH 1")
    save(client, course, numbers="s1001", since="2026-06-01")
    assert course.roster.get(student__number="S1001").since == date(2026, 6, 1)


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


def rows(prefix: str, number: int) -> dict[str, str]:
    """What a page says of the rows of an inline that it shows."""
    return {f"{prefix}-TOTAL_FORMS": str(number), f"{prefix}-INITIAL_FORMS": str(number)}


def test_staff_say_since_when_a_camera_is_no_longer_in_its_room(client: Client, staff: Account) -> None:
    """In the room's zone; what was closed since is decided anew, and nothing is said that cannot be."""
    room = Room.objects.create(name="Hall 1", time_zone="Australia/Sydney")
    camera = RoomCamera.objects.create(room=room, camera_name="back", since=NINE - timedelta(days=9))
    course = Course.objects.create(code="MATH 1", title="Analysis")
    RosterEntry.objects.create(course=course, student=Student.objects.create(number="S1", full_name="Ann"))
    course.sessions.create(room=room, starts_at=NINE, ends_at=NINE + timedelta(hours=1))
    Enrolled.objects.create(room=room, student=Student.objects.get(), reference_count=3, enrolled_at=NINE)
    Sight.objects.create(room=room, camera_name="front", starts_at=NINE, ends_at=NINE + timedelta(hours=3))
    last = {"starts_at": NINE - timedelta(days=3), "ends_at": NINE - timedelta(days=2)}
    Sight.objects.create(room=room, camera_name="back", **last)
    close_due()
    assert Mark.objects.get().status == "unseen"

    def say(date: str, time: str) -> str:
        sent = {"name": "Hall 1", "time_zone": "Australia/Sydney"} | rows("cameras", 0) | rows("room_cameras", 1)
        sent |= {"room_cameras-0-id": str(camera.pk), "room_cameras-0-room": str(room.pk)}
        sent |= {"room_cameras-0-until_0": date, "room_cameras-0-until_1": time}
        return client.post(f"/admin/attendance/room/{room.pk}/change/", sent, follow=True).text

    assert "it reported until 2026-02-28 20:00:00" in say("2026-02-28", "19:59")
    assert "was added to the room only after that" in say("2026-02-01", "12:00")
    assert "in the future" in say("2199-01-01", "12:00")
    assert "Closed registers since then: 1." in say("2026-02-28", "20:00")
    camera.refresh_from_db()
    assert camera.until == NINE - timedelta(days=2)
    close_due()
    assert Mark.objects.get().status == "absent"
    assert 'value="20:00:00"' in client.get(f"/admin/attendance/room/{room.pk}/change/").text
    assert "Closed registers since then: 1." in say("", "")
    close_due()
    assert Mark.objects.get().status == "unseen"


def test_another_zone_of_a_room_moves_the_days_to_come(client: Client, staff: Account) -> None:
    course, room = Course.objects.create(code="MATH 1", title="Analysis"), Room.objects.create(name="Hall 1")
    session = course.sessions.create(room=room, starts_at=NINE + timedelta(hours=8), ends_at=NINE + timedelta(hours=9))
    cameras = rows("cameras", 0) | rows("room_cameras", 0)
    sent = {"name": "Hall 1", "time_zone": "Asia/Tokyo"} | cameras
    assert client.post(f"/admin/attendance/room/{room.pk}/change/", sent).status_code == 302
    session.refresh_from_db()
    assert session.day == date(2026, 3, 3)


def test_a_silent_camera_is_called_silent(client: Client, staff: Account) -> None:
    fill(1, staff)
    room = Room.objects.get(name="Hall 1")
    for path in ("camerastatus/", f"room/{room.pk}/change/", f"camerastatus/{CameraStatus.objects.get().pk}/change/"):
        page = client.get(f"/admin/attendance/{path}").text
        assert "Silent for" in page
        assert not re.search("Watching</(td|div)>", page)


def test_a_number_from_before_the_rule_is_shown_and_may_stay(client: Client, staff: Account) -> None:
    old = Student.objects.create(number="S 1", full_name="Old Number")
    page = client.get("/admin/attendance/student/?number_rule=broken").text
    assert "it contains a blank" in page
    path, empty = f"/admin/attendance/student/{old.pk}/change/", {"roster_entries-TOTAL_FORMS": "0"}
    sent = {"number": "S 1", "full_name": "New Name", "roster_entries-INITIAL_FORMS": "0"} | empty
    assert client.post(path, sent).status_code == 302
    old.refresh_from_db()
    assert (old.number, old.full_name) == ("S 1", "New Name")
    assert "no student number" in client.post(path, sent | {"number": "S 2"}).text


def test_a_number_that_differs_in_case_alone_is_refused_and_two_old_ones_stay(client: Client, staff: Account) -> None:
    Student.objects.create(number="S1", full_name="First")
    path = "/admin/attendance/student/add/"
    sent = {
        "number": "s1",
        "full_name": "Second",
        "roster_entries-TOTAL_FORMS": "0",
        "roster_entries-INITIAL_FORMS": "0",
    }
    assert "First (S1) has this number already, but for its case." in client.post(path, sent).text
    Student.objects.bulk_create([Student(number="other", full_name="Second")])
    second = Student.objects.get(number="other")
    Student.objects.filter(pk=second.pk).update(number="s1", folded_number=None)
    answer = client.post(f"/admin/attendance/student/{second.pk}/change/", sent | {"full_name": "Renamed"})
    assert answer.status_code == 302
    second.refresh_from_db()
    assert (second.full_name, second.folded_number) == ("Renamed", None)


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
    assert "Seen at ten past" in page.text
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
        answer = client.get(path, follow=True)
        assert answer.status_code == 403
        assert "The administration is for staff." in answer.text


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
