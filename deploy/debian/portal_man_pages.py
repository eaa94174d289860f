"""portal_man_pages.py FOLDER VERSION: manual pages for rollcall-manage and its commands, from their own help."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

import django
from django.core.management import get_commands, load_command_class
from roff import Pages

FILES = (
    "/etc/rollcall/portal.env: what the portal is told. /etc/rollcall/portal-secrets.env, owner.env and "
    "recognizer-database.toml, beside it: what setup has written."
)
COMMANDS = (
    "setup",
    "recognizer",
    "backup",
    "restore",
    "createsuperuser",
    "changepassword",
    "take_factors_off",
    "import",
    "export",
    "populate",
    "verify",
    "close_registers",
    "work_tasks",
    "watch_cameras",
    "clearsessions",
    "migrate",
    "showmigrations",
    "dbshell",
    "check",
)
"""Those that an administrator has a use for; `rollcall-manage help` lists all."""


def write_pages(folder: Path, version: str) -> None:
    """rollcall-manage.8.gz, and one for each command that is the portal's own: of Django's, --help tells more."""
    apps = {name: str(get_commands()[name]) for name in COMMANDS}
    commands = {name: load_command_class(app, name) for name, app in apps.items()}
    own = {name: commands[name] for name, app in apps.items() if app.startswith("portal.")}
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
    others = [f"rollcall-manage-{name}" for name in own]
    pages.write("rollcall-manage", "set up and look after Rollcall's portal", whole, others)
    for name, command in own.items():
        parser = command.create_parser("rollcall-manage", name)
        pages.write(f"rollcall-manage-{name}", summary_of(command.help), parser, ["rollcall-manage"])


def summary_of(text: str) -> str:
    """Its first clause, as a manual page's head has it."""
    clause = re.split(r"[.:(]", text)[0].strip()
    return clause[:1].lower() + clause[1:]


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.web.settings"
    django.setup()
    write_pages(Path(sys.argv[1]), sys.argv[2])
