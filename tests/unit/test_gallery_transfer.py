"""``recognizer gallery export`` and ``import``: a gallery moves to another machine, and nothing is lost unawares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recognizer.cli import main
from recognizer.config.configuration import GalleryConfig
from recognizer.storage.files.gallery_file import SignedGalleryFile
from tests.fixtures.gallery import some_gallery


class ClassroomMachine:
    """A configuration with a gallery of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.settings = GalleryConfig(folder / "gallery.pkl", None, folder / "gallery.key")
        self.store = SignedGalleryFile(self.settings)
        self.file = folder / "recognizer.toml"
        tables = f'path = "{self.settings.path}"\nkey_file = "{self.settings.key_file}"\n'
        self.file.write_text(f'state_dir = "{folder}/state"\n[gallery]\n{tables}')

    def gallery(self, *arguments: object) -> int:
        return main(["--config", str(self.file), "gallery", *map(str, arguments)])


@pytest.fixture
def here(tmp_path: Path) -> ClassroomMachine:
    machine = ClassroomMachine(tmp_path / "here")
    machine.store.save(some_gallery(3))
    return machine


@pytest.fixture
def there(tmp_path: Path) -> ClassroomMachine:
    return ClassroomMachine(tmp_path / "there")


def test_a_gallery_moves_to_a_machine_without_one_and_is_signed_with_that_machines_key(
    here: ClassroomMachine, there: ClassroomMachine, tmp_path: Path
) -> None:
    moved = tmp_path / "moved.gallery"
    assert here.gallery("export", moved) == 0
    assert moved.stat().st_mode & 0o777 == 0o600

    assert there.gallery("import", moved, "--key-file", here.settings.key_file) == 0

    assert there.store.load().numbers == here.store.load().numbers
    assert there.settings.key_file.read_bytes() != here.settings.key_file.read_bytes()


def test_a_file_of_another_key_is_refused_and_the_gallery_stays(
    here: ClassroomMachine, there: ClassroomMachine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there.store.save(some_gallery(1))
    here.gallery("export", tmp_path / "moved.gallery")

    assert there.gallery("import", tmp_path / "moved.gallery") == 65
    assert "signature" in capsys.readouterr().err
    assert len(there.store.load().students) == 1


def test_students_who_are_enrolled_here_alone_are_forgotten_only_when_that_is_asked_for(
    here: ClassroomMachine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = tmp_path / "moved.gallery"
    here.gallery("export", moved)
    here.store.save(some_gallery(4))

    assert here.gallery("import", moved) == 1
    assert "S0003" in capsys.readouterr().err
    assert len(here.store.load().students) == 4
    assert here.gallery("import", moved, "--replace", "--json") == 0
    assert json.loads(capsys.readouterr().out)["forgotten"] == ["S0003"]
    assert len(here.store.load().students) == 3


def test_an_export_overwrites_nothing_and_needs_somebody_enrolled(
    here: ClassroomMachine, there: ClassroomMachine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.doc").write_text("years of work")

    assert here.gallery("export", tmp_path / "thesis.doc") == 1
    assert (tmp_path / "thesis.doc").read_text() == "years of work"
    assert there.gallery("export", tmp_path / "empty.gallery") == 65
    assert there.gallery("import", tmp_path / "empty.gallery") == 65
    assert "is not there" in capsys.readouterr().err
