"""As in service: a network camera, MariaDB, and each program as its own user with just the rights of grants.sql."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from deploy.demo.clip import CLIP_SECONDS
from tests.acceptance.breaking.patience import IS_LONG
from tests.fixtures.classroom import Classroom
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.recognizer import Recognizer
from tests.fixtures.rtsp import RtspCamera
from tests.fixtures.visitor import correct, open_register, sign_in, wait_for_status
from tests.fixtures.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "hunter2-&-ü"
CLIP_LENGTH = timedelta(seconds=CLIP_SECONDS + 1)
DENIED = {1142, 1143, 1044, 1227}
"""What MariaDB answers when a table, a column, a database or a privilege is not the user's."""


@pytest.fixture
def classroom(migrated_mariadb: MigratedMariaDB, classroom_in: Callable[[str], Classroom]) -> Classroom:
    return classroom_in(migrated_mariadb.owner_url)


def test_a_network_camera_marks_both_students_and_the_portal_corrects_one(
    migrated_mariadb: MigratedMariaDB,
    classroom: Classroom,
    demo_clip: Path,
    rtsp_server: Callable[..., RtspCamera],
    run_recognizer: Callable[..., Recognizer],
    portal_server: Callable[[str], str],
    open_page: Callable[..., Page],
) -> None:
    """The lecturer's browser has no JavaScript; the camera asks for a password, which is never told to anyone."""
    camera = rtsp_server(demo_clip, user="viewer", password=PASSWORD)
    check = run_recognizer(migrated_mariadb.recognizer_url, camera, play="live", command="check")
    assert check.finish(60) == 0, check.output()
    recognizer = run_recognizer(migrated_mariadb.recognizer_url, camera, play="live")
    first_frame_at = wait_for(classroom.last_frame_at, "the first frame", 30)

    page = open_page(java_script_enabled=False)
    sign_in(page, portal_server(migrated_mariadb.portal_url), classroom)
    wait_for(lambda: "S1002" in classroom.marks(), "Collins's mark", 60)
    open_register(page, classroom)
    wait_for_status(page, "Eileen Collins", "Present")
    correct(page, "Eileen Collins", to="Excused", reason="Left for the launch")

    wait_for(lambda: "S1001" in classroom.marks(), "Hopper's mark", 90)
    if IS_LONG:
        # All of the clip, so that the stranger is there to be mistaken for someone, as from a file in test_demo_run.
        ends_at = first_frame_at + CLIP_LENGTH
        wait_for(lambda: (classroom.last_frame_at() or first_frame_at) > ends_at, "the clip's end", 90)
    assert recognizer.stop() == 0, recognizer.output()
    marks = classroom.marks()
    assert {number: (mark.status, mark.source) for number, mark in marks.items()} == {
        "S1001": ("present", "camera"),
        "S1002": ("excused", "lecturer"),
    }
    changes = classroom.rows("SELECT from_status, to_status, reason FROM mark_change WHERE changed_by_id IS NOT NULL")
    assert changes == [{"from_status": "present", "to_status": "excused", "reason": "Left for the launch"}]
    told = [check.output(), recognizer.output(), str(classroom.rows("SELECT * FROM camera_status"))]
    for text_told in told:
        assert PASSWORD not in text_told
        assert quote(PASSWORD, safe="") not in text_told


def _is_denied(url: str, statement: str) -> bool:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            connection.execute(text(statement))
    except DBAPIError as error:
        return error.orig is not None and error.orig.args[0] in DENIED
    return False


@pytest.fixture
def corrected(classroom: Classroom) -> Classroom:
    """With one mark that a lecturer has changed."""
    with classroom.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO mark (session_id, student_id, status, source, marked_by_id)"
            " SELECT class_session.id, student.id, 'excused', 'lecturer', account.id"
            " FROM class_session, student, account WHERE student.number = 'S1001'"
        )
        connection.exec_driver_sql(
            "INSERT INTO mark_change"
            " (session_id, student_id, changed_by_id, changed_at, from_status, to_status, reason)"
            " SELECT session_id, student_id, marked_by_id, '2026-01-01', '', 'excused', 'Ill' FROM mark"
        )
    return classroom


def test_the_recognizers_user_can_neither_delete_nor_read_people(
    migrated_mariadb: MigratedMariaDB, corrected: Classroom
) -> None:
    for statement in (
        "DELETE FROM mark",
        "DELETE FROM camera_status",
        "SELECT * FROM mark_change",
        "INSERT INTO mark_change (session_id, student_id, to_status, reason, changed_by_id)"
        " SELECT session_id, student_id, 'absent', 'x', marked_by_id FROM mark",
        "UPDATE mark_change SET reason = 'x'",
        "UPDATE mark SET marked_by_id = NULL",
        "UPDATE mark SET note = ''",
        "SELECT password FROM account",
        "INSERT INTO roster_entry (course_id, student_id) VALUES (1, 1)",
        "UPDATE class_session SET is_cancelled = 1",
        "DROP TABLE mark",
        "CREATE TABLE mine (id INT)",
    ):
        assert _is_denied(migrated_mariadb.recognizer_url, statement), statement
    assert corrected.marks()["S1001"].status == "excused"


def test_the_portals_user_can_neither_rewrite_history_nor_the_schema(
    migrated_mariadb: MigratedMariaDB, corrected: Classroom
) -> None:
    for statement in (
        "UPDATE mark_change SET reason = 'x'",
        "DELETE FROM mark_change",
        "TRUNCATE mark_change",
        "DROP TABLE mark_change",
        "ALTER TABLE mark ADD COLUMN mine INT",
        "CREATE TABLE mine (id INT)",
    ):
        assert _is_denied(migrated_mariadb.portal_url, statement), statement
    assert corrected.rows("SELECT reason FROM mark_change") == [{"reason": "Ill"}]
