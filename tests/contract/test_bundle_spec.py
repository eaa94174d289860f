"""What deploy/recognizer.spec asks PyInstaller for, without the minutes that a bundle takes.

`make test-bundle` builds one and tries it: tests/acceptance/test_bundle.py.
"""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.environment import ROOT

SPEC = ROOT / "deploy" / "recognizer.spec"
COMPARED_WITH = {"face_recognition"}
"""Imported by an engine to compare with, which the bundle does not have."""


class Spec:
    """The spec, run with something in PyInstaller's place that finds ``found`` and keeps what it was asked for."""

    def __init__(self, **found: list[tuple[str, ...]]) -> None:
        self.asked: dict[str, Any] = {}
        self.collected: tuple[Any, ...] = ()
        self._found: dict[str, list[tuple[str, ...]]] = {"datas": [], "scripts": [], "binaries": [], "pure": []} | found
        names = {"SPECPATH": str(SPEC.parent), "Analysis": self._analyse, "PYZ": lambda pure: pure}
        names |= {"EXE": self._link, "COLLECT": self._collect}
        exec(compile(SPEC.read_text("utf-8"), SPEC, "exec"), names)

    def _analyse(self, scripts: list[str], **asked: Any) -> SimpleNamespace:
        self.asked = {"program": scripts, **asked}
        return SimpleNamespace(**self._found)

    def _link(self, _: object, scripts: list[tuple[str, ...]], **__: object) -> list[tuple[str, ...]]:
        return scripts

    def _collect(self, *parts: list[tuple[str, ...]], **_: object) -> None:
        self.collected = tuple(name for part in parts for name, *_ in part)


@pytest.fixture(scope="module")
def asked() -> dict[str, Any]:
    return Spec().asked


def test_all_that_the_bundle_takes_along_is_there(asked: dict[str, Any]) -> None:
    files = [Path(path) for path, _ in asked["datas"]]
    assert all(path.is_file() for path in [*map(Path, asked["program"]), *files])
    assert {path.name for path in files} == {
        "shape_predictor_5_face_landmarks.dat",
        "dlib_face_recognition_resnet_model_v1.dat",
        "mmod_human_face_detector.dat",
        "frontal_face.svm",
        "slight_net.npz",
    }


def test_data_lies_in_the_bundle_where_the_program_looks_for_it(asked: dict[str, Any]) -> None:
    places = {Path(place, Path(path).name) for path, place in asked["datas"]}
    beside = {Path("recognizer/vision/nets", path.name) for path in (ROOT / "recognizer/vision/nets").iterdir()}
    assert {place for place in places if place.parts[0] == "recognizer"} <= beside


def test_what_is_found_by_name_alone_is_named_and_installed(asked: dict[str, Any]) -> None:
    assert {"pymysql", "sqlalchemy.dialects.mysql.pymysql"} <= set(asked["hiddenimports"])
    assert [name for name in asked["hiddenimports"] if find_spec(name) is None] == []


def test_the_program_needs_nothing_that_is_left_out(asked: dict[str, Any]) -> None:
    excluded = set(asked["excludes"])
    assert {"portal", "django", "deploy", "tests", "skimage"} <= excluded
    needed = set()
    for path in (ROOT / "recognizer").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                needed |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                needed |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    beginnings = {".".join(name.split(".")[:end]) for name in needed for end in range(1, name.count(".") + 2)}
    assert beginnings & excluded <= COMPARED_WITH


def test_nobodys_face_and_no_temporary_folder_come_along() -> None:
    spec = Spec(
        datas=[
            ("matplotlib/mpl-data/sample_data/grace_hopper.jpg", "", "DATA"),
            ("matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf", "", "DATA"),
        ],
        scripts=[("pyi_rth_mplconfig", "", "PYSOURCE"), ("__main__", "", "PYSOURCE")],
    )
    assert spec.collected == ("__main__", "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf")
