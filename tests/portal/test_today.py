"""The day's class sessions, as a lecturer sees them on opening the portal."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Room, Student
from portal.attendance.services.closing import close_due
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(client: Client, monkeypatch: pytest.MonkeyPatch) -> School:
    """It is ten past nine, and the class session began at nine."""
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(minutes=10))
    school = found_school(NINE)
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    return school


def text_of(page: str) -> str:
    return " ".join(page.split())


def test_a_running_class_session_says_how_many_of_how_many_are_here(client: Client, school: School) -> None:
    for student in school.students[:3]:
        school.see(student)
    page = client.get("/").text
    assert "<h1>Today</h1>" in page
    assert "Operating Systems" in page
    assert "Lecture Theatre 1" in page
    assert "Running" in page
    assert "<b>3</b> <span>of 4 here</span>" in text_of(page)


@pytest.mark.parametrize(
    ("state", "minutes", "words"),
    [
        ("watching", 0, "front: watching"),
        ("failing", 1, "front: failing since 09:09"),
        ("watching", 6, "front: silent for 6 minutes"),
        ("stopped", 1, "front: switched off"),
    ],
)
def test_the_cameras_state_is_told_in_plain_words(
    client: Client, school: School, state: str, minutes: int, words: str
) -> None:
    at = timezone.now() - timedelta(minutes=minutes)
    school.camera(state, reported_at=at, last_frame_at=at)
    assert words in client.get("/").text


def test_a_room_without_a_camera_says_so(client: Client, school: School) -> None:
    assert "no camera has reported from this room" in client.get("/").text


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(20, "Upcoming"), (-54, "Over, the register closes at 09:11"), (-66, "Over, register closed")],
)
def test_what_is_to_come_and_what_is_over_say_so(client: Client, school: School, minutes: int, words: str) -> None:
    school.session.delete()
    school.meet(NINE + timedelta(minutes=minutes))
    assert words in client.get("/").text


def test_who_opens_the_day_closes_the_registers_that_are_due(client: Client, school: School) -> None:
    over = school.meet(NINE - timedelta(hours=2))
    page = " ".join(client.get("/").text.split())
    over.refresh_from_db()
    assert over.closed_at is not None
    assert "Not observed" in page
    assert "<b>0</b> <span>of 4 were here</span>" not in page
    assert ClassSession.objects.get(pk=school.session.pk).closed_at is None


def test_guests_are_told_beside_the_others(client: Client, school: School) -> None:
    school.see(school.students[0])
    school.see(Student.objects.create(number="X9", full_name="Guest"))
    page = text_of(client.get("/").text)
    assert "<b>1</b> <span>of 4 here</span>" in page
    assert "+1 guest" in page


@pytest.mark.parametrize("cancelled", [False, True])
def test_what_is_to_come_or_cancelled_is_never_nobody_of_many(client: Client, school: School, cancelled: bool) -> None:
    school.session.delete()
    school.meet(NINE + timedelta(hours=2), is_cancelled=cancelled)
    page = text_of(client.get("/").text)
    assert "<b>0</b>" not in page
    assert ("Not held" if cancelled else "<b>4</b> <span>expected</span>") in page


@pytest.mark.parametrize(
    ("zone", "starts_at", "now"),
    [
        ("Europe/London", "2026-11-23T22:30Z", "2026-11-24T00:10Z"),
        ("UTC", "2026-11-23T23:00Z", "2026-11-24T00:15Z"),
        ("Asia/Tokyo", "2026-11-23T13:30Z", "2026-11-23T15:10Z"),
    ],
)
def test_what_runs_past_midnight_is_on_today(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch, zone: str, starts_at: str, now: str
) -> None:
    Account.objects.filter(pk=school.lecturer.pk).update(time_zone=zone)
    school.session.delete()
    running = school.meet(datetime.fromisoformat(starts_at), minutes=120)
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat(now))
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/").text
    assert "<h1>Today</h1>" in page
    assert f'href="/sessions/{running.pk}/"' in page
    assert "Running" in page
    assert "since Monday" in page


def test_the_zone_of_the_times_is_said(client: Client, school: School) -> None:
    assert "Times are in Europe/London." in client.get("/").text
    assert "in the room" not in client.get("/").text


def test_where_the_rooms_clock_shows_another_time_both_are_said(client: Client, school: School) -> None:
    Room.objects.update(time_zone="America/New_York")
    for address in ("/", f"/sessions/{school.session.pk}/"):
        assert "(Europe/London; in the room 04:00, America/New_York)" in client.get(address).text


def test_a_cancelled_class_session_says_so(client: Client, school: School) -> None:
    school.session.is_cancelled = True
    school.session.save()
    page = client.get("/").text
    assert "Cancelled" in page
    assert "Not held" in page


def test_times_are_those_of_the_lecturers_clock(client: Client, school: School) -> None:
    school.lecturer.time_zone = "Asia/Kolkata"
    school.lecturer.save()
    Room.objects.update(time_zone="Asia/Kolkata")
    page = client.get("/").text
    assert "14:30" in page
    assert "09:00" not in page


def test_today_is_the_lecturers_day(client: Client, school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """One o’clock in London is tomorrow in Auckland."""
    monkeypatch.setattr(timezone, "now", lambda: NINE + timedelta(hours=4))
    assert "Monday 23 November 2026" in client.get("/").text
    school.lecturer.time_zone = "Pacific/Auckland"
    school.lecturer.save()
    assert "Tuesday 24 November 2026" in client.get("/").text


def test_a_day_without_class_sessions_shows_the_next_that_has_some(client: Client, school: School) -> None:
    school.session.delete()
    school.meet(NINE + timedelta(days=3))
    page = client.get("/").text
    assert "Nothing today" in page
    assert "Next: Thursday 26 November" in page
    assert "Operating Systems" in page
    assert "hx-trigger" not in page


def test_other_days_are_a_link_away(client: Client, school: School) -> None:
    school.meet(NINE - timedelta(days=3))
    assert "?day=2026-11-20" in client.get("/").text
    page = client.get("/", {"day": "2026-11-20"}).text
    assert "Friday 20 November 2026" in page
    assert "?day=2026-11-23" in page


def test_a_lecturer_without_courses_is_told_what_to_do(client: Client, school: School) -> None:
    school.course.lecturers.clear()
    page = client.get("/").text
    assert "No course is yours yet" in page
    assert "adjei@uni.example" in page


def test_a_lecturer_without_class_sessions_is_told_who_plans_them(client: Client, school: School) -> None:
    school.session.delete()
    page = client.get("/").text
    assert "No class session is planned" in page
    assert "CSC 301" in page


def test_the_page_refreshes_itself_until_the_days_last_register_is_closed(client: Client, school: School) -> None:
    assert 'hx-trigger="every 10s"' in client.get("/").text
    assert client.get("/", headers={"HX-Request": "true"}).status_code == 200
    school.move(NINE - timedelta(minutes=51))
    assert 'hx-trigger="every 10s"' in client.get("/").text
    school.move(NINE - timedelta(minutes=56))
    assert "hx-trigger" not in client.get("/").text
    assert client.get("/", headers={"HX-Request": "true"}).status_code == 286


def test_a_refresh_without_news_is_empty(client: Client, school: School) -> None:
    def ask() -> int:
        return client.get("/", {"version": version}, headers={"HX-Request": "true"}).status_code

    found = re.search(r"hx-vals='{\"version\": \"(\w+)\"}'", client.get("/").text)
    assert found
    version = found.group(1)
    assert ask() == 204
    school.see(school.students[0])
    assert ask() == 200


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_not_found(client: Client, school: School, text: str) -> None:
    assert client.get("/", {"day": text}).status_code == 404


def test_hundreds_of_class_sessions_are_shown_page_by_page_beginning_with_what_is_not_over(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = school.session.starts_at
    rooms = [Room.objects.create(name=f"Room {number}", time_zone="UTC") for number in range(60)]
    early, late = ([school.meet(started + timedelta(hours=hours), room=room) for room in rooms] for hours in (-2, 2))
    close_due()
    client.force_login(school.staff, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/").text
    assert "51 to 100 of 121 class sessions" in text_of(page)
    assert f'id="session-{school.session.pk}"' in page
    assert f'id="session-{early[-1].pk}"' in page
    assert page.count('<li class="card session') == 50
    # It asks for news of the same page.
    assert 'hx-get="/?page=2"' in page
    first, last = (client.get(f"/?page={number}").text for number in (1, 3))
    assert f'id="session-{early[0].pk}"' in first
    assert f'id="session-{late[-1].pk}"' in last
    assert 'rel="next"' in first
    assert 'rel="next"' not in last
    news = client.get("/?page=1&version=1", headers={"HX-Request": "true"}).text
    assert 'rel="next" href="?page=2"' in news
    assert client.get("/?page=99").text.count('<li class="card session') == 21
    monkeypatch.setattr(timezone, "now", lambda: NINE - timedelta(days=2))
    assert "Next: Monday 23 November" in client.get("/").text
    assert f'id="session-{late[-1].pk}"' in client.get("/?page=3").text
