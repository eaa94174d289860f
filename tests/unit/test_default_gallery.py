"""Whoever enrols without a configuration is told which gallery that was."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from recognizer.commands.encode import warn_of_default_gallery
from recognizer.config.configuration import Config, GalleryConfig


def test_a_gallery_that_nobody_has_named_is_told_with_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ROLLCALL_CONFIG", raising=False)
    assert str(tmp_path / "encodings" / "gallery.pkl") in warn_of_default_gallery(Namespace(config=None), Config())[0]

    named = Config(gallery=GalleryConfig(path=tmp_path / "gallery.pkl"))
    assert warn_of_default_gallery(Namespace(config=None), named) == []
    assert warn_of_default_gallery(Namespace(config=Path("/etc/rollcall/recognizer.toml")), Config()) == []
