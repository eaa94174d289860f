"""The systemd units: systemd understands them, and they let the programs speak to nobody outside."""

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
def test_a_unit_denies_every_address_but_those_of_private_networks(unit: Path) -> None:
    text = unit.read_text("utf-8")
    assert "\nIPAddressDeny=any\n" in text
    allowed = " ".join(re.findall(r"^IPAddressAllow=(.*)", text, re.MULTILINE)).split()
    networks = [ipaddress.ip_network(entry) for entry in allowed if entry not in ("localhost", "link-local")]

    assert all(network.is_private for network in networks)
    # A camera of the README's kind is reached as the unit comes.
    assert any(ipaddress.ip_address("10.0.0.21") in network for network in networks)
