"""Files of the recognizer that somebody else put in their place, or may have written to."""

from __future__ import annotations

import logging
import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from recognizer.config.configuration import GalleryConfig
from recognizer.config.reading import load_config
from recognizer.domain.ports.delivery import RoomCamera, Unexpected
from recognizer.domain.register.attendance import ClassSession
from recognizer.errors import RecognizerError
from recognizer.monitoring.status_socket import SOCKET_FILE, ask_status
from recognizer.ops.own_file import UntrustedFile, create_own_file
from recognizer.ops.turns import Turns
from recognizer.storage.files import machine_backup
from recognizer.storage.files.cameras_file import RoomCamerasFile
from recognizer.storage.files.gallery_file import SignedGalleryFile
from recognizer.storage.files.gallery_key import held_keys, load_keys
from recognizer.storage.files.outbox import SqliteOutbox
from recognizer.storage.files.samples_file import SignedSamplesFile
from recognizer.storage.files.schedule_file import ScheduleFile
from recognizer.storage.files.state_folder import held_state_folder
from recognizer.storage.files.unexpected_file import UnexpectedFile
from tests.fixtures.gallery import some_gallery
from tests.fixtures.lessons import face, lesson_sample

AT = datetime(2026, 10, 5, 9)  # noqa: DTZ001 - naive UTC
NOBODY = 65534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give files to another user.")


@dataclass(frozen=True)
class Machine:
    """A folder with one of each file, and what uses each of them."""

    folder: Path

    @property
    def gallery(self) -> GalleryConfig:
        return GalleryConfig(path=self.folder / "gallery.pkl", key_file=self.folder / "gallery.key")

    def write_all(self) -> None:
        store = SignedGalleryFile(self.gallery)
        store.save(some_gallery())
        self.samples().save([lesson_sample(face(0.2))])
        with store.held(on_wait=pytest.fail), self.samples().held(on_wait=pytest.fail):
            pass
        ScheduleFile(self.folder / "schedule.json", "A 101").save([ClassSession(1, "C1", AT, AT, 10, frozenset())])
        RoomCamerasFile(self.folder / "cameras.json").save([RoomCamera("A 101", "front")])
        UnexpectedFile(self.folder / "unexpected.json").save(Unexpected(AT, {"S1": 2}))
        os.close(create_own_file(self.folder / "recognizer.toml"))
        self.count_outbox()
        machine_backup.write(self.folder / "room.zip", {"gallery.key": b"0" * 64}, AT, "1")
        Turns(self.folder, 1).close()
        with held_state_folder(self.folder):
            pass

    def samples(self) -> SignedSamplesFile:
        return SignedSamplesFile(self.folder / "learned.pkl", "A 101", self.gallery)

    def count_outbox(self) -> int:
        with closing(SqliteOutbox(self.folder / "outbox.sqlite3")) as outbox:
            return outbox.depth()

    def use(self, name: str) -> object:
        """Raises where the file is refused; what was read."""
        return {
            "gallery.key": lambda: load_keys(self.gallery),
            "gallery.key.lock": lambda: self._hold(lambda on_wait: held_keys(self.gallery, on_wait)),
            "gallery.pkl": SignedGalleryFile(self.gallery).load,
            "gallery.pkl.lock": lambda: self._hold(SignedGalleryFile(self.gallery).held),
            "learned.pkl": self.samples().load,
            "learned.pkl.lock": lambda: self._hold(self.samples().held),
            "schedule.json": ScheduleFile(self.folder / "schedule.json", "A 101").load,
            "cameras.json": RoomCamerasFile(self.folder / "cameras.json").load,
            "recognizer.toml": lambda: load_config(self.folder / "recognizer.toml", {}),
            "unexpected.json": lambda: UnexpectedFile(self.folder / "unexpected.json").load().times,
            "outbox.sqlite3": self.count_outbox,
            "room.zip": lambda: machine_backup.read(self.folder / "room.zip"),
            "turn-0.lock": lambda: Turns(self.folder, 1).close(),
            "lock": lambda: self._hold(lambda on_wait: held_state_folder(self.folder)),
        }[name]()

    def _hold(self, held: Callable[[Callable[[], None]], object]) -> None:
        with held(pytest.fail):  # type: ignore[attr-defined]
            pass


LOGGED = ("schedule.json", "cameras.json", "unexpected.json")
"""What can be had again from the database: it is told and passed over."""
READ = ("recognizer.toml", "gallery.key", "gallery.pkl", "learned.pkl", *LOGGED, "outbox.sqlite3", "room.zip")
LOCKS = ("gallery.key.lock", "gallery.pkl.lock", "learned.pkl.lock", "turn-0.lock", "lock")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    with umask(0):
        machine.write_all()
    return machine


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def refusal(machine: Machine, name: str, caplog: pytest.LogCaptureFixture) -> str:
    """What is said of a file that is refused."""
    caplog.clear()
    if name in LOGGED:
        with caplog.at_level(logging.WARNING):
            assert not machine.use(name)
        return caplog.text
    with pytest.raises((RecognizerError, UntrustedFile)) as refused:
        machine.use(name)
    return str(refused.value)


