"""What the recognizer's package tells when it is removed: whom the database has not taken, and no more."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.environment import ROOT

PRERM = ROOT / "deploy/debian/rollcall-recognizer.prerm"


class Machine:
    """The folders that the script knows, below one; the program says and does what the test tells."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = folder / "etc/rollcall/recognizer.toml"
        self.note = folder / "var/lib/misc/rollcall-recognizer.not-delivered"
        for path in (self.settings, self.note, folder / "opt/rollcall/recognizer/current/recognizer"):
            path.parent.mkdir(parents=True)
        self.settings.write_text("")
        # It is another user's with setpriv's options, which only root may use.
        self._script("bin/setpriv", 'while [ "${1#--}" != "$1" ]; do shift; done; exec "$@"')
        self._script("bin/deb-systemd-invoke", "")

    def remove(self, program: str) -> subprocess.CompletedProcess[str]:
        self._script("opt/rollcall/recognizer/current/recognizer", program)
        script = PRERM.read_text()
        for place in ("/opt/rollcall", "/var/lib/misc", "/etc/rollcall"):
            assert place in script
            script = script.replace(place, f"{self.folder}{place}")
        return subprocess.run(
            ["sh", "-c", script, "prerm", "remove"],
            env={**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )

    def _script(self, name: str, commands: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{commands}\n")
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_warning_of_the_program_is_nobodys_name(machine: Machine) -> None:
    done = machine.remove("echo 'the outbox is of an older release' >&2; echo 'S1001 in class session 1'")
    assert machine.note.read_text() == f"{machine.settings}: the database has not taken:\n  S1001 in class session 1\n"
    assert "older release" in done.stderr
    assert "older release" not in done.stdout


def test_a_warning_where_nothing_waits_leaves_no_note(machine: Machine) -> None:
    done = machine.remove("echo 'the outbox is of an older release' >&2")
    assert not machine.note.exists()
    assert "has not taken" not in done.stdout


def test_a_program_that_fails_is_told_beside_the_names_that_it_told_before(machine: Machine) -> None:
    done = machine.remove("echo 'S1001 in class session 1'; echo 'the outbox cannot be read' >&2; exit 74")
    lines = machine.note.read_text().splitlines()
    assert lines[1:] == ["  S1001 in class session 1", "  unknown (the outbox cannot be read)"]
    assert "unknown (the outbox cannot be read)" in done.stdout


def test_nothing_is_left_beside_the_note(machine: Machine) -> None:
    machine.remove("echo 'S1001 in class session 1'; echo 'a warning' >&2")
    assert [path.name for path in machine.note.parent.iterdir()] == [machine.note.name]
