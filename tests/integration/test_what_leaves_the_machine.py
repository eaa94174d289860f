"""The programs speak to their cameras and their database, and to nobody else; no library of theirs does."""

from __future__ import annotations

import re
import secrets
import shutil
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.classroom import ROOM, Classroom
from tests.fixtures.patience import IS_LONG, only_long
from tests.fixtures.people import film
from tests.fixtures.tracing import Tracer
from tests.fixtures.waiting import free_port, wait_for

RECOGNIZER = (sys.executable, "-m", "recognizer")


def test_the_tracer_sees_what_it_is_for(tracer: Tracer) -> None:
    tracer.run(
        sys.executable,
        "-c",
        "import pathlib, socket\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 9))\n"
        "try: socket.getaddrinfo('rollcall.invalid', 80)\n"
        "except OSError: pathlib.Path('~/.cache').expanduser().mkdir()\n",
    )
    assert {"192.0.2.1", "/etc/resolv.conf"} <= tracer.spoken_to()
    assert "127.0.0.1" not in tracer.spoken_to()
    assert tracer.left_behind() == {".cache"}


@pytest.fixture
def classroom(migrated_sqlite: Path, classroom_in: Callable[[str], Classroom]) -> Classroom:
    return classroom_in(f"sqlite:///{migrated_sqlite}")


def test_the_recognizer_speaks_to_nobody_and_leaves_nothing_in_the_home(
    tracer: Tracer, classroom: Classroom, portraits: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "photos" / "S1001").mkdir(parents=True)
    shutil.copy(portraits["hopper"], tmp_path / "photos" / "S1001")
    film(portraits["hopper"], tmp_path / "clip.mp4", 20)
    (tmp_path / "recognizer.toml").write_text(
        f'room = "{ROOM}"\ndatabase_url = "{classroom.database_url}"\nstate_dir = "state"\n'
        '[gallery]\npath = "gallery.pkl"\nkey_file = "gallery.key"\n'
        '[[cameras]]\nname = "front"\nsource = "clip.mp4"\nplay = "fast"\n'
    )

    assert "1 student" in tracer.run(*RECOGNIZER, "encode", "photos", cwd=tmp_path)
    photo = next((tmp_path / "photos" / "S1001").iterdir())
    others = (["gallery"], ["outbox"], ["identify", photo], ["encode", "photos", "--audit"]) if IS_LONG else ()
    for command in (["check"], ["run"], *others):
        tracer.run(*RECOGNIZER, *command, cwd=tmp_path)

    assert tracer.spoken_to() == set()
    assert tracer.left_behind() == set()


@only_long
def test_an_evaluation_speaks_to_nobody_and_leaves_nothing_in_the_home(
    tracer: Tracer, people: Path, tmp_path: Path
) -> None:
    tracer.run(*RECOGNIZER, "evaluate", people, "--seeds", "1", cwd=tmp_path)

    assert (tmp_path / "report.html").read_text("utf-8").count("<svg") == 4
    assert tracer.spoken_to() == set()
    assert tracer.left_behind() == set()


def test_the_portal_speaks_to_nobody_and_leaves_nothing_in_the_home(tracer: Tracer, classroom: Classroom) -> None:
    service = {"database_url": classroom.database_url, "secret_key": secrets.token_urlsafe(50), "plain_http": "1"}
    for command in ("check", "migrate", "close_registers"):
        tracer.run(sys.executable, "manage.py", command, **service)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    portal = tracer.start(
        *(sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"),
        **{**service, "web_workers": "1"},
    )
    try:
        page = wait_for(lambda: read(f"{address}/account/sign-in/"), "the portal", seconds=60)
        addresses = re.findall(r'(?:href|src|action)="([^"]+)"', page)
        read(f"{address}/admin/")
    finally:
        output = tracer.stop(portal)

    assert tracer.spoken_to() == set(), output
    assert tracer.left_behind() == set()
    # Nor does a page send the reader's browser anywhere else.
    assert addresses
    assert all(found.startswith(("/", "#")) for found in addresses), addresses


def read(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""
