"""Rooms and their cameras in the admin."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from portal.accounts.models import Account
from portal.attendance.models import CameraStatus, Course, Enrolled, Mark, Room, RoomCamera, RosterEntry, Sight, Student
from portal.attendance.services.closing import close_due
from tests.portal.admin.pages import NINE, fill

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize(("zone", "since"), [("Australia/Sydney", "20:00"), ("America/Lima", "04:00")])
def test_the_zone_of_the_room_stands_beside_the_times_of_its_cameras(
    client: Client, staff: Account, zone: str, since: str
) -> None:
    """Whatever the zone of the account: an end is typed beside the start that is shown."""
    Account.objects.update(time_zone="Asia/Tokyo")
    for name, other in (("Hall 1", zone), ("Hall 2", "Europe/Berlin")):
        room = Room.objects.create(name=name, time_zone=other)
        RoomCamera.objects.create(room=room, camera_name="back", since=NINE)
        page = client.get(f"/admin/attendance/room/{room.pk}/change/").text
        assert f"No longer in this room since ({other})" in page
    page = client.get(f"/admin/attendance/room/{Room.objects.get(name='Hall 1').pk}/change/").text
    assert f"2026-03-02 {since} {zone}" in page


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


def test_the_row_of_a_camera_that_was_taken_down_can_be_deleted(client: Client, staff: Account) -> None:
    fill(1, staff)
    camera = CameraStatus.objects.get()
    assert client.get("/admin/attendance/camerastatus/add/").status_code == 403
    client.post(f"/admin/attendance/camerastatus/{camera.pk}/delete/", {"post": "yes"})
    assert not CameraStatus.objects.exists()
