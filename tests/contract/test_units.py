"""The systemd units: systemd understands them, and they let the programs speak to nobody outside.

What they do under a systemd that has booted is tried in tests/acceptance/test_bundle.py.
"""

from __future__ import annotations

import ipaddress
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.environment import ROOT

UNITS = sorted((ROOT / "deploy").glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not installed.")
    # What it runs is not installed here.
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text("utf-8"), flags=re.MULTILINE)
    (tmp_path / unit.name).write_text(text, "utf-8")
    done = subprocess.run(
        [verify, "verify", "--man=no", tmp_path / unit.name], capture_output=True, text=True, timeout=60, check=False
    )
    assert not [line for line in done.stderr.splitlines() if unit.name in line], done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_exposed_as_little_as_its_program_allows(unit: Path) -> None:
    """By systemd's own measure, from 0 to 10."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed.")
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", unit], capture_output=True, text=True, timeout=60
    )
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= (1.6 if unit.stem == "rollcall-recognizer" else 1.8)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_leaves_no_core_dump_and_cannot_take_all_memory(unit: Path) -> None:
    lines = unit.read_text("utf-8").splitlines()
    assert "LimitCORE=0" in lines
    assert any(line.startswith("MemoryMax=") for line in lines)
    # Swap would be faces on the disk.
    assert unit.stem != "rollcall-recognizer" or "MemorySwapMax=0" in lines


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_denies_every_address_but_those_of_private_networks(unit: Path) -> None:
    text = unit.read_text("utf-8")
    assert "\nIPAddressDeny=any\n" in text
    allowed = " ".join(re.findall(r"^IPAddressAllow=(.*)", text, re.MULTILINE)).split()
    networks = [ipaddress.ip_network(entry) for entry in allowed if entry not in ("localhost", "link-local")]

    assert all(network.is_private for network in networks)
    # A camera of the README's kind is reached as the unit comes.
    assert any(ipaddress.ip_address("10.0.0.21") in network for network in networks)


def test_a_camera_that_is_plugged_in_after_the_start_is_let_through() -> None:
    """A name is looked up in /proc/devices when the unit starts, where a kernel without a camera does not have it."""
    text = (ROOT / "deploy" / "rollcall-recognizer.service").read_text("utf-8")
    devices = re.findall(r"^DeviceAllow=(\S+)", text, re.MULTILINE)

    assert devices == ["char-81"], "81 is Video4Linux, whatever the kernel has loaded"


def test_the_recognizer_by_hand_is_the_service_by_its_program_configuration_user_and_addresses(tmp_path: Path) -> None:
    """What the command passes to systemd-run; stand-ins take the place of systemd's programs."""
    unit = (ROOT / "deploy" / "rollcall-recognizer.service").read_text("utf-8")
    shown = "IPAddressAllow=10.0.0.0/8 ::1/128\\nIPAddressDeny=0.0.0.0/0 ::/0\\n"
    for name, body in {
        "systemctl": f"""case "$*" in *LoadState*) cat state ;; *) printf '{shown}' ;; esac; echo "$*" >>asked""",
        "systemd-run": 'printf "%s\\n" "$@"',
        "id": "cat user",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "state").write_text("loaded\n")
    (tmp_path / "user").write_text("root\n")

    def called(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "deploy" / "debian" / "recognizer-command", *arguments],
            env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    def passed(*arguments: str) -> list[str]:
        done = called(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    (program,) = re.findall(r"^ExecStart=(.*) run$", unit, re.MULTILINE)
    (user,) = re.findall(r"^User=(.*)$", unit, re.MULTILINE)
    words = passed("check")
    assert " ".join(words).endswith(f"{program} check")
    assert f"--uid={user}" in words
    # A relative path in the configuration leads both to the same file.
    (folder,) = re.findall(r"^WorkingDirectory=(.*)$", unit, re.MULTILINE)
    assert f"--working-directory={folder}" in words
    assert "--property=IPAddressDeny=0.0.0.0/0 ::/0" in words
    # The unit says nothing that a command by hand would not know.
    assert not re.findall(r"^Environment", unit, re.MULTILINE)
    # Another file, and the room's own unit with its limits.
    words = passed("--config", "/etc/rollcall/rooms/a101.toml", "check")
    assert words[-3:] == ["--config", "/etc/rollcall/rooms/a101.toml", "check"]
    assert "rollcall-recognizer@a101" in (tmp_path / "asked").read_text()
    assert passed("--config=other.toml", "check")[-2] == str(tmp_path / "other.toml")
    # Whoever enrols may read the photos, from the folder that they are in; a name may have blanks.
    words = passed("encode", "my photos", "--dry-run")
    assert words[-3:] == ["encode", "my photos", "--dry-run"]
    assert "--uid=root" in words
    assert f"--working-directory={tmp_path}" in words
    assert "--uid=root" in passed("gallery", "export", "moved.gallery")
    assert f"--uid={user}" in passed("gallery", "remove", "S1001")
    # systemd puts variables in, and "$$" is its dollar sign.
    words = passed("encode", "Class $HOME", "${HOME}\\*", "--among", "")
    assert words[-4:] == ["Class $$HOME", "$${HOME}\\*", "--among", ""]
    # Without the unit there would be no limits.
    for state in ("not-found\n", "masked\n", ""):
        (tmp_path / "state").write_text(state)
        refused = called("check")
        assert (refused.returncode, refused.stdout) == (69, "")
        assert "rollcall-recognizer.service is" in refused.stderr
    # Anybody else is told what to do.
    (tmp_path / "user").write_text("grace\n")
    refused = called("check")
    assert refused.returncode == 77
    assert "sudo" in refused.stderr


def test_while_the_database_is_restored_the_portal_and_its_timers_rest(tmp_path: Path) -> None:
    """`rollcall-manage`, with stand-ins for systemd's programs; they are started again also where it fails."""
    active = "rollcall-portal.service loaded active running\\nrollcall-close-registers.timer loaded active waiting\\n"
    for name, body in {
        "systemctl": f"""case "$*" in *LoadState*) echo loaded ;; *list-units*) printf '{active}' ;; esac
            echo "systemctl $*" >>did""",
        "systemd-run": 'echo "run $*" >>did; exit 3',
        "id": "echo 0",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)

    def did(*arguments: str) -> list[str]:
        done = subprocess.run(
            [ROOT / "deploy" / "debian" / "manage-command", *arguments],
            env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 3, done.stderr
        lines = (tmp_path / "did").read_text().splitlines()
        (tmp_path / "did").unlink()
        return lines

    both = "rollcall-portal.service rollcall-close-registers.timer"
    *_, stop, run, start = did("restore", "term.zip", "--replace")
    assert stop == f"systemctl stop {both}"
    assert "--uid=root" in run
    assert run.endswith("/portal restore term.zip --replace")
    assert start == f"systemctl start {both}"
    # A backup disturbs nobody, and keeps to the addresses of the service.
    run = did("backup", "term.zip")[-1]
    assert "--uid=root" in run
    assert run.endswith("/portal backup term.zip")
