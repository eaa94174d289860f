"""The recognizer's Debian package, built around a stand-in for the bundle: what it lays where, and with which modes.

What it does on a machine is tried by tests/acceptance/test_recognizer_on_debian.py.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.fixtures.debian_package import build, complaints, locked_here, modes_in, parts_of, said


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    (folder / "bundle" / "_internal").mkdir(parents=True)
    shutil.copy("/bin/true", folder / "bundle" / "recognizer")
    (folder / "bundle" / "_internal" / "data").write_text("data")
    return build("rollcall-recognizer", folder, BUNDLE=str(folder / "bundle"), BUNDLE_PYTHON=sys.executable)


def test_the_package_says_what_it_needs_of_the_machine(package: Path) -> None:
    assert said(package, "--field", "package", "version", "architecture").split()[1::2] == [
        "rollcall-recognizer",
        "9.8.7",
        "amd64",
    ]
    depends = said(package, "--field", "depends")
    assert re.search(r"libc6 \(>= 2\.[0-9]+\)", depends)
    assert "dbus-system-bus" in depends


def test_everything_lies_in_its_place_and_belongs_to_root_whatever_the_umask(package: Path) -> None:
    modes = modes_in(package)

    assert modes.pop("/etc/rollcall/recognizer.toml") == "-rw-r-----"
    assert set(modes.values()) == {"drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--"}
    assert {path for path, mode in modes.items() if mode == "-rwxr-xr-x"} == {
        "/usr/bin/recognizer",
        "/opt/rollcall/recognizer/package/recognizer",
    }
    docs = "/usr/share/doc/rollcall-recognizer/"
    assert {
        *(f"/usr/lib/systemd/system/rollcall-recognizer{instance}.service" for instance in ("", "@")),
        *(f"/usr/share/man/man1/recognizer{command}.1.gz" for command in ("", "-run", "-check", "-gallery")),
        *(
            docs + name
            for name in ("copyright", "changelog.gz", "html/index.html", "licences/numpy/", "licences/onnxruntime/")
        ),
    } <= set(modes)


def test_its_bill_of_materials_lists_all_that_the_lock_brings(package: Path, tmp_path: Path) -> None:
    parts = parts_of(package, tmp_path)
    assert parts.pop("pkg:generic/rollcall-recognizer") == "9.8.7"
    assert parts == {f"pkg:pypi/{name}": version for name, version in locked_here("recognizer").items()}
    assert {"pkg:pypi/onnxruntime", "pkg:pypi/cryptography"} <= parts.keys()


def test_a_rooms_unit_differs_from_the_machines_by_its_configuration_alone(package: Path, tmp_path: Path) -> None:
    said(package, "--extract", str(tmp_path))
    units = tmp_path / "usr/lib/systemd/system"
    machines, rooms = (
        (units / f"rollcall-recognizer{instance}.service").read_text().splitlines() for instance in ("", "@")
    )

    changed = [(old, new) for old, new in zip(machines, rooms, strict=True) if old != new and not old.startswith("#")]
    assert [new.partition("=")[0] for _, new in changed] == ["Description", "ExecStart"]
    assert "--config /etc/rollcall/rooms/%i.toml run" in changed[1][1]


def test_scripts_stop_at_their_first_fault_and_the_configuration_is_kept_at_an_upgrade(
    package: Path, tmp_path: Path
) -> None:
    said(package, "--control", str(tmp_path))

    assert (tmp_path / "conffiles").read_text().split() == ["/etc/rollcall/recognizer.toml"]
    for name in ("preinst", "postinst", "prerm", "postrm"):
        script = (tmp_path / name).read_text()
        assert script.startswith("#!/bin/sh\nset -e\n")
        assert "@VERSION@" not in script


def test_lintian_finds_nothing_that_has_no_reason(package: Path) -> None:
    assert not complaints(package)
