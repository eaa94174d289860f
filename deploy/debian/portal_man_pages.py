"""portal_man_pages.py FOLDER VERSION: manual pages for rollcall-manage and its `setup`, from their own help."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import django
from django.core.management import load_command_class
from roff import Pages

FILES = (
    "/etc/rollcall/portal.env: what the portal is told. /etc/rollcall/portal-secrets.env, owner.env and "
    "recognizer-database.toml, beside it: what setup has written."
)
COMMANDS = {
    "setup": "portal.web",
    "recognizer": "portal.web",
    "backup": "portal.web",
    "restore": "portal.web",
    "createsuperuser": "django.contrib.auth",
    "changepassword": "django.contrib.auth",
    "take_factors_off": "portal.accounts",
    "import": "portal.attendance",
    "export": "portal.attendance",
    "populate": "portal.attendance",
    "verify": "portal.attendance",
    "close_registers": "portal.attendance",
    "work_tasks": "portal.attendance",
    "watch_cameras": "portal.operations",
    "clearsessions": "django.contrib.sessions",
    "migrate": "django.core",
    "showmigrations": "django.core",
    "dbshell": "django.core",
    "check": "django.core",
}
"""Those that an administrator has a use for; `rollcall-manage help` lists all."""


def write_pages(folder: Path, version: str) -> None:
    """rollcall-manage.8.gz and rollcall-manage-setup.8.gz."""
    commands = {name: load_command_class(app, name) for name, app in COMMANDS.items()}
    pages = Pages(folder, 8, version, FILES)
    whole = argparse.ArgumentParser(
        prog="rollcall-manage",
        usage="rollcall-manage COMMAND ...",
        add_help=False,
        description="Run one command of the portal as its service would: with its configuration, as its user, with the "
        "addresses that it may speak to. Only setup, recognizer, backup, restore, import, export and verify are "
        "root's. It needs root. COMMAND --help tells more.",
    )
    actions = whole.add_subparsers()
    for name, command in commands.items():
        actions.add_parser(name, help=command.help or "", add_help=False)
    pages.write("rollcall-manage", "set up and look after Rollcall's portal", whole, ["rollcall-manage-setup"])
    parser = commands["setup"].create_parser("rollcall-manage", "setup")
    pages.write("rollcall-manage-setup", "make the portal's database and first account", parser, ["rollcall-manage"])


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.web.settings"
    django.setup()
    write_pages(Path(sys.argv[1]), sys.argv[2])
