"""The gallery's key: who may read it, and what is no key."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizer.config.configuration import GalleryConfig
from recognizer.errors import ConfigurationError, GalleryError
from recognizer.storage.files.gallery_file import SignedGalleryFile, load_gallery
from recognizer.storage.files.gallery_key import load_keys, load_or_create_keys
from tests.fixtures.gallery import some_gallery
from tests.fixtures.hostile import KEY, RING


@pytest.fixture
def settings(tmp_path: Path) -> GalleryConfig:
    return GalleryConfig(path=tmp_path / "faces" / "gallery.pkl", key_file=tmp_path / "faces" / "gallery.key")


def test_the_first_save_makes_a_key_and_later_ones_keep_it(settings: GalleryConfig) -> None:
    store = SignedGalleryFile(settings)
    assert store.load().students == ()
    assert not settings.key_file.exists()
    store.save(some_gallery())
    key = settings.key_file.read_bytes()
    store.save(some_gallery(3))
    assert settings.key_file.read_bytes() == key
    assert len(store.load().students) == 3


def test_a_gallery_that_lost_its_key_is_not_given_a_new_one(settings: GalleryConfig) -> None:
    store = SignedGalleryFile(settings)
    store.save(some_gallery())
    settings.key_file.unlink()
    for refused in (store.load, lambda: store.save(some_gallery())):
        with pytest.raises(GalleryError, match=r"key .* is not there: .* put it back"):
            refused()
    assert not settings.key_file.exists()


def test_who_is_not_given_the_credential_is_told_to_run_it_as_root_before_anything_else(
    settings: GalleryConfig,
) -> None:
    """As the service's user by hand. To enrol again would lose the gallery."""
    SignedGalleryFile(settings).save(some_gallery())
    settings.key_file.unlink()
    with pytest.raises(
        GalleryError, match=r"run this as root if `recognizer keys protect` has moved it; .* enrol again"
    ):
        load_keys(settings)


def test_a_key_from_the_environment_needs_no_file(tmp_path: Path) -> None:
    settings = GalleryConfig(tmp_path / "gallery.pkl", key=KEY.decode(), key_file=tmp_path / "gallery.key")
    SignedGalleryFile(settings).save(some_gallery())
    assert not settings.key_file.exists()
    assert load_gallery(settings.path, RING).students == ("S0000", "S0001")


def test_a_key_means_the_same_in_the_environment_and_in_a_file(settings: GalleryConfig) -> None:
    from_file = load_or_create_keys(settings)
    text = settings.key_file.read_text().strip()
    assert load_keys(GalleryConfig(settings.path, text, settings.key_file)) == from_file
    assert len(from_file.in_use.secret) == 64


def test_a_weak_key_is_refused_without_being_shown(settings: GalleryConfig) -> None:
    with pytest.raises(ConfigurationError, match=r"gallery\.key has 7 characters; expected at least 32") as refused:
        load_keys(GalleryConfig(settings.path, "hunter2", settings.key_file))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_file_open_to_others_is_refused_with_the_command_to_run(settings: GalleryConfig, mode: int) -> None:
    load_or_create_keys(settings)
    settings.key_file.chmod(mode)
    with pytest.raises(GalleryError, match=f"chmod 600 {settings.key_file}"):
        load_keys(settings)


def test_a_key_file_cut_short_is_refused(settings: GalleryConfig) -> None:
    settings.key_file.parent.mkdir()
    settings.key_file.touch(0o600)
    with pytest.raises(GalleryError, match="cut short"):
        load_or_create_keys(settings)
