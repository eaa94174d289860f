"""`recognizer backup` and `restore`: what a classroom machine had, it has again."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from recognizer.config.configuration import GalleryConfig
from recognizer.domain.register.evidence import Evidence
from recognizer.storage.files.gallery_file import SignedGalleryFile
from recognizer.storage.files.outbox import SqliteOutbox
from recognizer.storage.files.state_folder import held_state_folder
from tests.environment import ROOT, product_environment
from tests.fixtures.patience import only_long

HOUR = datetime(2026, 10, 5, 9)  # noqa: DTZ001 - naive UTC
PASSWORD = "the-cameras-password"


@dataclass(frozen=True)
class Machine:
    """A classroom machine with its configuration and folders below one."""

    folder: Path

    @property
    def settings(self) -> Path:
        return self.folder / "recognizer.toml"

    @property
    def gallery(self) -> SignedGalleryFile:
        return SignedGalleryFile(GalleryConfig(path=self.data / "gallery.pkl", key_file=self.data / "gallery.key"))

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def outbox(self) -> Path:
        return self.data / "state" / "outbox.sqlite3"

    def configure(self, room: str = "A 101") -> None:
        """As an admin has done it; or, without a room, as the package brings it."""
        self.data.mkdir(parents=True, exist_ok=True)
        named = f'room = "{room}"\n' if room else ""
        camera = f'[[cameras]]\nname = "front"\nsource = "rtsp://user:{PASSWORD}@10.0.0.21/1"\n' if room else ""
        self.settings.write_text(
            f'{named}state_dir = "{self.data}/state"\n[gallery]\npath = "{self.data}/gallery.pkl"\n'
            f'key_file = "{self.data}/gallery.key"\n{camera}'
        )
        self.settings.chmod(0o640)

    def enrol(self, *numbers: str) -> None:
        with self.gallery.held(on_wait=pytest.fail):
            gallery = self.gallery.load()
            for place, number in enumerate(numbers):
                gallery = gallery.with_reference(number, f"{number:a>64}", np.full(128, place + 1, np.float32))
            self.gallery.save(gallery)

    def see(self, number: str) -> None:
        """Something that waits for the database."""
        self.outbox.parent.mkdir(exist_ok=True)
        with closing(SqliteOutbox(self.outbox)) as outbox:
            seen_until = HOUR + timedelta(minutes=2)
            outbox.put(Evidence(1, number, "front", HOUR, HOUR, seen_until, 7, 0.31, "S1002", 0.6, 5, True, 7))

    def waiting(self) -> list[Evidence]:
        with closing(SqliteOutbox(self.outbox)) as outbox:
            return [fact for _, fact in outbox.pending(Evidence, 10)]

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "recognizer", "--config", self.settings, *map(str, arguments)],
            cwd=ROOT,
            env=product_environment(),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        return done

    def contents(self) -> dict[str, bytes]:
        """All files but locks and what SQLite keeps beside its own."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in files
            if not path.name.endswith(("lock", "-wal", "-shm"))
        }


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """One that has been at work."""
    machine = Machine(tmp_path / "machine")
    machine.configure()
    machine.enrol("S1001", "S1002", "S1003")
    machine.see("S1001")
    (machine.data / "state" / "learned.pkl").write_bytes(b"what lessons taught")
    (machine.data / "state" / "cameras.json").write_text("[]")
    return machine


@pytest.fixture
def backup(machine: Machine, tmp_path: Path) -> Path:
    path = tmp_path / "room.zip"
    done = machine.run("backup", path)
    assert done.returncode == 0, done.stderr
    assert "3 students with 3 references" in done.stdout
    return path


def lose(machine: Machine) -> None:
    """The disk is gone, and the package is installed anew."""
    shutil.rmtree(machine.folder)
    machine.configure(room="")


