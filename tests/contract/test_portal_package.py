"""The portal's Debian package, built around the libraries of this Python: what it lays where, and with which modes.

What it does on a machine is tried by tests/acceptance/test_portal_on_debian.py.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from portal.web.installation.files import SecretFiles
from tests.environment import ROOT
from tests.fixtures.debian_package import build, locked_here, modes_in, parts_of, said
from tests.fixtures.patience import only_long

RELEASE = "/opt/rollcall/portal/package/"

SPOKEN = """
from datetime import date
from django.conf import settings
from django.forms import CharField, DateField, Form
from django.utils import formats, translation
class Asked(Form):
    name, day = CharField(), DateField()
for code, _ in settings.LANGUAGES:
    with translation.override(code):
        print(code, formats.date_format(date(2026, 3, 5), "WEEKDAY_DATE"), formats.localize(1.5))
        print(Asked({"day": "5.3.2026"}).errors.as_text())
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With what the lock names, as it is installed here."""
    folder = tmp_path_factory.mktemp("package")
    libraries = folder / "libraries"
    for name in locked_here("portal"):
        for file in importlib.metadata.files(name) or []:
            source = Path(str(file.locate()))
            if ".." not in file.parts and "__pycache__" not in file.parts and source.exists():
                (libraries / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, libraries / file)
    return build("rollcall-portal", folder, PORTAL_LIBRARIES=str(libraries), PORTAL_PYTHON=sys.executable)


@pytest.fixture(scope="module")
def laid_out(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its files."""
    folder = tmp_path_factory.mktemp("laid_out")
    said(package, "--extract", str(folder))
    return folder


@only_long
def test_the_package_says_what_it_needs_of_the_machine(package: Path) -> None:
    depends = said(package, "--field", "package", "depends")
    assert "Package: rollcall-portal" in depends
    assert re.search(r"libc6 \(>= 2\.[0-9]+\)", depends)
    assert "python3.11" in depends


def test_everything_lies_in_its_place_and_belongs_to_root_whatever_the_umask(package: Path) -> None:
    modes = modes_in(package)

    assert modes.pop("/etc/rollcall/portal.env") == "-rw-------"
    assert modes.pop(f"{RELEASE}bin/python3")[0] == "l"
    assert set(modes.values()) == {"drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--"}
    assert {path for path, mode in modes.items() if mode == "-rwxr-xr-x"} == {
        "/usr/bin/rollcall-manage",
        f"{RELEASE}bin/portal",
    }
    units = ("rollcall-portal", "rollcall-close-registers", "rollcall-watch-cameras", "rollcall-clear-sessions")
    docs = "/usr/share/doc/rollcall-portal/"
    assert {
        *(f"/usr/lib/systemd/system/{unit}.service" for unit in units),
        *(f"/usr/lib/systemd/system/{unit}.timer" for unit in units[1:]),
        "/usr/lib/systemd/system/rollcall-tasks.service",
        "/etc/nginx/sites-available/rollcall",
        "/usr/share/man/man8/rollcall-manage.8.gz",
        "/usr/share/man/man8/rollcall-manage-setup.8.gz",
        *(docs + name for name in ("copyright", "changelog.gz", "html/index.html", "licences/django/")),
        *(
            RELEASE + name
            for name in ("manage.py", "deploy/grants.sql", "deploy/triggers.sql", "var/static/staticfiles.json")
        ),
    } <= set(modes)
    assert not [path for path in modes if "nginx/sites-enabled" in path or "secret" in Path(path).name.lower()]


def test_its_bill_of_materials_lists_all_that_the_lock_brings(package: Path, tmp_path: Path) -> None:
    parts = parts_of(package, tmp_path)
    assert parts.pop("pkg:generic/rollcall-portal") == "9.8.7"
    assert parts == {f"pkg:pypi/{name}": version for name, version in locked_here("portal").items()}


def test_the_web_server_gets_nothing_that_sees(package: Path) -> None:
    names = {path.removeprefix(f"{RELEASE}lib/python3.11/site-packages/").split("/")[0] for path in modes_in(package)}
    assert {"django", "gunicorn", "argon2", "pymysql"} <= names
    assert not names & {"cv2", "dlib", "onnxruntime", "numpy", "PIL", "face_recognition_models", "recognizer"}


