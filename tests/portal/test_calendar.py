"""The timetable in calendar programs: what stands in it, and who may read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar, Component

from portal.accounts.models import Account, CalendarAddress, OfficialChange
from portal.attendance.models import ClassSession, Room
from portal.attendance.services.timetable import change_session
from portal.lecturer.timetable_file import timetable_file
from portal.web.redaction import redact
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def school(monkeypatch: pytest.MonkeyPatch) -> Iterator[School]:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return found_school(NOW + timedelta(days=1))


def make(account: Account) -> str:
    """The path of a new address, as its owner finds it on the page."""
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    page = client.post("/account/calendar/", {"act": "make"}).text
    found = re.search(r'value="http://testserver(/calendar/[\w-]{43}\.ics)"', page)
    assert found
    return found[1]


def read(path: str) -> list[Component]:
    """The events that a program without a sign-in finds there."""
    answer = Client().get(path)
    assert answer.status_code == 200
    calendar = Calendar.from_ical(answer.content)
    assert isinstance(calendar, Calendar)
    return list(calendar.walk("VEVENT"))


def test_a_program_reads_the_class_sessions_of_its_owners_courses_in_the_rooms_zone(school: School) -> None:
    Room.objects.update(time_zone="Europe/Berlin")
    school.meet(NOW + timedelta(days=40), course=school.other_course)
    after = school.meet(NOW + timedelta(days=40))
    events = read(make(school.lecturer))
    assert [str(event["UID"]) for event in events] == [
        f"class-session-{each.pk}@testserver" for each in (school.session, after)
    ]
    starts = [event["DTSTART"] for event in events]
    assert [start.params["TZID"] for start in starts] == ["Europe/Berlin"] * 2
    # The clocks have gone forward between the two.
    assert [start.dt.replace(tzinfo=None).hour for start in starts] == [13, 14]
    assert [start.dt.astimezone(UTC) for start in starts] == [school.session.starts_at, after.starts_at]
    assert (str(events[0]["SUMMARY"]), str(events[0]["LOCATION"])) == ("CSC 301 Operating Systems", "Lecture Theatre 1")
    assert str(events[0]["URL"]) == f"http://testserver/sessions/{school.session.pk}/"


def test_the_zone_that_the_file_describes_has_the_offsets_of_its_times(school: School) -> None:
    Room.objects.update(time_zone="Europe/Berlin")
    school.meet(NOW + timedelta(days=40))
    calendar = Calendar.from_ical(Client().get(make(school.lecturer)).content)
    assert isinstance(calendar, Calendar)
    (described,) = calendar.timezones
    zone = described.to_tz(lookup_tzid=False)
    for days in (1, 40):
        at = (NOW + timedelta(days=days)).astimezone(ZoneInfo("Europe/Berlin"))
        assert at.replace(tzinfo=zone).utcoffset() == at.utcoffset()


def test_a_moved_class_session_keeps_its_uid_and_a_cancelled_one_stays_and_says_so(school: School) -> None:
    path = make(school.lecturer)
    (before,) = read(path)
    change_session(school.session, starts_at=school.session.starts_at + HOUR, ends_at=school.session.ends_at + HOUR)
    (moved,) = read(path)
    change_session(school.session, is_cancelled=True)
    (cancelled,) = read(path)
    assert before["UID"] == moved["UID"] == cancelled["UID"]
    assert [event["SEQUENCE"] for event in (before, moved, cancelled)] == [0, 1, 2]
    assert [str(event["STATUS"]) for event in (before, moved, cancelled)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert moved["DTSTART"].dt == before["DTSTART"].dt + HOUR


def test_an_address_leads_nowhere_once_it_is_revoked_or_made_anew_or_its_owner_may_not_sign_in(school: School) -> None:
    first, other = make(school.lecturer), make(school.other)
    second = make(school.lecturer)
    assert [Client().get(path).status_code for path in (first, second, other)] == [404, 200, 200]
    client = Client()
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    assert "Revoked" in client.post("/account/calendar/", {"act": "revoke"}, follow=True).text
    Account.objects.filter(pk=school.other.pk).update(is_active=False)
    assert [Client().get(path).status_code for path in (first, second, other)] == [404, 404, 404]
    said = OfficialChange.objects.filter(row_id=school.lecturer.pk, field="calendar address")
    assert list(said.order_by("pk").values_list("old", "new")) == [("", "made"), ("", "made"), ("revoked", "")]


def test_staff_read_what_they_teach_and_not_every_course(school: School) -> None:
    assert not read(make(school.staff))


def test_the_secret_is_kept_nowhere_and_a_program_gets_no_cookie(
    school: School, caplog: pytest.LogCaptureFixture
) -> None:
    path = make(school.lecturer)
    secret = path.removeprefix("/calendar/").removesuffix(".ics")
    assert secret not in str(list(CalendarAddress.objects.values()))
    answer = Client().get(path)
    assert not answer.cookies
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    CalendarAddress.objects.all().delete()
    Client().get(path)
    assert secret in caplog.text
    assert secret not in redact(caplog.text)


def test_the_profile_says_when_the_address_was_made_and_read_and_never_what_it_is(school: School) -> None:
    client = Client()
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    assert "Make an address" in client.get("/account/profile/").text
    path = make(school.lecturer)
    assert "No program has read it yet." in client.get("/account/profile/").text
    read(path)
    page = client.get("/account/profile/").text
    assert "A program last read it on 2 March 2026, 12:00." in page
    assert path not in page


def test_the_address_is_neither_made_by_a_link_nor_written_to(school: School) -> None:
    path = make(school.lecturer)
    assert Client().post(path).status_code == 405
    client = Client()
    client.force_login(school.other, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/account/calendar/").status_code == 405
    assert not CalendarAddress.objects.filter(account=school.other).exists()


@pytest.mark.parametrize("sign", ["\n", "\r", "\r\n", "\x0b", "\x85", "\u2028", "\u202e", "\x00", "\x1b", "\\n"])
def test_no_title_place_or_name_adds_an_event_or_a_line(school: School, sign: str) -> None:
    hostile = f"Room;X,{sign}BEGIN:VEVENT{sign}SUMMARY:forged"
    school.course.title, school.room.name, school.lecturer.name = hostile, hostile[:60], hostile
    now = timezone.now()
    meeting = ClassSession(course=school.course, room=school.room, starts_at=now, ends_at=now + HOUR)
    content = timetable_file(f"Rollcall: {hostile}", [meeting], "host", lambda _: "https://host/1", now)
    assert len(Calendar.from_ical(content).walk("VEVENT")) == 1
    lines = re.sub(r"\r?\n[ \t]", "", content.decode()).splitlines()
    assert [line for line in lines if line.startswith("SUMMARY")] == [line for line in lines if "301" in line]
    assert sum(line == "BEGIN:VEVENT" for line in lines) == 1
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert "\u202e" not in content.decode()


def test_whoever_teaches_a_course_no_more_reads_no_more_of_it(school: School) -> None:
    path = make(school.lecturer)
    assert len(read(path)) == 1
    school.course.lecturers.clear()
    assert read(path) == []
