"""The gallery's file: what is read back, what is refused, and that nothing in it is ever run."""

from __future__ import annotations

import errno
import os
import pickle
import resource
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizer.config.configuration import GalleryConfig
from recognizer.domain.naming.calibration import Calibration
from recognizer.domain.naming.gallery import MODEL_NAME, Gallery
from recognizer.domain.naming.impostor_law import ImpostorLaw
from recognizer.errors import GalleryError
from recognizer.ops.clock import utc_now
from recognizer.storage.files.gallery_file import SignedGalleryFile, load_gallery, save_gallery
from recognizer.storage.files.samples_file import SignedSamplesFile
from recognizer.storage.files.sealing import Key, KeyRing
from recognizer.storage.files.signed_pickle import MOST_BYTES
from tests.fixtures.gallery import some_gallery
from tests.fixtures.hostile import MAGIC, RING, Hostile, signed
from tests.fixtures.lessons import face, lesson_sample

LAW = ImpostorLaw(mean=0.44, deviation=0.12, within=0.09, people=40)


def content(**changes: Any) -> dict[str, Any]:
    gallery = some_gallery()
    return {
        "format": 3,
        "model": MODEL_NAME,
        "encodings": gallery.encodings,
        "numbers": list(gallery.numbers),
        "photo_hashes": list(gallery.photo_hashes),
        "plain": [],
    } | changes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gallery.pkl"


@pytest.fixture
def settings(tmp_path: Path) -> GalleryConfig:
    return GalleryConfig(path=tmp_path / "faces" / "gallery.pkl", key_file=tmp_path / "faces" / "gallery.key")


def assert_refused(path: Path, data: bytes, expected: str) -> None:
    path.write_bytes(data)
    with pytest.raises(GalleryError, match=expected):
        load_gallery(path, RING)
    assert path.read_bytes() == data


def test_what_is_saved_is_read_back(path: Path) -> None:
    gallery = some_gallery(3)
    save_gallery(path, gallery, RING)
    found = load_gallery(path, RING)
    assert (found.numbers, found.photo_hashes) == (gallery.numbers, gallery.photo_hashes)
    assert found.encodings.dtype == np.float32
    np.testing.assert_array_equal(found.encodings, gallery.encodings)


def test_a_calibration_is_kept_with_the_references(path: Path) -> None:
    calibration = Calibration(LAW, 0.001, 4000, 0.012, "2026-11-03T09:30:00")
    save_gallery(path, some_gallery().calibrated(calibration), RING)
    assert load_gallery(path, RING).calibration == calibration


def test_a_gallery_of_the_first_format_is_read_and_saved_in_the_present_one(path: Path) -> None:
    first = {name: value for name, value in content(format=1).items() if name not in ("calibration", "plain")}
    path.write_bytes(signed(pickle.dumps(first, protocol=4)))
    gallery = load_gallery(path, RING)
    assert (gallery.numbers, gallery.calibration) == (("S0000", "S0001"), None)
    save_gallery(path, gallery, RING)
    assert load_gallery(path, RING).numbers == gallery.numbers


@pytest.mark.parametrize("version", [1, 2])
def test_a_gallery_knows_which_photos_an_earlier_release_encoded_without_mirror_images(
    path: Path, version: int
) -> None:
    earlier = {name: value for name, value in content(format=version).items() if name != "plain"}
    path.write_bytes(signed(pickle.dumps(earlier, protocol=4)))
    save_gallery(path, load_gallery(path, RING).with_reference("S9", "9" * 64, np.ones(128, np.float32)), RING)
    gallery = load_gallery(path, RING)
    assert gallery.plain == {f"{n:064x}" for n in range(2)}
    assert gallery.without("S0000").plain == {f"{1:064x}"}
    renewed = gallery.with_photo_encoded_anew(f"{1:064x}", np.zeros(128, np.float32))
    assert renewed.plain == {f"{0:064x}"}
    assert np.array_equal(renewed.encodings[1], np.zeros(128))
    assert np.array_equal(renewed.encodings[[0, 2]], gallery.encodings[[0, 2]])


def test_a_calibration_of_the_second_format_is_left_out_since_it_told_another_law(path: Path) -> None:
    second = content(format=2, calibration={"normals": [[0.8, 0.07]], "people": 40, "references": 3})
    path.write_bytes(signed(pickle.dumps(second, protocol=4)))
    gallery = load_gallery(path, RING)
    assert (gallery.numbers, gallery.calibration) == (("S0000", "S0001"), None)


def test_what_a_calibration_says_outlives_an_encode_and_a_removal(path: Path) -> None:
    gallery = some_gallery(3).calibrated(Calibration(LAW, 0.001, 4000, 0.012, "2026-11-03T09:30:00"))
    changed = gallery.with_reference("S9", "9" * 64, np.ones(128, np.float32)).without("S0001")
    save_gallery(path, changed, RING)
    assert load_gallery(path, RING).calibration == gallery.calibration


