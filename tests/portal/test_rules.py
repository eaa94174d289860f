"""Another rule of a course or a room leaves closed registers as they are, and is offered to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from portal.attendance.models import Mark, Room
from portal.attendance.services.closing import close_due
from portal.attendance.services.correction import correct_mark
from portal.office.views import by_rule
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(client: Client) -> School:
    """Two registers are closed; of both one camera saw all and the other one half."""
    school = found_school()
    client.force_login(school.staff, backend="django.contrib.auth.backends.ModelBackend")
    school.enrol()
    for session in (school.session, school.meet(NINE + timedelta(days=1))):
        school.watch(session=session)
        school.watch(0, 25, camera="back", session=session)
    correct_mark(school.session, school.students[0], "excused", "letter", school.lecturer)
    close_due()
    assert statuses() == {"excused", "unseen"}
    return school


def statuses() -> set[str]:
    return set(Mark.objects.values_list("status", flat=True))


def forms(*prefixes: str) -> dict[str, str]:
    return {f"{prefix}-{kind}_FORMS": "0" for prefix in prefixes for kind in ("TOTAL", "INITIAL")}


def save_course(client: Client, school: School, percent: int) -> str:
    sent: dict[str, Any] = {"code": "CSC 301", "title": "Operating Systems", "least_coverage_percent": percent}
    sent |= {"lecturers": [school.lecturer.pk]} | forms("roster", "sessions", "sessions-2")
    return client.post(f"/admin/attendance/course/{school.course.pk}/change/", sent, follow=True).text


def save_room(client: Client, school: School, **sent: str) -> str:
    sent = {"name": school.room.name, "time_zone": "UTC"} | forms("cameras", "room_cameras") | sent
    return client.post(f"/admin/attendance/room/{school.room.pk}/change/", sent, follow=True).text


def test_another_share_of_coverage_is_offered_to_the_registers_held(client: Client, school: School) -> None:
    page, address = save_course(client, school, 50), f"/courses/{school.course.pk}/rule/"
    assert f'<a href="{address}">Decide 2 of them too</a>' in page
    assert statuses() == {"excused", "unseen"}
    assert "CSC 301, Mon 23 Nov 2026" in client.get(address).text
    assert "Closed registers changed by the new rule: 2." in client.post(address, follow=True).text
    assert statuses() == {"excused", "absent"}
    assert client.get(address).status_code == 302


def test_what_each_camera_sees_is_offered_too(client: Client, school: School) -> None:
    address = f"/rooms/{school.room.pk}/rule/"
    assert f'<a href="{address}">Decide 2 of them too</a>' in save_room(client, school, each_camera_sees_all="on")
    assert Room.objects.get().each_camera_sees_all
    client.post(address)
    assert statuses() == {"excused", "absent"}


def test_of_many_a_request_decides_some_and_the_page_goes_on(
    client: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_rule, "MOST_AT_ONCE", 1)
    save_course(client, school, 50)
    address = f"/courses/{school.course.pk}/rule/"
    assert "Decide 1 closed register anew" in client.post(address, follow=True).text
    assert statuses() == {"excused", "unseen", "absent"}
    client.post(address)
    assert statuses() == {"excused", "absent"}


def test_nothing_is_offered_where_no_rule_was_changed_or_nobody_is_concerned(client: Client, school: School) -> None:
    assert "of them too" not in save_course(client, school, 80)
    assert "of them too" not in save_room(client, school)
    Mark.objects.filter(source="closing").delete()
    assert "of them too" not in save_course(client, school, 50)


def test_lecturers_do_not_decide_by_rules(client: Client, school: School) -> None:
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    client.post(f"/courses/{school.course.pk}/rule/")
    assert statuses() == {"excused", "unseen"}
