"""``recognizer keys``: what holds faces is encrypted with a key that can be changed, and kept encrypted itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial, partialmethod
from pathlib import Path

import pytest

from recognizer.bootstrap.keys import build_machine_keys
from recognizer.cli import main
from recognizer.config.configuration import Config, GalleryConfig
from recognizer.config.reading import load_config
from recognizer.errors import GalleryError
from recognizer.storage.files import machine_keys
from recognizer.storage.files.gallery_file import SignedGalleryFile
from recognizer.storage.files.gallery_key import load_or_create_keys, written_keys
from recognizer.storage.files.machine_keys import MachineKeys
from recognizer.storage.files.samples_file import SignedSamplesFile
from tests.fixtures.gallery import some_gallery
from tests.fixtures.hostile import signed
from tests.fixtures.lessons import face, lesson_sample

SAMPLES = [lesson_sample(face(0.2)), lesson_sample(face(0.3, 4), 2)]


class Machine:
    """A machine with a gallery and what lessons taught."""

    def __init__(self, folder: Path, key_file: Path | None = None) -> None:
        gallery = GalleryConfig(folder / "gallery.pkl", None, key_file or folder / "gallery.key")
        self.config = Config(room="A 101", state_dir=folder, gallery=gallery)
        self.gallery = SignedGalleryFile(self.config.gallery)
        self.gallery.save(some_gallery(3))
        self.learned = SignedSamplesFile(folder / "learned.pkl", "A 101", self.config.gallery)
        self.learned.save(SAMPLES)
        self.files = [self.config.gallery.path, folder / "learned.pkl"]

    def keys(self, credential_file: Path | None = None) -> MachineKeys:
        keys = build_machine_keys(self.config)
        return MachineKeys(self.config.gallery, keys._files, credential_file) if credential_file else keys

    def can_read_all(self) -> bool:
        return self.gallery.load().numbers == some_gallery(3).numbers and self.learned.load() == SAMPLES


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "state")


def test_no_number_hash_or_encoding_can_be_read_in_what_is_on_the_disk(machine: Machine) -> None:
    gallery = machine.gallery.load()
    parts = [number.encode() for number in gallery.numbers] + [encoding.tobytes() for encoding in gallery.encodings]
    parts += [digest.encode() for digest in gallery.photo_hashes] + [each.sample.encoding for each in SAMPLES]
    parts += [b"rollcall gallery", b"rollcall samples", b"numpy"]
    for file in machine.config.state_dir.iterdir():
        content = file.read_bytes()
        assert not [part for part in parts if part in content], file.name


def test_the_same_gallery_is_never_encrypted_to_the_same_bytes(machine: Machine) -> None:
    before = machine.config.gallery.path.read_bytes()
    machine.gallery.save(machine.gallery.load())
    after = machine.config.gallery.path.read_bytes()
    assert before[:24] == after[:24]
    assert before[24:80] != after[24:80]


def test_a_new_key_encrypts_all_files_and_the_old_one_opens_older_copies_until_the_next(machine: Machine) -> None:
    copy = machine.config.state_dir.parent / "copy.pkl"
    shutil.copy(machine.config.gallery.path, copy)
    of_the_copy = SignedGalleryFile(replace(machine.config.gallery, path=copy))
    before = machine.keys().load().in_use

    assert machine.keys().rotate(pytest.fail) == machine.files

    assert machine.can_read_all()
    assert machine.keys().load().in_use != before
    assert all(before.id.encode() not in file.read_bytes() for file in machine.files)
    assert machine.config.gallery.key_file.stat().st_mode & 0o777 == 0o600
    assert of_the_copy.load().numbers
    machine.keys().rotate(pytest.fail)
    assert machine.can_read_all()
    with pytest.raises(GalleryError, match="another key"):
        of_the_copy.load()


@pytest.mark.parametrize("files_done", [0, 1])
def test_a_change_of_key_that_breaks_off_loses_nothing_and_the_next_start_ends_it(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, files_done: int
) -> None:
    seal, done = machine_keys.seal_anew, list[Path]()

    def break_off(path: Path, *arguments: object) -> None:
        if len(done) == files_done:
            raise OSError(28, "No space left on device")
        done.append(path)
        seal(path, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as broken:
        broken.setattr(machine_keys, "seal_anew", break_off)
        with pytest.raises(GalleryError, match="No space left"):
            machine.keys().rotate(pytest.fail)

    assert machine.can_read_all()
    assert machine.keys().unsealed() == machine.files[files_done:]
    assert machine.keys().seal_files(pytest.fail) == machine.files[files_done:]
    assert machine.keys().unsealed() == []
    assert machine.can_read_all()


def test_what_an_earlier_release_left_unencrypted_is_read_and_encrypted_once(machine: Machine) -> None:
    key = machine.keys().load()
    path = machine.config.gallery.path
    inside = key.open(path.read_bytes()[:16], memoryview(path.read_bytes())[16:])
    path.write_bytes(inside)
    assert inside == signed(inside[48:], key.in_use.secret)
    assert machine.can_read_all()
    assert machine.keys().unsealed() == [path]

    assert machine.keys().seal_files(pytest.fail) == [path]
    assert machine.keys().seal_files(pytest.fail) == []
    assert b"S0000" not in path.read_bytes()
    assert machine.can_read_all()


def test_no_key_is_shown_where_it_is_printed(machine: Machine) -> None:
    ring = machine.keys().load()
    assert ring.in_use.secret.decode() not in f"{ring!r} {ring.in_use}"


def test_a_file_that_cannot_be_trusted_is_an_error_that_says_what_to_do(machine: Machine) -> None:
    """At the start of the recognizer too: what lessons taught is no reason not to watch."""
    machine.files[1].chmod(0o622)
    with pytest.raises(GalleryError, match=r"learned\.pkl .*chmod"):
        machine.keys().seal_files(pytest.fail)


def test_a_file_of_another_key_is_left_as_it_is(machine: Machine, tmp_path: Path) -> None:
    other = Machine(tmp_path / "other")
    shutil.copy(other.config.gallery.path, machine.config.gallery.path)
    before = machine.config.gallery.path.read_bytes()
    assert machine.keys().seal_files(pytest.fail) == []
    assert machine.config.gallery.path.read_bytes() == before


def test_of_many_changes_of_key_at_once_each_begins_where_the_one_before_ended(machine: Machine) -> None:
    barrier = threading.Barrier(4)

    def rotate(_: int) -> list[Path]:
        barrier.wait()
        return machine.keys().rotate(lambda: None)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(rotate, range(4))) == [machine.files] * 4
    assert machine.can_read_all()
    assert machine.keys().unsealed() == []


def test_the_first_key_is_made_once_whoever_asks_for_it_at_the_same_time(tmp_path: Path) -> None:
    settings = GalleryConfig(tmp_path / "new" / "gallery.pkl", None, tmp_path / "new" / "gallery.key")
    barrier = threading.Barrier(8)

    def make(_: int) -> str:
        barrier.wait()
        return load_or_create_keys(settings).in_use.public

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(8)))) == 1


def test_a_key_that_a_file_of_another_room_still_needs_is_not_given_up(machine: Machine) -> None:
    room = Machine(machine.config.state_dir / "b102", machine.config.gallery.key_file)
    machine.keys().rotate(pytest.fail)
    with pytest.raises(
        GalleryError, match=r"b102/gallery\.pkl is encrypted with the key before .* start the recognizer"
    ):
        machine.keys().rotate(pytest.fail)
    assert room.can_read_all()
    room.keys().seal_files(pytest.fail)
    machine.keys().rotate(pytest.fail)
    assert room.can_read_all()
    assert machine.can_read_all()


DIES_AT = (
    *((os, name) for name in ("fsync", "fchmod", "fchown")),
    *((Path, name) for name in ("replace", "unlink", "mkdir")),
    *((subprocess, name) for name in ("run",)),
)


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Whether a process that does the work was ended, as by SIGKILL, at so manieth of its steps to the disk."""
    if not (child := os.fork()):
        left = [step]

        def counted(call: Callable[..., object], *arguments: object, **options: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)
            return call(*arguments, **options)

        for owner, name in DIES_AT:
            # A method gets its object.
            setattr(
                owner,
                name,
                partialmethod(partial(counted, getattr(owner, name)))
                if owner is Path
                else partial(counted, getattr(owner, name)),
            )
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_wherever_a_change_of_key_is_killed_all_files_open_and_the_next_one_ends_it(machine: Machine) -> None:
    step = 0
    while killed_at(step, lambda: machine.keys().rotate(lambda: None)):
        assert machine.can_read_all(), step
        step += 1
        if step % 4 == 0:
            machine.keys().rotate(pytest.fail)
    assert step > 8
    machine.keys().rotate(pytest.fail)
    assert machine.can_read_all()
    assert machine.keys().unsealed() == []
    left = [path.name for path in machine.config.state_dir.iterdir() if path.name.startswith(".")]
    assert left == []


