"""The Cameras page: each room, what is wrong with it, since when, and which comes first."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.models import (
    BlindSpan,
    CameraStatus,
    ClassSession,
    OutboxFault,
    Room,
    RoomCamera,
    RoomLease,
    Sight,
)
from portal.attendance.queries.cameras import reporting_recognizers
from portal.attendance.queries.room_days import room_days
from portal.attendance.queries.troubles import newest_version
from portal.attendance.queries.watch import watch_rooms
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _nothing_is_kept_of_other_tests() -> None:
    cache.clear()


@pytest.fixture
def school() -> School:
    school = found_school()
    school.staff.time_zone = "UTC"
    school.staff.save()
    return school


@pytest.fixture
def staff(client: Client, school: School) -> Client:
    client.force_login(school.staff, backend="django.contrib.auth.backends.ModelBackend")
    return client


def words(page: str) -> str:
    """What a reader sees."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def line_of(staff: Client, room: Room, **query: str) -> str:
    page = staff.get("/cameras/", query).text
    (found,) = re.findall(rf'<li class="watched[^>]*id="room-{room.pk}">(.*?)</svg>', page, re.DOTALL)
    return words(found).replace(" :", ":")


def hours(instant: datetime) -> str:
    day = "" if instant.date() == timezone.now().date() else f"{instant.day} {instant:%b}, "
    return f"{day}{instant:%H:%M}"


def lease_of(room: Room, **values: Any) -> RoomLease:
    now = timezone.now()
    row = {"holder": "h", "token": "t", "machine": "desk-1", "held_since": now, "expires_at": now + MINUTE}
    return RoomLease.objects.create(room=room, **row | values)


def test_a_room_that_is_well_takes_one_quiet_line(staff: Client, school: School) -> None:
    school.move(timezone.now() - 10 * MINUTE)
    school.camera(gallery_size=4, version="0.2.0")
    school.camera(camera_name="back", gallery_size=4, version="0.2.0")
    line = line_of(staff, school.room)
    assert line.startswith(f"Lecture Theatre 1 2 cameras watching Now CSC 301 until {hours(school.session.ends_at)}")
    assert 'class="plain wrong"' not in staff.get("/cameras/").text


THREE_MINUTES_AGO = 3 * MINUTE


@pytest.mark.parametrize(
    ("camera", "said"),
    [
        ({"reported_at": -3 * MINUTE}, "front: silent since {}: the recognizer, its machine or its network is down"),
        ({"state": "stopped", "reported_at": -3 * MINUTE}, "front: switched off since {}: its recognizer was stopped"),
        (
            {"state": "failing", "state_since": -3 * MINUTE, "last_error": "the camera refuses the connection."},
            "front: failing since {}: the camera refuses the connection",
        ),
        ({"state": "failing", "last_frame_at": -3 * MINUTE}, "front: failing since {}"),
        ({"state": "starting", "state_since": -3 * MINUTE}, "front: starting since {}, and has shown no picture"),
        ({"refused_marks": 1}, "1 entry set aside: the database refused it."),
        ({"refused_marks": 12}, "12 entries set aside: the database refused them."),
        ({"kept_in_memory": 7}, "7 entries in memory alone: the disk of the classroom machine takes nothing"),
        ({"outbox_depth": 1204}, "1,204 entries waiting to be delivered"),
        ({"clock_offset_seconds": 75.2}, "The classroom machine’s clock is 75 seconds behind"),
        ({"clock_offset_seconds": -3605.0}, "The classroom machine’s clock is 60 minutes ahead"),
        ({"gallery_size": 0}, "Nobody is enrolled in its gallery"),
    ],
)
def test_what_is_wrong_is_said_in_words_and_since_when(
    staff: Client, school: School, camera: dict[str, Any], said: str
) -> None:
    now = timezone.now()
    values = {name: now + value if isinstance(value, timedelta) else value for name, value in camera.items()}
    school.camera(**{"gallery_size": 4} | values)
    assert said.format(hours(now - THREE_MINUTES_AGO)) in line_of(staff, school.room)


@pytest.mark.parametrize(
    "camera",
    [
        {"state": "resting"},
        {"state": "starting", "state_since": timedelta()},
        {"outbox_depth": 99},
        {"clock_offset_seconds": -59.0},
        {"reported_at": -1.5 * MINUTE},
        {"last_error": "it was away", "state": "watching"},
    ],
)
def test_what_is_usual_is_no_trouble(staff: Client, school: School, camera: dict[str, Any]) -> None:
    now = timezone.now()
    values = {name: now + value if isinstance(value, timedelta) else value for name, value in camera.items()}
    school.camera(**{"gallery_size": 4} | values)
    (watch,) = watch_rooms(now)
    assert not watch.troubles
    assert 'class="plain wrong"' not in staff.get("/cameras/").text


