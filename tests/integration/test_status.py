"""``recognizer status`` asks the real daemon; its metrics and health are on loopback, its row is in the database."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from recognizer.monitoring.status_socket import SOCKET_FILE
from tests.environment import ROOT, product_environment
from tests.fixtures.classroom import ROOM, Classroom
from tests.fixtures.made_up_camera import Parent
from tests.fixtures.patience import only_long
from tests.fixtures.waiting import wait_for


@pytest.fixture
def classroom(migrated_sqlite: Path, classroom_in: Callable[[str], Classroom]) -> Classroom:
    return classroom_in(f"sqlite:///{migrated_sqlite}")


@pytest.fixture
def start(start_parent: Callable[..., Parent], classroom: Classroom) -> Callable[..., Parent]:
    return partial(start_parent, database_url=classroom.database_url)


class Asker:
    """``recognizer status`` with the configuration that was started last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, before: tuple[str, ...] = (), number: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [
                *before,
                sys.executable,
                "-m",
                "recognizer",
                "--config",
                self.folder / f"{number}.toml",
                "status",
                *arguments,
            ],
            cwd=ROOT,
            env=product_environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr
        return done

    def document(self, number: int = 0) -> dict[str, Any]:
        return dict(json.loads(self.run("--json", number=number).stdout or "{}"))

    def is_watched(self) -> bool:
        cameras = self.document().get("cameras", [])
        return any(camera["state"] == "watching" and camera["looks_per_second"] for camera in cameras)


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    return Asker(tmp_path)


def test_one_that_runs_says_how_it_is_and_one_that_does_not_has_an_exit_code_of_its_own(
    start: Callable[..., Parent], asker: Asker, classroom: Classroom, tmp_path: Path
) -> None:
    parent = start()
    wait_for(asker.is_watched, "the camera to be watched", 60)
    wait_for(lambda: asker.run().returncode == 0, "all to be well", 30)
    told = asker.run()
    assert told.stdout.startswith(f'recognizer 0.1.0 in room "{ROOM}": all is well\n')
    assert re.search(r"^ *front +watching for [0-9.]+ s +[0-9.]+ s ago +[0-9.]+ +0 +", told.stdout, re.MULTILINE), (
        told.stdout
    )
    document = asker.document()
    assert document["process"] == parent.process.pid
    assert document["room"] == ROOM
    (camera,) = document["cameras"]
    # The made-up camera gives a hundred pictures a second.
    assert 5 < camera["looks_per_second"] < 200
    assert (camera["faces"], camera["last_frame_age_seconds"] < 5) == (0, True)
    assert document["open_sessions"][0]["course"] == "DEMO 101"
    assert document["gallery"]["students"] == 0
    (row,) = wait_for(
        lambda: classroom.rows("SELECT * FROM camera_status WHERE looks_per_second IS NOT NULL"), "the whole row", 30
    )
    assert (row["gallery_version"], row["faces"], row["last_error"]) == (document["gallery"]["version"], 0, None)
    since, now = datetime.fromisoformat(str(row["state_since"])), datetime.now(UTC).replace(tzinfo=None)
    assert 0 < (now - since).total_seconds() < 120

    (tmp_path / "dark").touch()
    dark = wait_for(lambda: (done := asker.run()).returncode == 1 and done, "the darkness to be told", 30)
    assert "1 thing to mend" in dark.stdout
    assert "! camera front can see or name nobody: its picture is dark" in dark.stdout

    os.killpg(parent.process.pid, signal.SIGTERM)
    assert parent.process.wait(10) == 0, parent.output()
    assert not (tmp_path / "state" / SOCKET_FILE).exists()
    gone = asker.run()
    assert (gone.returncode, gone.stdout) == (3, "")
    assert gone.stderr == f"recognizer: no recognizer runs with the state folder {tmp_path}/state\n"


@only_long
def test_after_a_kill_nobody_answers_and_the_next_one_does(start: Callable[..., Parent], asker: Asker) -> None:
    parent = start()
    wait_for(asker.document, "an answer", 60)
    os.killpg(parent.process.pid, signal.SIGKILL)
    parent.process.wait()
    assert asker.run().returncode == 3

    again = start()
    wait_for(lambda: asker.document().get("process") == again.process.pid, "an answer of the next one", 60)