def test_wherever_the_making_of_the_first_key_is_killed_it_can_be_made_again(tmp_path: Path) -> None:
    step = 0
    while True:
        folder = tmp_path / str(step)
        settings = GalleryConfig(folder / "gallery.pkl", None, folder / "gallery.key")
        was_killed = killed_at(step, lambda settings=settings: load_or_create_keys(settings))  # type: ignore[misc]
        assert len(load_or_create_keys(settings).in_use.secret) == 64, step
        if not was_killed:
            break
        step += 1
    assert step > 3


def as_root_with_systemd() -> bool:
    return os.geteuid() == 0 and shutil.which("systemd-creds") is not None


@pytest.mark.skipif(not as_root_with_systemd(), reason="It takes root and systemd-creds.")
def test_wherever_the_protecting_of_a_key_is_killed_it_is_kept_and_the_next_one_deletes_its_file(
    machine: Machine, tmp_path: Path
) -> None:
    credential_file, settings = tmp_path / "store" / "rollcall.key", machine.config.gallery
    ring, step = machine.keys().load(), 0
    while killed_at(step, lambda: machine.keys(credential_file).protect(lambda: None)):
        step += 1
        in_file = settings.key_file.exists() and load_or_create_keys(settings) == ring
        assert in_file or machine.keys(credential_file)._decrypted() == ring, step
        if credential_file.exists() and settings.key_file.exists():
            # The next start has both.
            given = tmp_path / "given.key"
            given.write_bytes(written_keys(ring))
            machine.config = replace(machine.config, gallery=replace(settings, credential=given))
            assert machine.keys(credential_file).is_in_file_too()
    assert step > 5
    if settings.key_file.exists():
        machine.keys(credential_file).protect(pytest.fail)
    assert not list(machine.config.state_dir.glob("*gallery.key*[!k]"))
    assert machine.keys(credential_file)._decrypted() == ring
    with pytest.raises(GalleryError, match="in no file any more"):
        machine.keys(credential_file).protect(pytest.fail)


