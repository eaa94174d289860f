"""As in service: a network camera, MariaDB, and each program as its own user with just the rights of grants.sql."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from deploy.demo.clip import CLIP_SECONDS
from tests.fixtures.classroom import Classroom
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.patience import IS_LONG
from tests.fixtures.recognizer import Recognizer
from tests.fixtures.rtsp import RtspCamera
from tests.fixtures.visitor import correct, open_register, sign_in, wait_for_status
from tests.fixtures.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "hunter2-&-ü"
CLIP_LENGTH = timedelta(seconds=CLIP_SECONDS + 1)


@pytest.fixture
def classroom(migrated_mariadb: MigratedMariaDB, classroom_in: Callable[[str], Classroom]) -> Classroom:
    return classroom_in(migrated_mariadb.owner_url)


@pytest.fixture
def clip(request: pytest.FixtureRequest) -> Path:
    """The demo's in the long run; in the usual one of which nobody has to be waited for."""
    path: Path = request.getfixturevalue("demo_clip" if IS_LONG else "sitting_clip")
    return path


def test_a_network_camera_marks_both_students_and_the_portal_corrects_one(
    migrated_mariadb: MigratedMariaDB,
    classroom: Classroom,
    clip: Path,
    rtsp_server: Callable[..., RtspCamera],
    run_recognizer: Callable[..., Recognizer],
    portal_server: Callable[[str], str],
    open_page: Callable[..., Page],
) -> None:
    """The lecturer's browser has no JavaScript; the camera asks for a password, which is never told to anyone.

    The broken rooms' oracle has no part in it: it judges by what cameras wrote down frame by frame, and this one plays
    a clip of which is known who comes, and not by which picture.
    """
    camera = rtsp_server(clip, user="viewer", password=PASSWORD)
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
