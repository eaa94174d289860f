"""A camera that takes over the process that decodes it: what hostile code reaches there, in the real daemon."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from recognizer.bootstrap.camera import SCHEDULE_FILE
from recognizer.config.configuration import GalleryConfig
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.register.attendance import ClassSession
from recognizer.ops.clock import utc_now
from recognizer.ops.confinement import landlock_version
from recognizer.storage.files.gallery_file import SignedGalleryFile
from recognizer.storage.files.schedule_file import ScheduleFile
from tests.environment import ROOT, product_environment
from tests.fixtures.hostile_recognizer import FINDINGS
from tests.fixtures.waiting import wait_for

ROOM = "A 101"
DATABASE_PASSWORD, OTHER_CAMERAS_PASSWORD = "quiet-harbour-lantern", "amber-violin-meadow"


@pytest.fixture
def database_port() -> Iterator[int]:
    """Somebody listens there, as a database would."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    """Of a room with two cameras and a class session that is open now; the first camera is the hostile one."""
    state, key = tmp_path / "state", tmp_path / "gallery.key"
    state.mkdir(mode=0o700)
    store = SignedGalleryFile(GalleryConfig(tmp_path / "gallery.pkl", key_file=key))
    store.save(Gallery.empty().with_reference("S1", "photo", np.eye(1, 128, dtype=np.float32)[0]))
    begun_at = utc_now() - timedelta(minutes=1)
    session = ClassSession(1, "C1", begun_at, begun_at + timedelta(hours=1), 10, frozenset({"S1"}))
    ScheduleFile(state / SCHEDULE_FILE, ROOM).save([session])
    path = tmp_path / "recognizer.toml"
    path.write_text(
        f'''room = "{ROOM}"
state_dir = "{state}"
[gallery]
path = "{tmp_path}/gallery.pkl"
key_file = "{key}"
[[cameras]]
name = "front"
source = "{tmp_path}/clip.mp4"
[[cameras]]
name = "back"
source = "rtsp://viewer:{OTHER_CAMERAS_PASSWORD}@127.0.0.1:9/1"
'''
    )
    return path


@pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")
def test_hostile_code_in_a_cameras_process_reaches_no_key_no_state_and_no_other_process(
    configuration: Path, database_port: int, tmp_path: Path
) -> None:
    key = (tmp_path / "gallery.key").read_text().strip()
    secrets = {"the database's password": DATABASE_PASSWORD, "another camera's": OTHER_CAMERAS_PASSWORD, "the key": key}
    bystander = subprocess.Popen(["sleep", "600"], env={"SECRET": "none"})
    state = tmp_path / "state"
    tried = {
        "files": [
            *map(str, (configuration, tmp_path / "gallery.pkl", tmp_path / "gallery.key", ROOT / "README.md")),
            *("/etc/passwd", "/etc/machine-id", f"{state}/outbox.sqlite3", f"{state}/{SCHEDULE_FILE}"),
        ],
        "folders": [str(tmp_path), str(state), "/tmp", "/dev/shm", "/var/tmp", str(Path.home()), "/etc"],
        "processes": [bystander.pid],
        "ports": [database_port] if landlock_version() >= 4 else [],
        "secrets": {name: secret[::-1] for name, secret in secrets.items()},
    }
    (tmp_path / "clip.mp4").write_text(json.dumps(tried))
    url = f"mysql+pymysql://rollcall:{DATABASE_PASSWORD}@127.0.0.1:9/rollcall"
    code = "import sys; from tests.fixtures.hostile_recognizer import run_with_hostile_camera as run; sys.exit(run())"
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(configuration)],
            cwd=ROOT,
            env=product_environment() | {"ROLLCALL_DATABASE_URL": url},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(lambda: FINDINGS in log.read_text(), "what the hostile code found", 60)
        found = log.read_text().partition(FINDINGS)[2].splitlines()[0]
        assert json.loads(found) == []
        wait_for(lambda: "camera front fails: its process ended, signal SIGKILL" in log.read_text(), "its end", 10)
        assert process.poll() is None, "the daemon goes on"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        bystander.kill()
        bystander.wait()