def test_a_camera_that_says_it_is_covered_is_blind_until_it_says_that_it_sees(staff: Client, school: School) -> None:
    now = timezone.now()
    school.camera(gallery_size=4)
    BlindSpan.objects.create(
        room=school.room, camera_name="front", starts_at=now - 9 * MINUTE, ends_at=now - MINUTE, reason="covered"
    )
    assert f"front: cannot see since {hours(now - 9 * MINUTE)}: it is covered" in line_of(staff, school.room)
    Sight.objects.create(room=school.room, camera_name="front", starts_at=now - MINUTE, ends_at=now)
    assert "cannot see" not in line_of(staff, school.room)


def test_a_dark_room_is_a_fault_only_once_the_class_session_has_begun(staff: Client, school: School) -> None:
    now = timezone.now()
    school.camera(gallery_size=4)
    BlindSpan.objects.create(
        room=school.room, camera_name="front", starts_at=now - 9 * MINUTE, ends_at=now, reason="dark"
    )
    school.move(now + 5 * MINUTE)
    (watch,) = watch_rooms(now)
    assert (watch.faults, watch.is_needed) == ([], True)
    assert "its pictures are black. The light may be off" in line_of(staff, school.room)
    school.move(now - 6 * MINUTE)
    (watch,) = watch_rooms(now)
    assert watch.faults
    assert "The light may be off" not in line_of(staff, school.room)


def test_a_camera_that_never_reported_and_one_that_was_taken_away(staff: Client, school: School) -> None:
    now = timezone.now()
    school.camera(gallery_size=4)
    for name, until in (("front", None), ("back", None), ("old", now - MINUTE)):
        since = now - 3 * MINUTE
        RoomCamera.objects.create(room=school.room, camera_name=name, since=since, until=until)
    school.camera(camera_name="old", reported_at=now - 60 * MINUTE)
    line = line_of(staff, school.room)
    assert "2 cameras: 1 silent, 1 watching" in line
    assert f"back: has not reported since {hours(now - 3 * MINUTE)}, when it was added" in line
    assert "old" not in line


def test_cameras_with_the_same_trouble_are_told_together(staff: Client, school: School) -> None:
    at = timezone.now() - 60 * MINUTE
    for name in ("front", "back", "left"):
        school.camera(camera_name=name, reported_at=at)
    assert f"All 3 cameras: silent since {hours(at)}" in line_of(staff, school.room)


def test_who_waits_for_the_room_and_an_older_recognizer_are_told_without_alarm(staff: Client, school: School) -> None:
    now = timezone.now()
    school.camera(gallery_size=4, version="0.9.0")
    elsewhere = Room.objects.create(name="B 101")
    CameraStatus.objects.create(
        room=elsewhere, camera_name="c", state="watching", reported_at=now, version="0.10.0", gallery_size=1
    )
    lease_of(school.room, waiting_machine="desk-2", waiting_at=now)
    line = line_of(staff, school.room)
    assert "A second recognizer waits, on the machine desk-2" in line
    assert "Its recognizer is of release 0.9.0; others run a newer one" in line
    assert "newer one" not in line_of(staff, elsewhere)
    assert f'id="room-{school.room.pk}"' in staff.get("/cameras/", {"show": "well"}).text
    page = words(staff.get(f"/cameras/{school.room.pk}/").text)
    assert f"the one on the machine desk-1 , since {hours(now)}" in page


def test_an_outbox_that_was_damaged_is_told_for_two_weeks(staff: Client, school: School) -> None:
    now = timezone.now()
    school.camera(gallery_size=4)
    values = {"reason": "damaged", "entries_saved": 12, "entries_lost": 3, "bytes_unreadable": 9}
    OutboxFault.objects.create(room=school.room, happened_at=now - timedelta(days=3), **values)
    OutboxFault.objects.create(room=school.room, happened_at=now - timedelta(days=15), **values | {"entries_lost": 77})
    line = line_of(staff, school.room)
    assert "the outbox: its file was damaged (12 read, 3 entries lost)" in line
    assert "77" not in line


def test_two_machines_with_other_galleries_in_one_room_are_told(staff: Client, school: School) -> None:
    school.camera(gallery_size=4, gallery_version="aa")
    back = school.camera(camera_name="back", gallery_size=4, gallery_version="bb")
    assert "Its cameras do not all use the same gallery" in line_of(staff, school.room)
    CameraStatus.objects.filter(pk=back.pk).update(gallery_version="aa")
    assert "gallery" not in line_of(staff, school.room)


def test_a_room_without_a_camera_is_told_where_it_has_class_sessions(staff: Client, school: School) -> None:
    school.move(timezone.now() + timedelta(hours=3))
    empty = Room.objects.create(name="Store")
    assert "No camera belongs to this room, and it has class sessions" in line_of(staff, school.room)
    assert "No camera belongs" not in line_of(staff, empty)
    page = staff.get("/cameras/", {"show": "none"}).text
    assert page.index("Lecture Theatre 1") < page.index("Store")


