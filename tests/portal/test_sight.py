"""What the cameras of a room could see, and how the pages tell it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.attendance.models import BlindSpan, ClassSession, Room, RoomCamera, Sight
from portal.attendance.queries.sight import SessionSight, sight_of
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db

LATER = NINE + timedelta(hours=5)


@pytest.fixture
def school(client: Client, monkeypatch: pytest.MonkeyPatch) -> School:
    """It is the afternoon; the class session of 50 minutes began at nine."""
    monkeypatch.setattr(timezone, "now", lambda: LATER)
    school = found_school()
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    return school


def at(minute: float) -> datetime:
    return NINE + timedelta(minutes=minute)


def blind(school: School, first: float, last: float, reason: str, camera: str = "front") -> None:
    span = {"starts_at": at(first), "ends_at": at(last)}
    BlindSpan.objects.create(room=school.room, camera_name=camera, reason=reason, **span)


def seen(now: datetime = LATER) -> SessionSight:
    session = ClassSession.objects.select_related("room").get()
    return sight_of([session], now)[session.pk]


def minutes(spans: list[tuple[datetime, datetime]]) -> list[tuple[float, float]]:
    return [((start - NINE) / timedelta(minutes=1), (end - NINE) / timedelta(minutes=1)) for start, end in spans]


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_what_lies_before_and_after_the_class_session_is_cut(school: School) -> None:
    school.watch(-30, 40)
    (camera,) = seen().cameras
    assert (minutes(camera.saw), camera.percent) == ([(0, 40)], 80)
    assert [(each.starts_at, each.ends_at, each.reason) for each in camera.blind] == [(at(40), at(50), "")]


def test_a_room_is_seen_where_every_camera_sees_unless_each_sees_all_of_it(school: School) -> None:
    school.watch(0, 30, "front")
    school.watch(20, 50, "back")
    assert (minutes(seen().saw), seen().percent) == ([(20, 30)], 20)
    assert minutes(seen().blind) == [(0, 20), (30, 50)]
    Room.objects.update(each_camera_sees_all=True)
    assert (seen().percent, seen().blind) == (100, [])


def test_a_time_without_sight_has_the_reason_that_was_written_and_none_where_none_was(school: School) -> None:
    school.watch(0, 10)
    blind(school, 10, 20, "dark")
    blind(school, 20.5, 25, "dark")
    blind(school, 40, 55, "no picture")
    (camera,) = seen().cameras
    told = [(*minutes([(each.starts_at, each.ends_at)])[0], each.reason) for each in camera.blind]
    assert told == [(10, 20, "dark"), (20.5, 25, "dark"), (25, 40, ""), (40, 50, "no picture")]


def test_a_camera_that_was_only_blind_counts_as_one_that_saw_nothing(school: School) -> None:
    school.watch(0, 50, "front")
    blind(school, 0, 50, "covered", "back")
    assert seen().percent == 0


def test_without_a_camera_that_wrote_anything_nothing_is_known(school: School) -> None:
    assert not seen().is_recorded
    assert seen().blind == []


def test_while_it_runs_the_last_minutes_are_not_called_blind_before_they_are_written(school: School) -> None:
    school.watch(0, 18)
    found = seen(at(20))
    assert (found.percent, found.blind) == (100, [])
    assert minutes(seen(at(30)).blind) == [(18, 27)]


def test_sight_takes_one_query_for_one_class_session_and_for_twenty(
    school: School, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        school.watch(0, 50, session=school.meet(NINE + timedelta(hours=number + 1)))
    sessions = list(ClassSession.objects.select_related("room"))
    with django_assert_num_queries(1):
        found = sight_of(sessions, NINE + timedelta(days=2))
    assert [found[each.pk].percent for each in sessions].count(100) == 20


def test_the_rooms_page_says_of_each_class_session_how_much_could_be_seen_and_why_not(
    client: Client, school: School
) -> None:
    school.watch(0, 35)
    blind(school, 35, 50, "frozen")
    page = words(client.get(f"/rooms/{school.room.pk}/").text)
    assert "The camera could see 70 % of the class session. CSC 301 needs 80 %." in page
    assert "09:35 to 09:50: its picture stands still" in page


def test_the_rooms_page_answers_for_last_week(client: Client, school: School) -> None:
    assert "CSC 301" not in client.get(f"/rooms/{school.room.pk}/?day=2026-11-16").text
    week = re.search(r'id="week-after" href="(.*?)"', client.get(f"/rooms/{school.room.pk}/?day=2026-11-16").text)
    assert week
    page = words(client.get(f"/rooms/{school.room.pk}/{week.group(1)}").text)
    assert "CSC 301" in page
    assert "No camera recorded that it could see. Whether one was working is not known." in page


def test_a_register_names_the_times_in_which_no_camera_could_see(client: Client, school: School) -> None:
    school.enrol()
    school.watch(0, 10)
    blind(school, 10, 16, "no picture")
    school.watch(16, 50)
    page = client.get(f"/sessions/{school.session.pk}/").text
    assert "No camera could see from 09:10 to 09:16." in words(page)
    assert "front, 09:10 to 09:16: it delivers no picture" in words(page)
    assert '<rect x="20.0%" width="12.0%" height="100%" fill="url(#hatch)"/>' in page


def test_a_register_that_could_be_seen_all_the_time_says_nothing_of_cameras(client: Client, school: School) -> None:
    school.enrol()
    school.watch()
    assert 'class="notice" id="blind"' not in client.get(f"/sessions/{school.session.pk}/").text


def test_a_moment_without_sight_is_no_notice(client: Client, school: School) -> None:
    """Such as the seconds until a camera that was switched on for the class session gives its first picture."""
    school.enrol()
    school.watch(0.5, 50)
    assert 'class="notice" id="blind"' not in client.get(f"/sessions/{school.session.pk}/").text


def test_a_moment_at_the_start_is_no_notice_while_hardly_more_has_passed(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is younger than three minutes may still arrive, so that all of the time so far can be those seconds."""
    school.enrol()
    school.watch(0.2, 3)
    for seconds in (185, 200, 239):
        monkeypatch.setattr(timezone, "now", lambda passed=seconds: NINE + timedelta(seconds=passed))
        assert 'class="notice" id="blind"' not in client.get(f"/sessions/{school.session.pk}/").text


