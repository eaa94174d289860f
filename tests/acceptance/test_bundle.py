"""The PyInstaller bundle on a machine without Python: it enrols, checks itself and marks a class.

`make test-bundle` builds it and names its program, which takes a minute or two; else there is nothing to try, and
tests/contract/test_bundle_spec.py sees to what it is built of.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.environment import PROGRAM, ROOT
from tests.fixtures.booted import Machine
from tests.fixtures.classroom import ROOM, Classroom

pytestmark = pytest.mark.skipif(PROGRAM not in os.environ, reason="make test-bundle builds what is tried here.")

CONFIGURATION = """\
room = "{room}"
database_url = "{database_url}"
state_dir = "{folder}/state"

[gallery]
path = "{folder}/gallery.pkl"
key_file = "{folder}/gallery.key"

[[cameras]]
name = "front"
source = "{clip}"
play = "fast"
"""


@pytest.fixture
def bundle() -> Path:
    """The folder that `make bundle` makes."""
    return Path(os.environ[PROGRAM]).parent


def run_without_python(bundle: Path, folder: Path, *arguments: str) -> str:
    """Run the bundle in an environment with nothing in it; returns all it said."""
    done = subprocess.run(
        [str(bundle / "recognizer"), *arguments],
        cwd=folder,
        env={"PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_bundle_enrols_checks_and_marks_the_class_without_python(
    bundle: Path,
    portraits: dict[str, Path],
    demo_clip: Path,
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    tmp_path: Path,
) -> None:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    for student, portrait in {"S1001": portraits["hopper"], "S1002": portraits["collins"]}.items():
        (tmp_path / "photos" / student).mkdir(parents=True)
        shutil.copy(portrait, tmp_path / "photos" / student)
    (tmp_path / "recognizer.toml").write_text(
        CONFIGURATION.format(room=ROOM, database_url=classroom.database_url, folder=tmp_path, clip=demo_clip)
    )

    assert "2 students" in run_without_python(bundle, tmp_path, "encode", "photos")
    assert "1920" in run_without_python(bundle, tmp_path, "check")
    run_without_python(bundle, tmp_path, "run")

    marks = classroom.marks()
    assert {number: (mark.status, mark.source) for number, mark in marks.items()} == {
        "S1001": ("present", "camera"),
        "S1002": ("present", "camera"),
    }


def test_the_bundle_evaluates_and_draws_its_report(bundle: Path, people: Path, tmp_path: Path) -> None:
    assert "4 people" in run_without_python(bundle, tmp_path, "evaluate", str(people), "--seeds", "1")
    assert (tmp_path / "report.html").read_text("utf-8").count("<svg") == 4


def test_the_bundle_holds_the_models_in_use_and_nobodys_face(bundle: Path) -> None:
    names = {path.name for path in bundle.rglob("*") if path.is_file()}

    assert {name for name in names if name.endswith(".dat")} == {
        "shape_predictor_5_face_landmarks.dat",
        "dlib_face_recognition_resnet_model_v1.dat",
        "mmod_human_face_detector.dat",
    }
    assert not {name for name in names if name.startswith("gallery.")} - {"gallery.pyc"}
    assert not {path.name for path in bundle.rglob("*")} & {"django", "portal", "skimage", "sample_data"}


SERVICE = """\
room = "{room}"
database_url = "sqlite:////var/lib/rollcall-recognizer/rollcall.sqlite3"
state_dir = "/var/lib/rollcall-recognizer/state"

[gallery]
path = "/var/lib/rollcall-recognizer/gallery.pkl"
key_file = "/var/lib/rollcall-recognizer/gallery.key"

[[cameras]]
name = "front"
source = "/trial/clip.mp4"
play = "loop"
"""

PROBE = """\
for address in 127.0.0.1 ::1 10.0.0.21 fd00::21 203.0.113.9 2001:db8::9; do
    (echo >/dev/udp/$address/9) 2>/dev/null && echo "probe: reached $address" || echo "probe: denied $address"
done
# As the node of a USB camera is: root's, and the group's.
cat /trial/camera
"""

TRIAL = """\
echo 'probe: the group video reads it' >/trial/camera
chown root:video /trial/camera
chmod 640 /trial/camera
systemctl start rollcall-recognizer
for _ in $(seq 300); do
    [[ $(systemctl show --property=StatusText rollcall-recognizer) = *"front watching"* ]] && break
    sleep 0.1
done
systemctl show --property=StatusText rollcall-recognizer
systemctl stop rollcall-recognizer
systemctl show --property=Result,ExecMainStatus rollcall-recognizer
journalctl --output=cat --unit=rollcall-recognizer
"""


def test_the_shipped_unit_starts_and_stops_the_bundle_and_limits_its_addresses(
    bundle: Path,
    demo_clip: Path,
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    machine: Machine,
    tmp_path: Path,
) -> None:
    """Under a systemd that has booted."""
    unit, state, configuration = "rollcall-recognizer.service", tmp_path / "state", tmp_path / "configuration"
    shutil.copy(ROOT / "deploy" / unit, machine.units)
    (machine.units / f"{unit}.d").mkdir()
    (machine.units / f"{unit}.d" / "probe.conf").write_text("[Service]\nExecStartPre=/bin/bash /trial/probe.sh\n")
    (machine.trial / "probe.sh").write_text(PROBE)
    shutil.copy(demo_clip, machine.trial / "clip.mp4")
    state.mkdir()
    configuration.mkdir()
    (configuration / "recognizer.toml").write_text(SERVICE.format(room=ROOM))
    database = shutil.move(migrated_sqlite, state / "rollcall.sqlite3")
    classroom = classroom_in(f"sqlite:///{database}")

    said = machine.boot(
        TRIAL,
        ["rollcall-recognizer"],
        {
            bundle: "/opt/rollcall/recognizer/current",
            state: "/var/lib/rollcall-recognizer",
            configuration: "/etc/rollcall",
        },
    )
    assert "StatusText=front watching" in said
    assert "ExecMainStatus=0" in said
    assert "Result=success" in said
    probed = {line for line in said.splitlines() if line.startswith("probe: ")}
    assert probed == {
        *(f"probe: reached {address}" for address in ("127.0.0.1", "::1", "10.0.0.21", "fd00::21")),
        *(f"probe: denied {address}" for address in ("203.0.113.9", "2001:db8::9")),
        "probe: the group video reads it",
    }
    assert "stopping: SIGTERM" in said
    assert "Traceback" not in said
    assert classroom.camera_states() == {"front": "stopped"}