@only_long
def test_one_that_is_frozen_is_not_said_to_be_gone(
    start: Callable[..., Parent], asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = start()
    wait_for(asker.document, "an answer", 60)
    os.kill(parent.process.pid, signal.SIGSTOP)
    try:
        asked_at = time.monotonic()
        frozen = asker.run()
    finally:
        os.kill(parent.process.pid, signal.SIGCONT)
    assert frozen.returncode == 69
    assert "runs and did not answer within 10 s" in frozen.stderr
    assert time.monotonic() - asked_at < 30


def test_nobody_else_may_ask(start: Callable[..., Parent], asker: Asker, tmp_path: Path) -> None:
    other = shutil.which("setpriv")
    if os.geteuid() != 0 or other is None:
        pytest.skip("Only root, with setpriv, can ask as somebody else.")
    start()
    wait_for(asker.document, "an answer", 60)
    for folder in (tmp_path, *tmp_path.parents):
        with suppress(PermissionError):
            folder.chmod(folder.stat().st_mode | 0o055)
    (tmp_path / "state").chmod(0o755)
    refused = asker.run(before=(other, "--reuid=65534", "--regid=65534", "--clear-groups"))
    assert refused.returncode == 77, refused.stderr
    assert SOCKET_FILE in refused.stderr


def test_whoever_connects_and_does_nothing_holds_neither_marks_nor_answers(
    start: Callable[..., Parent], asker: Asker, classroom: Classroom, tmp_path: Path
) -> None:
    start()
    wait_for(asker.document, "an answer", 60)
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder(tmp_path / "state"))
        for _ in range(200):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            with suppress(BlockingIOError):
                client.connect(f"/proc/self/fd/{folder}/{SOCKET_FILE}")
        wait_for(classroom.marks, "the mark", 30)
        assert asker.document()["room"] == ROOM


class open_folder:
    def __init__(self, folder: Path) -> None:
        self.descriptor = os.open(folder, os.O_RDONLY)

    def __enter__(self) -> int:
        return self.descriptor

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)


@only_long
def test_the_one_that_waits_for_the_room_says_who_has_it(
    start: Callable[..., Parent], asker: Asker, tmp_path: Path
) -> None:
    start()
    wait_for(asker.is_watched, "the first to watch", 60)
    start(state=tmp_path / "other")
    waits = wait_for(
        lambda: (said := asker.document(1)).get("lease", {}).get("state") == "waiting" and said, "the second", 60
    )
    assert waits["lease"]["machine"] == socket.gethostname()
    assert [camera["state"] for camera in waits["cameras"]] == ["resting"]
    assert any("this one waits" in trouble for trouble in waits["troubles"])


@only_long
def test_a_database_that_is_away_is_told_and_when_it_is_back(
    start: Callable[..., Parent], asker: Asker, tmp_path: Path, classroom: Classroom
) -> None:
    file = Path(str(classroom.engine.url.database))
    file.rename(tmp_path / "moved")
    parent = start()

    def is_database(state: str) -> dict[str, Any] | None:
        said = asker.document().get("database", {"state": ""})
        return said if said["state"] == state else None

    away = wait_for(lambda: is_database("away"), "the outage", 60)
    assert "does not answer" in away["error"]
    (tmp_path / "moved").rename(file)
    wait_for(lambda: is_database("answers"), "the end of the outage", 60)
    assert "the database answers again, after" in parent.output()


def test_metrics_and_health_are_on_loopback_once_they_are_switched_on(
    start_parent: Callable[..., Parent], classroom: Classroom
) -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    parent = start_parent(database_url=classroom.database_url, more=f'[monitoring]\nlisten = "127.0.0.1:{port}"\n')

    def get(path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    wait_for(lambda: get("/readyz") == (200, "ok\n"), "it to be ready", 60)
    assert get("/healthz") == (200, "ok\n")
    assert 'rollcall_recognizer_camera_state{camera="front",state="watching"} 1\n' in get("/metrics")[1]
    # The child is killed again and again, so that it cannot become well in between.
    for _ in range(3):
        for child in parent.children():
            os.kill(child, signal.SIGKILL)
        if get("/readyz")[0] == 503:
            break
        time.sleep(0.3)
    assert "camera front fails: its process ended, signal SIGKILL" in get("/readyz")[1]
    assert get("/healthz") == (200, "ok\n")