def test_a_closed_register_tells_of_moments_where_they_left_too_little(client: Client, school: School) -> None:
    """A class session of two minutes, half of one without sight."""
    school.enrol()
    school.session.ends_at = NINE + timedelta(minutes=2)
    school.session.save()
    school.watch(0.5, 2)
    ClassSession.objects.update(closed_at=LATER)
    page = words(client.get(f"/sessions/{school.session.pk}/").text)
    assert "The cameras could see 75 % of the class session." in page


def test_a_single_camera_has_no_figure_beside_the_rooms(client: Client, school: School) -> None:
    """It may have belonged to the room for a part of the class session alone, and the two would differ."""
    RoomCamera.objects.create(room=school.room, camera_name="front", since=at(25))
    school.watch(25, 50)
    page = words(client.get(f"/rooms/{school.room.pk}/").text)
    assert "The camera could see 50 % of the class session." in page
    assert "100 %" not in page
    school.watch(0, 50, camera="back")
    page = words(client.get(f"/rooms/{school.room.pk}/").text)
    assert "back 100 %" in page
    assert "front 100 %" in page


def test_moments_that_leave_too_little_are_told(client: Client, school: School) -> None:
    for minute in range(50):
        school.watch(minute, minute + 0.5)
    page = words(client.get(f"/sessions/{school.session.pk}/").text)
    assert "The cameras could see 50 % of the class session." in page


def test_a_closed_register_speaks_of_all_of_the_class_session_however_soon_it_was_closed(school: School) -> None:
    """Until then what may still arrive is not called blind."""
    school.watch(0, 45)
    assert seen(at(47)).percent == 100
    ClassSession.objects.update(closed_at=at(50))
    assert seen(at(50)).percent == 90


def test_yesterdays_sight_says_nothing_of_today(school: School) -> None:
    """A camera that saw the day before and the day after was blind all the same."""
    for days in (-1, 1):
        school.watch(session=school.meet(NINE + timedelta(days=days)))
    session = ClassSession.objects.select_related("room").get(pk=school.session.pk)
    assert not sight_of([session], LATER + timedelta(days=3))[session.pk].is_recorded
    assert Sight.objects.count() == 2


def belongs(school: School, *cameras: str) -> None:
    for camera in cameras:
        RoomCamera.objects.create(room=school.room, camera_name=camera, since=at(-10_000))


def test_a_camera_that_reported_nothing_is_named_and_what_to_do_about_it(client: Client, school: School) -> None:
    belongs(school, "front", "back")
    school.watch()
    page = words(client.get(f"/sessions/{school.session.pk}/").text)
    assert "Not every camera could see from 09:00 to 09:50." in page
    assert "back, 09:00 to 09:50: it did not report" in page
    assert "“back” reported nothing at all. If it is no longer in the room, an administrator can say since when" in page
    room = words(client.get(f"/rooms/{school.room.pk}/").text)
    assert "All cameras together could see 0 % of the class session" in room
    assert "back 0 %" in room


def test_where_no_camera_of_the_room_reported_all_are_named(client: Client, school: School) -> None:
    school.enrol()
    belongs(school, "front", "back")
    page = words(client.get(f"/sessions/{school.session.pk}/").text)
    assert (
        "No camera recorded that it could see this class session. “back” and “front” reported nothing at all." in page
    )


def test_a_camera_is_judged_by_the_time_in_which_it_was_in_the_room(school: School) -> None:
    belongs(school, "front")
    RoomCamera.objects.create(room=school.room, camera_name="back", since=at(-10_000), until=at(20))
    school.watch()
    school.watch(10, 20, "back")
    back, front = seen().cameras
    assert (back.percent, front.percent, seen().percent) == (50, 100, 80)
    assert [(each.starts_at, each.ends_at) for each in back.blind] == [(at(0), at(10))]


def test_a_camera_that_is_to_report_still_is_not_called_silent(school: School) -> None:
    belongs(school, "front")
    assert not any(camera.is_silent for camera in seen(at(2)).cameras)
    assert all(camera.is_silent for camera in seen(at(10)).cameras)