def test_a_backup_that_is_put_back_is_the_gallery_since_then_whatever_its_time(settings: GalleryConfig) -> None:
    store = SignedGalleryFile(settings)
    assert store.changed_at() is None
    store.save(some_gallery())
    before = utc_now() - timedelta(seconds=5)
    os.utime(settings.path, (1_700_000_000, 1_700_000_000))

    changed_at = store.changed_at()
    assert changed_at is not None
    assert before < changed_at < before + timedelta(seconds=60)


def test_an_empty_gallery_is_read_back(path: Path) -> None:
    save_gallery(path, Gallery.empty(), RING)
    assert load_gallery(path, RING).students == ()


def test_only_the_owner_may_read_the_gallery_its_key_and_its_folder(settings: GalleryConfig) -> None:
    store = SignedGalleryFile(settings)
    with store.held(on_wait=pytest.fail):
        store.save(some_gallery())
    modes = {file.name: file.stat().st_mode & 0o777 for file in settings.path.parent.iterdir()}
    names = ("gallery.pkl", "gallery.key", "gallery.pkl.lock", "gallery.key.lock")
    assert modes == dict.fromkeys(names, 0o600)
    assert settings.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_missing_gallery_says_how_to_make_one(path: Path) -> None:
    with pytest.raises(GalleryError, match="recognizer encode PHOTOS"):
        load_gallery(path, RING)