def run_package(laid_out: Path, database: Path, folder: Path, *arguments: str) -> str:
    """What the package's program says, called from the folder by way of a link, as /usr/bin/rollcall-manage does."""
    release = laid_out / RELEASE[1:]
    (release / "bin" / "python3").unlink(missing_ok=True)
    home = Path(sys.base_prefix) / "bin"
    (release / "bin" / "python3").symlink_to(home / f"python{sysconfig.get_python_version()}")
    (release / "pyvenv.cfg").write_text(f"home = {home}\n")
    (folder / "current").symlink_to(release)
    libraries = {"PYTHONPATH": str(release / "lib/python3.11/site-packages")}
    return run(folder / "current" / "bin" / "portal", *arguments, database=database, folder=folder, more=libraries)


def run(*words: str | Path, database: Path, folder: Path, more: dict[str, str]) -> str:
    done = subprocess.run(
        words,
        env={
            "PATH": "/usr/bin:/bin",
            "ROLLCALL_SECRET_KEY": "of-this-test-alone" * 3,
            "ROLLCALL_DATABASE_URL": f"sqlite:///{database}",
            **more,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_packages_program_runs_from_its_own_folder_and_collects_nothing_anew(
    laid_out: Path, migrated_sqlite: Path, tmp_path: Path
) -> None:
    run_package(laid_out, migrated_sqlite, tmp_path, "check", "--deploy", "--fail-level", "ERROR")


def test_the_package_says_in_every_language_of_the_portal_what_the_source_says(
    laid_out: Path, migrated_sqlite: Path, tmp_path: Path
) -> None:
    """Complaints of forms and names of months are the libraries' words, and dates go by the libraries' formats."""
    asked = ("shell", "--no-imports", "-c", SPOKEN)
    package = run_package(laid_out, migrated_sqlite, tmp_path, *asked)
    source = run(sys.executable, ROOT / "manage.py", *asked, database=migrated_sqlite, folder=tmp_path, more={})

    assert package.splitlines() == source.splitlines()
    assert "Donnerstag, 5. März 2026" in package


def test_scripts_stop_at_their_first_fault_and_the_configuration_is_kept_at_an_upgrade(
    package: Path, tmp_path: Path
) -> None:
    said(package, "--control", str(tmp_path))

    assert (tmp_path / "conffiles").read_text().split() == [
        "/etc/nginx/sites-available/rollcall",
        "/etc/rollcall/portal.env",
    ]
    for name in ("preinst", "postinst", "prerm", "postrm"):
        script = (tmp_path / name).read_text()
        assert script.startswith("#!/bin/sh\nset -e\n")
        assert "@VERSION@" not in script


def test_a_purge_leaves_no_password_of_all_that_rollcall_manage_writes(package: Path, tmp_path: Path) -> None:
    """dpkg itself deletes portal.env before, which is a conffile."""
    said(package, "--control", str(tmp_path / "control"))
    helper = tmp_path / "bin" / "deb-systemd-helper"
    helper.parent.mkdir()
    helper.write_text("#!/bin/sh\n")
    helper.chmod(0o755)
    (tmp_path / "etc/rollcall").mkdir(parents=True)
    files = SecretFiles(tmp_path / "etc/rollcall")
    files.write_portal("mysql://portal")
    files.write_owner("mysql://owner", {})
    for path in (files.recognizer, files.of_room(1, "A 101"), files.of_room(2, "…")):
        files.write_recognizer(path, "mysql://recognizer")
    files.settings.write_text("ROLLCALL_EMAIL_URL=smtp://USER:PASSWORD@mail.example.org")
    files.take({files.settings.name: b""})
    files.settings.unlink()

    script = (tmp_path / "control" / "postrm").read_text().replace("/etc/", f"{tmp_path}/etc/")
    subprocess.run(["sh", "-c", script, "postrm", "purge"], env={"PATH": f"{helper.parent}:/usr/bin:/bin"}, check=True)

    assert list((tmp_path / "etc").rglob("*")) == []


def test_the_manual_is_made_from_the_commands_own_help(laid_out: Path) -> None:
    pages = {path.name: gzip.decompress(path.read_bytes()).decode() for path in laid_out.glob("usr/share/man/man8/*")}
    assert r"\fBclose_registers\fR" in pages["rollcall-manage.8.gz"]
    # The portal's own, where Django has one of that name too.
    assert "how the portal stands with its database" in pages["rollcall-manage-check.8.gz"]
    assert "how the portal stands with its database" in pages["rollcall-manage.8.gz"]
    commands = {path.stem for path in (ROOT / "portal").glob("*/management/commands/[!_]*.py")}
    assert {f"rollcall-manage-{name}.8.gz" for name in commands} == pages.keys() - {"rollcall-manage.8.gz"}
    assert r"\-\-recognizer\-host" in pages["rollcall-manage-setup.8.gz"]
    assert "9.8.7" in pages["rollcall-manage-setup.8.gz"]
