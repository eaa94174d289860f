"""The portal's units and its command on a server, laid out as the package does it, under a systemd that has booted.

The package itself is tried by tests/acceptance/test_portal_on_debian.py.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.environment import ROOT, product_environment
from tests.fixtures.booted import Machine
from tests.fixtures.mariadb import MigratedMariaDB

RELEASE = "/opt/rollcall/portal/current"
PYTHON = "/opt/python"

UNITS = (
    "rollcall-portal",
    "rollcall-tasks",
    "rollcall-close-registers",
    "rollcall-watch-cameras",
    "rollcall-clear-sessions",
)

TRIAL = """\
systemctl start dbus
rollcall-manage migrate && exit 1
mv /etc/rollcall/owner.later /etc/rollcall/owner.env
rollcall-manage migrate
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
systemctl start rollcall-portal rollcall-watch-cameras.timer rollcall-close-registers.timer
systemctl start rollcall-clear-sessions.timer
exec 3<>/dev/tcp/127.0.0.1/8000
printf 'GET /healthz HTTP/1.0\\r\\nHost: attendance.example.org\\r\\n\\r\\n' >&3
cat <&3
systemctl start rollcall-close-registers.service rollcall-watch-cameras.service rollcall-clear-sessions.service
systemctl show --property=ActiveState rollcall-close-registers.timer rollcall-clear-sessions.timer
systemctl show --property=Result,ExecMainStatus rollcall-close-registers.service rollcall-clear-sessions.service
systemctl start rollcall-tasks
printf 'number,name\\n0042,Ada Byron\\n' >/run/students.csv
rollcall-manage import students /run/students.csv --write
rollcall-manage export students /run/exported.csv
grep 0042 /run/exported.csv
systemctl show --property=ActiveState rollcall-tasks
systemctl stop rollcall-tasks rollcall-portal
systemctl show --property=Result rollcall-portal rollcall-tasks
journalctl --output=cat --unit=rollcall-portal --unit=rollcall-close-registers
"""


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A release with the packages of this Python, which may lie in a home: units see none."""
    folder = tmp_path / "release"
    (folder / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "debian" / "portal-command", folder / "bin" / "portal")
    (folder / "bin" / "python3").symlink_to(f"{PYTHON}/bin/python{sysconfig.get_python_version()}")
    (folder / "pyvenv.cfg").write_text(f"home = {PYTHON}/bin\n")
    subprocess.run(
        [sys.executable, ROOT / "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        env=product_environment(),
        check=True,
    )
    return folder


@pytest.fixture
def configuration(own_mariadb: MigratedMariaDB, tmp_path: Path) -> Path:
    """/etc/rollcall; the owner's file is there under another name."""

    def by_socket(url: str) -> str:
        return re.sub(r"@[^/]*/", "@localhost/", url) + "?unix_socket=/trial/socket"

    folder = tmp_path / "configuration"
    folder.mkdir()
    (folder / "portal-secrets.env").write_text(
        f"ROLLCALL_SECRET_KEY=a-secret-of-this-test-alone-which-is-long-enough-for-it\nROLLCALL_DATABASE_URL={by_socket(own_mariadb.portal_url)}\n"
    )
    text = (ROOT / "deploy" / "portal.env").read_text("utf-8").replace("# ROLLCALL_ALLOWED", "ROLLCALL_ALLOWED")
    # A Python that was built elsewhere finds its own library no more.
    (folder / "portal.env").write_text(f"{text}LD_LIBRARY_PATH={PYTHON}/lib\n")
    (folder / "owner.later").write_text(f"ROLLCALL_DATABASE_URL={by_socket(own_mariadb.owner_url)}\n")
    for file in folder.iterdir():
        file.chmod(0o600)
    # The owner has one migration to apply.
    own_mariadb.server.execute(
        f"USE {own_mariadb.name}", "DROP TABLE django_session", "DELETE FROM django_migrations WHERE app = 'sessions'"
    )
    return folder


def test_the_shipped_units_and_rollcall_manage_serve_the_portal(
    own_mariadb: MigratedMariaDB, machine: Machine, release: Path, configuration: Path, tmp_path: Path
) -> None:
    for unit in UNITS:
        for file in (ROOT / "deploy").glob(f"{unit}.*"):
            shutil.copy(file, machine.units)
    (tmp_path / "commands").mkdir()
    shutil.copy(ROOT / "deploy" / "debian" / "manage-command", tmp_path / "commands" / "rollcall-manage")

    said = machine.boot(
        f"export PATH=$PATH:/commands\n{TRIAL}",
        ["rollcall-portal", "messagebus"],
        {
            release / "bin": f"{RELEASE}/bin",
            release / "pyvenv.cfg": f"{RELEASE}/pyvenv.cfg",
            ROOT / "var" / "static": f"{RELEASE}/var/static",
            ROOT / "portal": f"{RELEASE}/portal",
            ROOT / "deploy": f"{RELEASE}/deploy",
            ROOT / "manage.py": f"{RELEASE}/manage.py",
            Path(sys.prefix).resolve() / "lib": f"{RELEASE}/lib",
            Path(sys.base_prefix).resolve(): PYTHON,
            tmp_path / "commands": "/commands",
            configuration: "/etc/rollcall",
            own_mariadb.server.folder / "socket": "/trial/socket",
        },
    )

    assert "there is no /etc/rollcall/owner.env: run rollcall-manage setup" in said
    assert "Applying sessions.0001_initial... OK" in said
    assert "user: rollcall-portal name: Ada $HOME Byron" in said
    assert "reached 10.0.0.21" in said
    assert "denied 203.0.113.9" in said
    assert "200 OK" in said
    assert "\nok\n" in said
    assert said.count("Result=success") == 4
    assert said.count("ActiveState=active") == 3
    assert said.count("ExecMainStatus=0") == 2
    assert "Written, as import 1." in said
    assert '"\'0042","Ada Byron"' in said
    assert "Traceback" not in said
