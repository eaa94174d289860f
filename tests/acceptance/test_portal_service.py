"""The portal's units and its command on a server: under a systemd that has booted, as the README says."""

from __future__ import annotations

import re
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.environment import ROOT
from tests.fixtures.booted import Machine
from tests.fixtures.mariadb import MigratedMariaDB

CHECKOUT = "/opt/rollcall/portal"
PYTHON = "/opt/python"

UNITS = ("rollcall-portal.service", "rollcall-close-registers.service", "rollcall-close-registers.timer")

TRIAL = """\
systemctl start dbus
rollcall-manage migrate && exit 1
mv /etc/rollcall/owner.later /etc/rollcall/owner.env
chmod go-rx /opt/rollcall/portal/.venv
rollcall-manage migrate && exit 1
chmod go+rx /opt/rollcall/portal/.venv
rollcall-manage migrate axes 0009
rollcall-manage migrate
rollcall-manage collectstatic --no-input
rollcall-manage createsuperuser --no-input --email ada@example.org --name 'Ada $HOME Byron'
rollcall-manage shell --no-imports --command '
import getpass, socket
from portal.accounts.models import Account
print("user:", getpass.getuser(), "name:", Account.objects.get().name)
for address in ("10.0.0.21", "203.0.113.9"):
    try:
        socket.socket(type=socket.SOCK_DGRAM).sendto(b"", (address, 9))
        print("reached", address)
    except PermissionError:
        print("denied", address)
'
systemctl start rollcall-portal rollcall-close-registers.timer
exec 3<>/dev/tcp/127.0.0.1/8000
printf 'GET /healthz HTTP/1.0\\r\\nHost: attendance.example.org\\r\\n\\r\\n' >&3
cat <&3
systemctl start rollcall-close-registers.service
systemctl show --property=ActiveState rollcall-close-registers.timer
systemctl show --property=Result --property=ExecMainStatus rollcall-close-registers.service
systemctl stop rollcall-portal
systemctl show --property=Result rollcall-portal
journalctl --output=cat --unit=rollcall-portal --unit=rollcall-close-registers
"""


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A .venv for the machine, with the packages of this one, whose Python may lie in a home: units see none."""
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {PYTHON}/bin\n")
    (folder / "bin" / "python").symlink_to(f"{PYTHON}/bin/python{sysconfig.get_python_version()}")
    gunicorn = f"#!{CHECKOUT}/.venv/bin/python\nfrom gunicorn.app.wsgiapp import run\nrun()\n"
    (folder / "bin" / "gunicorn").write_text(gunicorn)
    (folder / "bin" / "gunicorn").chmod(0o755)
    return folder


@pytest.fixture
def configuration(own_mariadb: MigratedMariaDB, tmp_path: Path) -> Path:
    """/etc/rollcall; the owner's file is there under another name."""

    def by_socket(url: str) -> str:
        return re.sub(r"@[^/]*/", "@localhost/", url) + "?unix_socket=/trial/socket"

    folder = tmp_path / "configuration"
    folder.mkdir()
    text = (ROOT / "deploy" / "portal.example.env").read_text("utf-8")
    text = text.replace("ROLLCALL_SECRET_KEY=\n", "ROLLCALL_SECRET_KEY=a-secret-of-this-test-alone\n")
    text = re.sub("(?m)^ROLLCALL_DATABASE_URL=.*", f"ROLLCALL_DATABASE_URL={by_socket(own_mariadb.portal_url)}", text)
    # A Python that was built elsewhere finds its own library no more.
    (folder / "portal.env").write_text(f"{text}LD_LIBRARY_PATH={PYTHON}/lib\n")
    (folder / "owner.later").write_text(f"ROLLCALL_DATABASE_URL={by_socket(own_mariadb.owner_url)}\n")
    for file in folder.iterdir():
        file.chmod(0o600)
    return folder


def test_the_shipped_units_and_rollcall_manage_serve_the_portal(
    own_mariadb: MigratedMariaDB, machine: Machine, environment: Path, configuration: Path
) -> None:
    for unit in UNITS:
        shutil.copy(ROOT / "deploy" / unit, machine.units)

    said = machine.boot(
        f"export PATH=$PATH:{CHECKOUT}/deploy\n{TRIAL}",
        ["rollcall-portal", "messagebus"],
        {
            ROOT / "portal": f"{CHECKOUT}/portal",
            ROOT / "deploy": f"{CHECKOUT}/deploy",
            ROOT / "manage.py": f"{CHECKOUT}/manage.py",
            environment: f"{CHECKOUT}/.venv",
            Path(sys.prefix).resolve() / "lib": f"{CHECKOUT}/.venv/lib",
            Path(sys.base_prefix).resolve(): PYTHON,
            configuration: "/etc/rollcall",
            own_mariadb.server.folder / "socket": "/trial/socket",
        },
    )

    assert "there is no /etc/rollcall/owner.env that can be read" in said
    assert "the user rollcall-portal may not read /opt/rollcall/portal/.venv/bin/python" in said
    assert "Applying axes.0010_accessattemptexpiration... OK" in said
    assert "static files copied to '/opt/rollcall/portal/var/static'" in said
    assert "user: rollcall-portal name: Ada $HOME Byron" in said
    assert "reached 10.0.0.21" in said
    assert "denied 203.0.113.9" in said
    assert "200 OK" in said
    assert "\nok\n" in said
    assert said.count("Result=success") == 2
    assert "ActiveState=active" in said
    assert "ExecMainStatus=0" in said
    assert "Traceback" not in said