@pytest.mark.skipif(not as_root_with_systemd(), reason="It takes root and systemd-creds.")
def test_a_process_that_was_given_a_key_before_it_changed_begins_with_the_new_one(
    machine: Machine, tmp_path: Path
) -> None:
    credential_file, given = tmp_path / "store" / "rollcall.key", tmp_path / "given.key"
    machine.keys(credential_file).protect(pytest.fail)
    given.write_bytes(written_keys(machine.keys(credential_file)._decrypted()))
    machine.config = replace(machine.config, gallery=replace(machine.config.gallery, credential=given))
    machine.keys(credential_file).rotate(pytest.fail)
    # Its key is the first one still.
    machine.keys(credential_file).rotate(pytest.fail)
    given.write_bytes(written_keys(machine.keys(credential_file)._decrypted()))
    assert SignedGalleryFile(machine.config.gallery).load().numbers


@pytest.mark.skipif(not as_root_with_systemd(), reason="It takes root and systemd-creds.")
def test_a_protected_key_is_in_no_file_and_systemd_alone_gives_it_back(machine: Machine, tmp_path: Path) -> None:
    credential_file, secret = tmp_path / "store" / "rollcall.key", machine.keys().load().in_use.secret

    assert machine.keys(credential_file).protect(pytest.fail) == credential_file

    assert not machine.config.gallery.key_file.exists()
    assert secret not in credential_file.read_bytes()
    with pytest.raises(GalleryError, match="is not there"):
        machine.gallery.load()
    # As systemd hands it over: readable by the group that its access list shows as.
    given = tmp_path / "given"
    given.mkdir()
    (given / "rollcall.key").write_bytes(written_keys(machine.keys(credential_file)._decrypted()))
    (given / "rollcall.key").chmod(0o440)
    settings = load_config(None, {"CREDENTIALS_DIRECTORY": str(given)}).gallery
    machine.config = replace(machine.config, gallery=replace(machine.config.gallery, credential=settings.credential))
    assert SignedGalleryFile(machine.config.gallery).load().numbers == some_gallery(3).numbers

    machine.keys(credential_file).rotate(pytest.fail)
    (given / "rollcall.key").write_bytes(written_keys(machine.keys(credential_file)._decrypted()))
    assert SignedGalleryFile(machine.config.gallery).load().numbers == some_gallery(3).numbers
    assert machine.keys(credential_file).load().in_use.secret != secret
    assert not machine.config.gallery.key_file.exists()


def test_without_systemd_the_key_stays_where_it_is(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GalleryError, match=r"systemd-creds cannot encrypt the key .* needs root"):
        machine.keys(machine.config.state_dir / "store" / "rollcall.key").protect(pytest.fail)
    assert machine.can_read_all()


def test_a_key_from_the_environment_is_not_changed_by_a_command(machine: Machine) -> None:
    machine.config = replace(machine.config, gallery=replace(machine.config.gallery, key="x" * 40))
    with pytest.raises(GalleryError, match="ROLLCALL_GALLERY_KEY"):
        machine.keys().rotate(pytest.fail)


def test_the_command_shows_the_public_key_alone_on_its_output(
    machine: Machine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = machine.config.gallery
    file = machine.config.state_dir / "recognizer.toml"
    tables = f'path = "{settings.path}"\nkey_file = "{settings.key_file}"\n'
    file.write_text(f'state_dir = "{machine.config.state_dir}"\n[gallery]\n{tables}')
    assert main(["--config", str(file), "keys"]) == 0
    shown = capsys.readouterr()
    assert shown.out.strip() == machine.keys().load().in_use.public
    assert machine.keys().load().in_use.secret.decode() not in shown.out + shown.err
    assert main(["--config", str(file), "keys", "rotate"]) == 0
    assert "2 files encrypted anew" in capsys.readouterr().out
    assert main(["--config", str(file), "keys", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"public_key": machine.keys().load().in_use.public, "place": "file", "not_encrypted": []}
    assert told["public_key"] != shown.out.strip()