def test_what_is_needed_now_comes_first_then_what_is_worst(staff: Client, school: School) -> None:
    now = timezone.now()
    school.move(now - 10 * MINUTE)

    def room(name: str, **values: Any) -> Room:
        made = Room.objects.create(name=name)
        CameraStatus.objects.create(
            room=made, camera_name="c", **{"state": "watching", "reported_at": now, "gallery_size": 1} | values
        )
        return made

    room("A well"), room("B warned", refused_marks=1), room("C silent", reported_at=now - 60 * MINUTE)
    needed = room("Z silent and needed", state="failing", reported_at=now)
    school.meet(now + 20 * MINUTE, room=needed)
    school.camera(gallery_size=4)
    page = staff.get("/cameras/").text
    found = [words(name) for name in re.findall(r"<h2><a[^>]*>(.*?)</a></h2>", page)]
    assert found == ["Z silent and needed", "C silent", "B warned", "Lecture Theatre 1", "A well"]
    assert "1 room with a class session now or within 30 minutes cannot be seen." in words(page)


def test_rooms_are_found_by_their_name_their_cameras_and_their_machine(staff: Client, school: School) -> None:
    school.camera(camera_name="balcony")
    lease_of(school.room, machine="desk-17")
    Room.objects.create(name="B 101")
    for search in ("theatre", "BALCONY", "desk-17"):
        page = staff.get("/cameras/", {"search": search}).text
        assert "Lecture Theatre 1" in page
        assert "B 101" not in page
    assert "No room is like that" in staff.get("/cameras/", {"search": "nowhere"}).text
    assert staff.get("/cameras/", {"page": "x", "show": "<b>"}).status_code == 200


def test_a_page_that_asks_again_is_sent_only_what_is_new(staff: Client, school: School) -> None:
    camera = school.camera(gallery_size=4)
    for path, part in (("/cameras/", "rooms"), (f"/cameras/{school.room.pk}/", "status")):
        page = staff.get(path).text
        (version,) = re.findall(rf'<section id="{part}".*?"version": "(\w+)"', page)
        asked = {"headers": {"HX-Request": "true"}, "query_params": {"version": version}}
        assert staff.get(path, **asked).status_code == 204
        CameraStatus.objects.filter(pk=camera.pk).update(state="failing", last_error="no route to host")
        assert "no route to host" in staff.get(path, **asked).text
        CameraStatus.objects.filter(pk=camera.pk).update(state="watching", last_error=None)


def test_the_days_say_how_much_of_the_class_sessions_could_be_seen(school: School) -> None:
    now = school.session.starts_at + timedelta(days=1)
    RoomCamera.objects.create(room=school.room, camera_name="front", since=now - timedelta(days=30))
    school.watch(0, 40)
    zone = school.room.zone
    *_, seen, today = room_days([school.room], 14, zone, now)[school.room.pk]
    assert (seen.day, seen.percent, len(seen.sessions)) == (school.session.day, 80, 1)
    assert (today.percent, today.sessions) == (None, [])
    RoomCamera.objects.create(room=school.room, camera_name="back", since=now - timedelta(days=30))
    school.watch(0, 20, camera="back")
    assert room_days([school.room], 14, zone, now)[school.room.pk][-2].percent == 40
    school.room.each_camera_sees_all = True
    assert room_days([school.room], 14, zone, now)[school.room.pk][-2].percent == 80


def test_a_class_session_past_midnight_belongs_whole_to_the_day_on_which_it_begins(school: School) -> None:
    RoomCamera.objects.create(room=school.room, camera_name="front", since=school.session.starts_at - 9 * MINUTE)
    school.move(school.session.starts_at.replace(hour=23, minute=30))
    school.watch(0, 50)
    now = school.session.ends_at + timedelta(hours=3)
    *_, begun, today = room_days([school.room], 14, school.room.zone, now)[school.room.pk]
    assert (begun.percent, today.percent) == (100, None)


def test_a_rooms_page_shows_its_cameras_recognizer_days_and_who_is_told(staff: Client, school: School) -> None:
    now = timezone.now()
    school.move(now - timedelta(hours=2))
    school.camera(
        gallery_size=4, gallery_version="9f31c2ab", looks_per_second=3.94, faces=23, state_since=now - 5 * MINUTE
    )
    school.watch(0, 20)
    start = school.session.starts_at + 20 * MINUTE
    BlindSpan.objects.create(
        room=school.room, camera_name="front", starts_at=start, ends_at=start + 9 * MINUTE, reason="torn"
    )
    page = staff.get(f"/cameras/{school.room.pk}/").text
    said = words(page)
    assert f"front Watching since {hours(now - 5 * MINUTE)}" in said
    assert "3.9 23" in said
    assert "4 students, version 9f31c2ab" in said
    assert f"front: {start:%H:%M} – {start + 9 * MINUTE:%H:%M} could not see" in said
    assert "Nobody is told of this room." in said
    assert "style=" not in page


