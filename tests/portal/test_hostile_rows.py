"""What a classroom machine that was taken over may write, with its session's checks switched off: pages show it."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.accounts.models import Account
from portal.web.mysql.base import EARLIEST, LATEST, read_instant
from tests.fixtures.mariadb import MigratedMariaDB, MySQL
from tests.fixtures.portal_database import recognizer_of
from tests.portal.school import found_school


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-23 09:00:00.250000", datetime.fromisoformat("2026-11-23T09:00:00.25")),
        ("0000-00-00 00:00:00.000000", EARLIEST),
        ("2026-02-31 09:00:00", EARLIEST),
        ("0001-01-01 00:00:00", EARLIEST),
        ("9999-12-31 23:59:59.999999", LATEST),
    ],
)
def test_an_instant_that_cannot_be_shown_is_the_nearest_that_can(text: str, instant: datetime) -> None:
    assert read_instant(text) == instant


def test_a_taken_over_classroom_machine_makes_no_page_fail(
    portal_on_mariadb: MigratedMariaDB, client: Client, settings: Settings
) -> None:
    settings.MONITORING = True
    school = found_school(timezone.now().replace(second=0, microsecond=0))
    session, (first, second, third, *_) = school.session, school.students
    room = recognizer_of(portal_on_mariadb, school.room)
    never, late = "'0000-00-00'", "'9999-12-31 23:59:59.999999'"
    own, during = school.room.pk, f"'{session.starts_at:%Y-%m-%d %H}:00'"
    # MySQL has no switch for its checks, so that what they refuse cannot be written there.
    is_mysql = isinstance(portal_on_mariadb.server, MySQL)
    checks = [] if is_mysql else ["SET SESSION check_constraint_checks = 0"]
    minutes = 0 if is_mysql else -1
    seen = (
        "INSERT INTO camera_mark (session_id, student_id, status, source, because, camera_name, distance,"
        f" first_seen_at, last_seen_at) VALUES ({session.pk}, "
    )
    with room.engine.begin() as hostile:
        for statement in (
            "SET SESSION sql_mode = '', foreign_key_checks = 0",
            *checks,
            f"{seen}{first.pk}, 'present', 'camera', '', '<b>', 1e308, {never}, {never})",
            f"{seen}{second.pk}, 'late', 'camera', '', '', -1, {late}, {late})",
            "INSERT INTO camera_status (room_id, camera_name, state, reported_at, last_frame_at, clock_offset_seconds)"
            f" VALUES ({own}, 'front', 'watching', {never}, {late}, 1e308)",
            f"INSERT INTO sight (room_id, camera_name, starts_at, ends_at) VALUES ({own}, 'a', {never}, {late})",
            "INSERT INTO blind_span (room_id, camera_name, starts_at, ends_at, reason)"
            f" VALUES ({own}, 'a', {never}, {late}, 'dark')",
            "INSERT INTO near_miss (session_id, student_id, room_id, camera_name, hour, first_seen_at, last_seen_at,"
            " minutes, distance, sure_below, runner_up_number, runner_up_distance, encodings)"
            f" VALUES ({session.pk}, {third.pk}, {own}, '<b>', {never}, {never}, {late},"
            f" {minutes}, -1e308, 1e308, '<b>', 1e308, 0)",
            *(
                "INSERT INTO evidence (session_id, student_id, room_id, camera_name, hour, first_seen_at, last_seen_at,"
                " minutes, distance, runner_up_number, encodings, is_confirmed, clock_was_wrong, is_between, suspicion)"
                f" VALUES ({session.pk}, {third.pk}, {own}, '{camera}', {at}, {at}, {at}, {seen_in}, 0.3, '', 5,"
                f" TRUE, FALSE, FALSE, {suspicion})"
                for camera, at, seen_in, suspicion in (
                    ("a", never, minutes, "NULL"),
                    ("b", during, minutes << 63, "'zzz'"),
                    ("c", during, minutes << 59, "CONCAT('<b>', CHAR(10))"),
                )
            ),
            f"INSERT INTO enrolled (room_id, student_id, enrolled_at) VALUES ({own}, {first.pk}, {never})",
        ):
            hostile.exec_driver_sql(statement)
    Account.objects.filter(pk=school.staff.pk).update(is_superuser=True, time_zone="Asia/Tokyo")
    client.force_login(Account.objects.get(pk=school.staff.pk))
    client.raise_request_exception = False

    pages = [
        "/",
        f"/sessions/{session.pk}/",
        f"/sessions/{session.pk}/students/{third.pk}/",
        "/exceptions/",
        "/records/",
        "/records.csv",
        "/cameras/",
        "/metrics",
    ]
    tables = ("mark", "camerastatus", "sight", "blindspan", "enrolled")
    pages += [f"/admin/attendance/{table}/" for table in tables]
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
