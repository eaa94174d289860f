"""``recognizer gallery export`` and ``import``: a gallery moves to another machine, and nothing is lost unawares."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from recognizer.bootstrap.keys import build_machine_keys
from recognizer.cli import main
from recognizer.config.configuration import GalleryConfig
from recognizer.config.reading import load_config
from recognizer.domain.naming.gallery import Gallery
from recognizer.errors import GalleryError
from recognizer.storage.files.gallery_file import SignedGalleryFile
from recognizer.storage.files.samples_file import SignedSamplesFile
from tests.fixtures.gallery import some_gallery
from tests.fixtures.lessons import face, lesson_sample


class ClassroomMachine:
    """A configuration with a gallery of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.settings = GalleryConfig(folder / "gallery.pkl", None, folder / "gallery.key")
        self.store = SignedGalleryFile(self.settings)
        self.file = folder / "recognizer.toml"
        tables = f'path = "{self.settings.path}"\nkey_file = "{self.settings.key_file}"\n'
        self.file.write_text(f'state_dir = "{folder}/state"\n[gallery]\n{tables}')

    def public_key(self) -> str:
        return build_machine_keys(load_config(self.file, {})).load().in_use.public

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


def test_a_gallery_moves_to_a_machine_without_one_and_nobody_else_reads_it_on_the_way(
    here: ClassroomMachine, there: ClassroomMachine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved, gallery = tmp_path / "moved.gallery", here.store.load()
    assert here.gallery("export", moved, "--to", there.public_key()) == 0
    assert moved.stat().st_mode & 0o777 == 0o600
    told = capsys.readouterr().out.splitlines()[-1].split()
    for line in (b"S0000", gallery.encodings[0].tobytes(), gallery.photo_hashes[0].encode(), b"rollcall gallery"):
        assert line not in moved.read_bytes()
    assert here.gallery("import", moved) == 65
    assert here.gallery("import", moved, "--from", here.public_key()) == 65

    # As the export tells it.
    assert told[:4] == ["recognizer", "gallery", "import", "moved.gallery"]
    assert there.gallery("import", moved, *told[4:]) == 0

    assert there.store.load().numbers == gallery.numbers
    assert there.settings.key_file.read_bytes() != here.settings.key_file.read_bytes()


def test_a_gallery_that_another_machine_has_sealed_is_not_taken_for_the_named_ones(
    here: ClassroomMachine, there: ClassroomMachine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever knows the public key can seal for it; who is named with --from must have done it."""
    stranger = ClassroomMachine(tmp_path / "elsewhere")
    stranger.store.save(some_gallery(2))
    moved = tmp_path / "moved.gallery"
    stranger.gallery("export", moved, "--to", there.public_key())

    assert there.gallery("import", moved, "--from", here.public_key()) == 65
    assert there.gallery("import", moved) == 65
    # Nor is it a gallery in the place of this machine's own.
    there.settings.path.write_bytes(moved.read_bytes())
    assert there.gallery() == 65
    assert "signature" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["0" * 64, "f" * 63, "key", "é" * 64])
def test_what_is_no_public_key_is_told_and_nothing_is_written(
    here: ClassroomMachine, tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    moved = tmp_path / "moved.gallery"
    assert here.gallery("export", moved, "--to", wrong) == 65
    assert not moved.exists()
    here.gallery("export", moved)
    assert here.gallery("import", moved, "--from", wrong) == 65
    assert capsys.readouterr().err.count("is no public key of a machine") == 2


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


def test_a_machine_that_cannot_open_a_file_tells_how_to_export_it(
    here: ClassroomMachine, there: ClassroomMachine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = tmp_path / "moved.gallery"
    here.gallery("export", moved)

    assert there.gallery("import", moved) == 65
    there.store.save(some_gallery(1))
    assert there.gallery("import", moved) == 65

    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert all("--to KEY" in line and "--from" in line for line in told)
    # To enrol again, or to put a backup back, is no help here.
    assert not any("encode" in line or "backup" in line for line in told)


@pytest.mark.parametrize("harm", ["cut short", "changed", "something else", "nobody in it"])
def test_of_a_file_that_cannot_be_imported_another_export_is_asked_for_and_nothing_changes(
    here: ClassroomMachine, tmp_path: Path, capsys: pytest.CaptureFixture[str], harm: str
) -> None:
    moved = tmp_path / "moved.gallery"
    here.gallery("export", moved)
    good = moved.read_bytes()
    if harm == "nobody in it":
        SignedGalleryFile(replace(here.settings, path=moved)).save(Gallery.empty())
    else:
        moved.write_bytes({"cut short": good[:-9], "changed": good[:-9] + b"\0" + good[-8:]}.get(harm, b"%PDF-1.7"))
    before = here.settings.path.read_bytes()

    assert here.gallery("import", moved, "--replace") == 65

    assert "export it again" in capsys.readouterr().err
    assert here.settings.path.read_bytes() == before


def test_an_export_makes_no_folder_for_a_mistyped_name_and_follows_no_link(
    here: ClassroomMachine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    assert here.gallery("export", tmp_path / "not mounted" / "moved.gallery") == 1
    assert here.gallery("export", tmp_path / "link") == 1

    assert "there is no folder" in capsys.readouterr().err
    assert not (tmp_path / "not mounted").exists()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("action", ["export", "import"])
def test_a_name_that_no_file_can_have_is_told_in_one_line(
    here: ClassroomMachine, tmp_path: Path, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    assert here.gallery(action, tmp_path / ("n" * 300)) == 65
    assert capsys.readouterr().err.count("\n") == 1


def test_an_import_that_fails_forgets_nothing_of_what_lessons_taught(
    here: ClassroomMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "moved.gallery"
    here.gallery("export", moved)
    here.store.save(some_gallery(4))
    learned = SignedSamplesFile(tmp_path / "here" / "state" / "learned.pkl", "", here.settings)
    learned.save([lesson_sample(face(0.2), number="S0003", enrolled=here.store.load())])

    def fail(self: object, gallery: Gallery) -> None:
        raise GalleryError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(SignedGalleryFile, "save", fail)
        assert here.gallery("import", moved, "--replace") == 65
    assert len(learned.load()) == 1
    assert here.gallery("import", moved, "--replace") == 0
    assert learned.load() == []