def test_what_was_seen_after_midnight_is_drawn_with_the_class_session_that_began_before(
    staff: Client, school: School
) -> None:
    Account.objects.update(time_zone="UTC")
    midnight = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    school.move(midnight - 20 * MINUTE)
    school.camera(gallery_size=4)
    start = midnight + 10 * MINUTE
    BlindSpan.objects.create(
        room=school.room, camera_name="front", starts_at=start, ends_at=start + 9 * MINUTE, reason="torn"
    )
    said = words(staff.get(f"/cameras/{school.room.pk}/").text)
    assert "front: 00:10 – 00:19 could not see" in said


def test_what_a_camera_said_last_stands_on_the_rooms_page_without_a_password(staff: Client, school: School) -> None:
    school.camera(gallery_size=4, last_error="the gallery is damaged; see rtsp://admin:geheim@10.0.0.9/live")
    page = staff.get(f"/cameras/{school.room.pk}/").text
    assert "the gallery is damaged; see rtsp://***@10.0.0.9/live" in page
    school.camera(camera_name="back", state="failing", last_error="rtsp://admin:geheim@10.0.0.9/live answers 401")
    for path in ("/cameras/", f"/cameras/{school.room.pk}/"):
        assert "geheim" not in staff.get(path).text


def test_staff_name_people_for_a_room_and_switch_their_own_mails(staff: Client, school: School) -> None:
    where = f"/cameras/{school.room.pk}/contacts/"
    page = staff.post("/cameras/mails/", {"told": "1"}, follow=True).text
    assert "You get them, at <b>registrar@uni.example</b>" in page
    assert (
        "So those are told who asked to be told of all rooms: Sam Registrar."
        in staff.get(f"/cameras/{school.room.pk}/").text
    )
    assert "is told of the cameras" in staff.post(where, {"add": school.staff.pk}, follow=True).text
    assert staff.post(where, {"add": school.lecturer.pk}).status_code == 404, "a lecturer is not of the staff"
    for wrong in ({}, {"add": ""}, {"add": "x"}, {"add": "9" * 40}):
        assert "Choose somebody from the list." in staff.post(where, wrong, follow=True).text
    assert "no longer named" in staff.post(where, {"remove": school.staff.pk}, follow=True).text
    assert not school.room.contacts.exists()


def _queries(staff: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert staff.get(path).status_code == 200
    return len(caught)


def test_the_pages_take_as_many_queries_for_one_room_as_for_many(staff: Client, school: School) -> None:
    now = timezone.now()

    def fill(room: Room, cameras: int) -> None:
        names = [f"{room.name} {number}" for number in range(cameras)]
        RoomCamera.objects.bulk_create(
            RoomCamera(room=room, camera_name=each, since=now - 9 * MINUTE) for each in names
        )
        CameraStatus.objects.bulk_create(
            CameraStatus(room=room, camera_name=each, state="failing", reported_at=now, gallery_size=1)
            for each in names
        )
        session = school.meet(now - timedelta(days=2), room=room)
        Sight.objects.bulk_create(
            Sight(room=room, camera_name=each, starts_at=session.starts_at, ends_at=session.ends_at) for each in names
        )
        lease_of(room)
        school.meet(now + 5 * MINUTE, room=room)

    fill(school.room, 1)
    few = {path: _queries(staff, path) for path in ("/cameras/", f"/cameras/{school.room.pk}/")}
    for number in range(60):
        fill(Room.objects.create(name=f"Room {number:02}"), 2)
    assert {path: _queries(staff, path) for path in few} == few
    assert max(few.values()) <= 12
    assert ClassSession.objects.count() == 123


def test_a_report_of_the_future_keeps_no_dead_camera_alive_on_any_page(staff: Client, school: School) -> None:
    school.move(timezone.now() - 10 * MINUTE)
    school.camera(gallery_size=4, version="9.9.9", reported_at=timezone.now() + timedelta(days=900))
    assert "silent: the recognizer, its machine or its network is down" in line_of(staff, school.room)
    assert newest_version(each.version for each in reporting_recognizers(timezone.now())) == ""
    for path in (f"/cameras/{school.room.pk}/", f"/sessions/{school.session.pk}/", "/admin/attendance/camerastatus/"):
        page = staff.get(path)
        assert page.status_code == 200, path
        assert "silent" in page.text.lower(), path
        assert not re.search("Watching</(td|div)>", page.text), path