def test_a_hostile_pickle_without_a_signature_is_not_run(path: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    hostile = pickle.dumps(Hostile(evidence))
    assert_refused(path, hostile, "not a gallery of Rollcall")
    assert_refused(path, MAGIC + bytes(32) + hostile, "does not bear the signature")
    assert not evidence.exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_hostile_pickle_signed_with_our_own_key_is_not_run(path: Path, tmp_path: Path, protocol: int) -> None:
    evidence = tmp_path / "evidence"
    hostile = content(numbers=[Hostile(evidence), "S0001"], encodings=None)
    assert_refused(path, signed(pickle.dumps(hostile, protocol)), "is damaged .*system has no place in a gallery")
    assert not evidence.exists()
    # The same bytes do harm elsewhere: it was the unpickler that stopped them.
    pickle.loads(pickle.dumps(hostile, protocol))
    assert evidence.exists()


@pytest.mark.parametrize("name", ["builtins eval", "numpy load", "numpy fromfile", "functools partial"])
def test_no_function_can_be_named(path: Path, name: str) -> None:
    module, function = name.split()
    assert_refused(path, signed(f"c{module}\n{function}\n.".encode()), "has no place in a gallery")


def test_a_gallery_written_with_numpy_1_is_read(path: Path) -> None:
    payload = pickle.dumps(content(), protocol=4)
    # Both names are framed by their length, so it changes along.
    older = payload.replace(b"\x8c\x16numpy._core.multiarray", b"\x8c\x15numpy.core.multiarray")
    older = older.replace(payload[3:11], (int.from_bytes(payload[3:11], "little") - 1).to_bytes(8, "little"), 1)
    assert b"numpy.core.multiarray" in older
    path.write_bytes(signed(older))
    assert load_gallery(path, RING).numbers == ("S0000", "S0001")


@pytest.mark.parametrize("position", [3, 20, 60, -1])
def test_one_changed_byte_is_noticed(path: Path, position: int) -> None:
    save_gallery(path, some_gallery(), RING)
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    assert_refused(path, bytes(data), "put a backup back|not a gallery")


@pytest.mark.parametrize("length", [0, 10, 47, 300])
def test_a_gallery_cut_short_is_refused(path: Path, length: int) -> None:
    save_gallery(path, some_gallery(), RING)
    assert_refused(path, path.read_bytes()[:length], "cut short|damaged")


def test_what_never_ends_is_no_gallery_and_is_not_read_whole() -> None:
    with pytest.raises(GalleryError, match="/dev/zero is of another kind"):
        load_gallery(Path("/dev/zero"), RING)


def test_a_gallery_of_another_key_is_refused(path: Path) -> None:
    save_gallery(path, some_gallery(), KeyRing((Key(b"another key of thirty-two letters"),)))
    assert_refused(path, path.read_bytes(), "made with another key")


def test_a_gallery_of_another_model_is_refused_by_its_name(path: Path) -> None:
    payload = pickle.dumps(content(model="arcface"), protocol=4)
    assert_refused(path, signed(payload), "made with the model arcface.*encode PHOTOS")


def test_a_gallery_of_a_newer_release_asks_for_an_upgrade(path: Path) -> None:
    payload = pickle.dumps({"format": 4, "whatever": "comes"}, protocol=4)
    assert_refused(path, signed(payload), "newer release.*upgrade")


@pytest.mark.parametrize(
    "changes",
    [
        {"encodings": np.zeros((2, 128), np.float64)},
        {"encodings": np.zeros((2, 127), np.float32)},
        {"encodings": np.zeros((1, 128), np.float32)},
        {"encodings": np.full((2, 128), np.nan, np.float32)},
        {"encodings": np.array([[None] * 128] * 2)},
        {"encodings": None},
        {"numbers": ["S0001"]},
        {"numbers": "S1"},
        {"photo_hashes": [1, 2]},
        {"calibration": "none"},
        {"calibration": {"mean": 0.4, "people": 40}},
        {"format": 0},
        {"format": "1"},
        {"model": None},
    ],
)
def test_parts_that_do_not_fit_together_are_refused(path: Path, changes: dict[str, Any]) -> None:
    assert_refused(path, signed(pickle.dumps(content(**changes), protocol=4)), "is damaged")


def test_a_full_disk_leaves_the_old_gallery_and_no_litter(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_gallery(path, some_gallery(), RING)
    before = path.read_bytes()

    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(GalleryError, match="No space left on device"):
        save_gallery(path, some_gallery(5), RING)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["gallery.pkl"]


def test_a_gallery_is_on_the_disk_before_it_takes_the_old_ones_place(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace

    def note_sync(descriptor: int) -> None:
        steps.append(f"sync {'folder' if Path(f'/proc/self/fd/{descriptor}').is_dir() else 'file'}")
        sync(descriptor)

    def note_replace(source: Path, target: Path) -> Path:
        steps.append(f"replace {target.name}")
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    save_gallery(path, some_gallery(), RING)
    assert steps == ["sync file", "replace gallery.pkl", "sync folder"]


def test_a_second_writer_waits_for_the_first_and_builds_on_its_work(settings: GalleryConfig) -> None:
    first, second = SignedGalleryFile(settings), SignedGalleryFile(settings)
    waits, done = threading.Event(), threading.Event()

    def add_another() -> None:
        with second.held(on_wait=waits.set):
            second.save(second.load().with_reference("S9", "f" * 64, np.zeros(128, np.float32)))
        done.set()

    with first.held(on_wait=pytest.fail):
        gallery = first.load()
        threading.Thread(target=add_another, daemon=True).start()
        assert waits.wait(10)
        first.save(gallery.with_reference("S1", "e" * 64, np.ones(128, np.float32)))
    assert done.wait(10)
    assert first.load().students == ("S1", "S9")


def test_a_link_in_the_locks_place_is_not_followed(settings: GalleryConfig, tmp_path: Path) -> None:
    settings.path.parent.mkdir()
    (settings.path.parent / "gallery.pkl.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(GalleryError, match="is a link"), SignedGalleryFile(settings).held(on_wait=pytest.fail):
        pytest.fail("held")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give files to another user.")
def test_what_root_writes_belongs_to_the_owner_of_the_folder(settings: GalleryConfig) -> None:
    settings.path.parent.mkdir(mode=0o700)
    os.chown(settings.path.parent, 65534, 65534)
    store = SignedGalleryFile(settings)
    with store.held(on_wait=pytest.fail):
        store.save(some_gallery())
    assert {(file.stat().st_uid, file.stat().st_mode & 0o777) for file in settings.path.parent.iterdir()} == {
        (65534, 0o600)
    }


def killed_while_it_saves(save: Callable[[], object]) -> None:
    """A process that dies by a power cut, or kill -9, just before the new file takes the old one's place."""
    child = os.fork()
    if not child:
        Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign, assignment, return-value]
        save()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_who_is_taken_out_is_in_no_file_that_a_killed_process_has_left(settings: GalleryConfig) -> None:
    store, beside = SignedGalleryFile(settings), settings.path.parent / ".gallery.pkl.bak"
    store.save(some_gallery(2))
    beside.write_bytes(b"an admin's")
    killed_while_it_saves(lambda: store.save(some_gallery(3)))
    assert len(list(settings.path.parent.glob(".gallery.pkl.*"))) == 2
    assert len(store.load().students) == 2

    store.save(store.load().without("S0001"))

    assert list(settings.path.parent.glob(".gallery.pkl.*")) == [beside]
    assert store.load().students == ("S0000",)


@pytest.mark.parametrize("sample_count", [0, 1])
def test_what_lessons_taught_is_forgotten_with_what_a_killed_process_has_left(
    settings: GalleryConfig, tmp_path: Path, sample_count: int
) -> None:
    SignedGalleryFile(settings).save(some_gallery(1))
    samples = SignedSamplesFile(tmp_path / "learned.pkl", "R1", settings)
    one = lesson_sample(face(0.1), number="S0000", enrolled=some_gallery(1))
    killed_while_it_saves(lambda: samples.save([one]))
    assert len(list(tmp_path.glob(".learned.pkl.*"))) == 1

    samples.save([one] * sample_count)

    assert list(tmp_path.glob(".learned.pkl.*")) == []


def test_a_file_larger_than_any_gallery_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    store = SignedGalleryFile(GalleryConfig(path=tmp_path / "gallery.pkl", key_file=tmp_path / "gallery.key"))
    store.save(some_gallery())
    with (tmp_path / "gallery.pkl").open("r+b") as file:
        file.truncate(MOST_BYTES + 100)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(GalleryError, match="not a gallery of Rollcall"):
        store.load()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