def test_what_was_lost_is_back_as_it_was(machine: Machine, backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    before, waiting = machine.contents(), machine.waiting()
    assert len(waiting) == 1
    lose(machine)

    done = machine.run("restore", backup)

    assert done.returncode == 0, done.stderr
    after = machine.contents()
    assert after.keys() == before.keys()
    # A copy of a database is the same in what it holds, not in each byte.
    assert {name for name in after if after[name] != before[name]} <= {"data/state/outbox.sqlite3"}
    assert machine.waiting() == waiting
    assert stat.S_IMODE(machine.settings.stat().st_mode) == 0o640
    for path in ("gallery.pkl", "gallery.key", "state/outbox.sqlite3", "state/learned.pkl"):
        assert stat.S_IMODE((machine.data / path).stat().st_mode) == 0o600
    assert stat.S_IMODE((machine.data / "state").stat().st_mode) == 0o700
    assert "3 students" in machine.run("gallery").stdout


def test_the_relative_paths_of_a_backups_configuration_begin_where_it_is_put(machine: Machine, tmp_path: Path) -> None:
    machine.settings.write_text(machine.settings.read_text().replace(f"{machine.folder}/", ""))
    assert machine.run("backup", tmp_path / "room.zip").returncode == 0
    before = machine.contents()
    lose(machine)

    assert machine.run("restore", tmp_path / "room.zip").returncode == 0

    assert machine.contents().keys() == before.keys()
    assert "3 students" in machine.run("gallery").stdout


@only_long
def test_what_a_machine_has_is_left_alone_unless_it_shall_be_replaced(machine: Machine, backup: Path) -> None:
    assert machine.run("gallery", "remove", "S1003").returncode == 0
    machine.see("S1002")
    machine.settings.write_text(machine.settings.read_text() + "# since then\n")
    before = machine.contents()

    done = machine.run("restore", backup)

    assert done.returncode == 65
    for told in ("a configuration", "a gallery of 2 students", "an outbox with 2 entries", "use --replace"):
        assert told in done.stderr
    assert machine.contents() == before

    done = machine.run("restore", backup, "--replace")

    assert done.returncode == 0, done.stderr
    assert [fact.student_number for fact in machine.waiting()] == ["S1001"]
    assert "# since then" not in machine.settings.read_text()
    # Whoever was forgotten must not come back unawares.
    assert "Not enrolled here any more before this: S1003." in done.stdout
    assert "`recognizer gallery remove`" in done.stdout


@only_long
def test_a_gallery_whose_key_is_lost_or_that_is_damaged_is_mended(machine: Machine, backup: Path) -> None:
    before = machine.contents()
    for spoil in (
        lambda: (machine.data / "gallery.key").unlink(),
        lambda: (machine.data / "gallery.pkl").write_bytes(b"rubbish"),
        lambda: machine.outbox.write_bytes(b"rubbish" * 1000),
    ):
        spoil()
        assert machine.run("restore", backup).returncode == 65
        assert machine.run("restore", backup, "--replace").returncode == 0
        assert machine.contents()["data/gallery.key"] == before["data/gallery.key"]
        assert "3 students" in machine.run("gallery").stdout
        assert len(machine.waiting()) == 1


def test_a_recognizer_that_runs_is_not_disturbed(machine: Machine, backup: Path, tmp_path: Path) -> None:
    with held_state_folder(machine.data / "state"):
        before = machine.contents()
        assert machine.run("backup", tmp_path / "another.zip").returncode == 0
        done = machine.run("restore", backup, "--replace")
        assert done.returncode == 75
        assert "stop it" in done.stderr
        assert machine.contents() == before


def test_a_file_that_is_no_whole_backup_changes_nothing(machine: Machine, backup: Path, tmp_path: Path) -> None:
    lose(machine)
    before = machine.contents()
    whole = backup.read_bytes()
    backup.write_bytes(whole[:-300])
    assert "is no backup" in machine.run("restore", backup).stderr
    backup.write_bytes(b"a letter")
    assert "is no backup" in machine.run("restore", backup).stderr
    flipped = bytearray(whole)
    flipped[len(flipped) // 2] ^= 0xFF
    backup.write_bytes(flipped)
    assert machine.run("restore", backup).returncode == 65
    backup.write_bytes(whole)
    with zipfile.ZipFile(backup, "a") as archive:
        archive.writestr("../../outside", "from elsewhere")
    assert "does not know" in machine.run("restore", backup).stderr
    assert "is not there" in machine.run("restore", tmp_path / "none.zip").stderr
    assert machine.contents() == before
    # The gallery in it does not fit its key.
    with zipfile.ZipFile(backup, "w") as archive:
        files = '["gallery.pkl", "gallery.key"]'
        archive.writestr("about.json", f'{{"rollcall_recognizer_backup": 1, "made_at": "now", "files": {files}}}')
        archive.writestr("gallery.pkl", b"rubbish")
        archive.writestr("gallery.key", "0" * 64)
    assert "the backup's gallery cannot be used" in machine.run("restore", backup).stderr
    assert machine.contents() == before


def test_a_backup_that_could_not_be_restored_is_not_written(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / "room.zip"
    path.write_text("of yesterday")
    assert "is there already" in machine.run("backup", path).stderr
    assert path.read_text() == "of yesterday"
    path.unlink()
    (machine.data / "gallery.pkl").write_bytes(b"rubbish")
    assert machine.run("backup", path).returncode == 65
    assert not path.exists()