@pytest.mark.parametrize("mask", [0, 0o777])
def test_all_files_are_for_their_owner_alone_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    machine = Machine(tmp_path)
    with umask(mask):
        machine.write_all()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert {*READ, *LOCKS} <= modes.keys()
    assert {name: oct(mode) for name, mode in modes.items() if mode != 0o600} == {}


@pytest.mark.parametrize("name", [*READ, *LOCKS])
def test_a_link_in_a_files_place_is_not_followed_and_what_it_leads_to_stays_as_it_is(
    written: Machine, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    path, elsewhere = written.folder / name, tmp_path / "elsewhere"
    path.rename(elsewhere)
    before = elsewhere.read_bytes()
    path.symlink_to(elsewhere)
    try:
        assert f"{path} is a link" in refusal(written, name, caplog)
        assert elsewhere.read_bytes() == before
    finally:
        path.unlink()
        elsewhere.rename(path)
    written.use(name)


@pytest.mark.parametrize("mode", [0o620, 0o602])
@pytest.mark.parametrize("name", READ)
def test_a_file_that_others_may_have_written_to_is_refused_with_the_command_to_run(
    written: Machine, caplog: pytest.LogCaptureFixture, name: str, mode: int
) -> None:
    path = written.folder / name
    path.chmod(mode)
    try:
        assert f"run `chmod {'600' if name == 'gallery.key' else 'go-w'} {path}`" in refusal(written, name, caplog)
    finally:
        path.chmod(0o600)
    written.use(name)


@pytest.mark.parametrize("name", LOCKS)
def test_a_locks_mode_is_mended(written: Machine, name: str) -> None:
    (written.folder / name).chmod(0o666)
    written.use(name)
    assert stat.S_IMODE((written.folder / name).stat().st_mode) == 0o600


@needs_root
@pytest.mark.parametrize("name", [*READ, *LOCKS])
def test_a_file_of_another_user_is_refused_with_the_command_to_run(
    written: Machine, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    path = written.folder / name
    os.chown(path, NOBODY, NOBODY)
    try:
        assert f"run `chown root {path}`" in refusal(written, name, caplog)
    finally:
        os.chown(path, 0, 0)
    written.use(name)


@needs_root
def test_root_uses_the_files_of_the_user_whose_folder_it_is(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    os.chown(tmp_path, NOBODY, NOBODY)
    machine.write_all()
    assert {path.name for path in tmp_path.iterdir() if path.stat().st_uid != NOBODY} == {"room.zip"}
    for name in (*READ, *LOCKS):
        machine.use(name)


@needs_root
def test_a_service_reads_the_configuration_that_root_has_installed_for_its_group(tmp_path: Path) -> None:
    """As the package brings it: root's, mode 0640, with the group of the service's user."""
    path = tmp_path / "recognizer.toml"
    path.write_text('room = "A 101"\n')
    path.chmod(0o640)
    os.chown(path, 0, NOBODY)
    open_to_all = [folder for folder in tmp_path.parents if folder.stat().st_mode & 0o005 != 0o005]
    for folder in (tmp_path, *open_to_all):
        folder.chmod(folder.stat().st_mode | 0o005)
    child = os.fork()
    if child == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        os._exit(0 if load_config(path, {}).room == "A 101" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_what_the_outbox_keeps_beside_it_is_not_taken_from_a_link(written: Machine, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"as it was")
    for suffix in ("-wal", "-shm"):
        path = written.folder / f"outbox.sqlite3{suffix}"
        path.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(RecognizerError, match=f"{path} is a link"):
            written.count_outbox()
        path.unlink()
    assert (tmp_path / "elsewhere").read_bytes() == b"as it was"


def test_saving_over_a_link_takes_its_place_and_leaves_alone_what_it_led_to(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    machine.folder.mkdir()
    (tmp_path / "elsewhere").write_bytes(b"as it was")
    for name in ("gallery.pkl", "learned.pkl", "schedule.json", "cameras.json"):
        (machine.folder / name).symlink_to(tmp_path / ("elsewhere" if name != "gallery.pkl" else "nowhere"))
    machine.write_all()
    assert (tmp_path / "elsewhere").read_bytes() == b"as it was"
    assert not (tmp_path / "nowhere").exists()
    assert not any(path.is_symlink() for path in machine.folder.iterdir())


@pytest.mark.parametrize("what", ["a link", pytest.param("another user's", marks=needs_root), "a file"])
def test_a_socket_that_somebody_else_put_there_is_not_asked(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    place = tmp_path if what == "a link" else folder
    with closing(_listening(place)):
        path = folder / SOCKET_FILE
        if what == "a link":
            path.symlink_to(place / SOCKET_FILE)
        elif what == "a file":
            path.unlink()
            path.touch()
        else:
            os.chown(path, NOBODY, NOBODY)
        with pytest.raises(RecognizerError, match=f"{path} (is a link|is of another kind|belongs to nobody)"):
            ask_status(folder)


def _listening(folder: Path) -> socket.socket:
    """A socket as the recognizer's is, at which nobody answers."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / SOCKET_FILE))
    listening.listen()
    return listening
