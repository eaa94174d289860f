"""What must hold of the repository itself."""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import re
import subprocess
from pathlib import Path

import pytest
from setuptools import find_packages

from tests.environment import ROOT

LOCKS = {
    "recognizer.txt": ("recognizer",),
    "portal.txt": ("portal",),
    "bundle.txt": ("recognizer", "bundle"),
    "docs.txt": ("docs",),
    "demo.txt": ("recognizer", "portal", "demo"),
    "test.txt": ("recognizer", "portal", "bundle", "demo", "docs", "test"),
}


def plain(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> set[tuple[str, str]]:
    """Name and version of everything in a lock; a name may have one version for older Pythons and one for newer."""
    text = (ROOT / "requirements" / lock).read_text()
    return {(plain(name), version) for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)}


def locked_names(lock: str) -> set[str]:
    return {name for name, _ in locked(lock)}


def setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def named(requirements: str) -> set[str]:
    """The names in a list of requirements as setup.cfg has it."""
    lines = [line.strip() for line in requirements.splitlines() if line.strip() and not line.strip().startswith("#")]
    return {plain(re.split(r"[<>=!~;\[ ]", line)[0]) for line in lines}


def test_no_python_stands_under_encodings() -> None:
    """A package of that name shadows Python's own, and the interpreter dies."""
    assert not [path for path in (ROOT / "encodings").rglob("*") if path.suffix in {".py", ".pyc", ".so"}]


def test_only_the_two_programs_are_packages() -> None:
    options = setup_cfg()["options.packages.find"]
    packages = find_packages(str(ROOT), include=options["include"].split())

    assert {"recognizer", "recognizer.domain", "portal", "portal.lecturer"} <= set(packages)
    assert {package.partition(".")[0] for package in packages} == {"recognizer", "portal"}


def test_every_folder_of_the_programs_is_a_package() -> None:
    modules = [path for program in ("recognizer", "portal") for path in (ROOT / program).rglob("*.py")]

    assert not {path.parent for path in modules if not (path.parent / "__init__.py").exists()}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_setup_cfg_asks_for(lock: str) -> None:
    parser = setup_cfg()
    asked = named(parser["options"]["install_requires"])
    for extra in LOCKS[lock]:
        asked |= named(parser["options.extras_require"][extra])

    assert asked <= locked_names(lock), f"missing: {asked - locked_names(lock)}; run `make lock`"
    assert "dlib" not in locked_names(lock), "dlib compiles for minutes; requirements/overrides.txt keeps it out"


def test_the_locks_agree_on_every_version() -> None:
    recognizer, portal, bundle, docs, demo, test = (locked(lock) for lock in LOCKS)

    assert recognizer | portal <= demo <= test
    assert recognizer <= bundle <= test
    assert docs <= test


def test_neither_program_brings_the_other_ones_libraries_along() -> None:
    recognizer, portal = locked_names("recognizer.txt"), locked_names("portal.txt")

    assert not recognizer & {"django", "gunicorn", "whitenoise", "argon2-cffi"}
    assert not portal & {"opencv-python-headless", "dlib-bin", "onnxruntime", "numpy", "matplotlib", "pillow"}


@pytest.mark.parametrize("lock", [*LOCKS, "build.txt"])
def test_a_lock_pins_by_hash_and_names_no_address(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    pins = re.split(r"\n(?=\S)", text.partition("\n#    make lock\n")[2])

    assert all("--hash=sha256:" in pin for pin in pins if pin.strip())
    assert not re.search(r"https?:|file:|--index|--find-links|--extra", text)


def test_the_installed_versions_are_those_of_the_lock() -> None:
    """What the tests run with is what a user gets."""
    pinned = locked("demo.txt")
    needed = locked_names("demo.txt") & {plain(found.name) for found in importlib.metadata.distributions()}

    assert {"django", "dlib-bin", "numpy", "opencv-python-headless"} <= needed
    assert {(name, importlib.metadata.version(name)) for name in needed} <= pinned


def test_nothing_private_is_tracked() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("This is no git checkout.")

    assert not [name for name in tracked.stdout.splitlines() if name.endswith((".pkl", ".key", ".sqlite3", ".mp4"))]


def parametrized(path: Path) -> list[ast.Call]:
    """The calls of pytest.mark.parametrize in a file."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "parametrize"]


def has_an_order_of_its_own(call: ast.Call) -> bool:
    """False where a set is written among the cases, and is either what they are made of or what they are called by."""
    sets = [node for node in ast.walk(call.args[1]) if isinstance(node, ast.Set | ast.SetComp)]
    called_by_content = any(
        keyword.arg == "ids" and ast.unparse(keyword.value) in {"str", "repr"} for keyword in call.keywords
    )
    return not sets or not (called_by_content or any(node is call.args[1] for node in sets))


def test_every_process_collects_the_tests_by_the_same_names_in_the_same_order() -> None:
    """The order within a set of text is another one in every process; processes that share the tests then disagree."""
    odd = [
        path.name
        for path in (ROOT / "tests").rglob("test_*.py")
        if not all(map(has_an_order_of_its_own, parametrized(path)))
    ]
    assert not odd
    for cases in ('[None, {"a", "b"}], ids=str', '{"a", "b"}'):
        assert not has_an_order_of_its_own(ast.parse(f"parametrize('x', {cases})").body[0].value)  # type: ignore[attr-defined]
