"""``recognizer status``: ask the recognizer that runs how it is."""

from __future__ import annotations

import argparse
import json
import sys

from recognizer.bootstrap.monitoring import ask_running
from recognizer.commands.status_text import print_status
from recognizer.config.configuration import Config

SUMMARY = "ask the recognizer that runs how it is"

TROUBLE_EXIT_CODE = 1

_DESCRIPTION = """\
Ask the recognizer that runs, by a socket in its state folder: what is wrong, its cameras with their state, last
picture, looks a second and faces in sight, the class session, the database, what waits in the outbox, the gallery,
whose the room is, and the clock."""

_EPILOG = """\
with --json, one object:
  format           1; raised when a key changes its meaning or goes
  version, room, machine, process, told_at, started_at, uptime_seconds
  is_alive         both its loops turn: that of the cameras and that of the database
  is_started       every camera has delivered, failed once, or rests
  cameras          a list: name, address, state (starting, watching, failing, resting, stopped), since, last_frame_at,
                   last_frame_age_seconds, looks_per_second, faces, blind_because, last_error, failures, looks
  lease            state (held, waiting, not asked yet); machine and since, of the recognizer that has the room instead
  database         state (answers, away, not asked yet), since, error
  outbox           waiting, set_aside, in_memory
  gallery          students, version, error; the version is the same wherever the same references are enrolled
  clock            offset_seconds (of the database's clock ahead of this machine's), is_wrong
  open_sessions    a list: course, opens_at, ends_at, students
  next_session     the same of the next one, or null
  troubles         a list of sentences, the worst first; empty where all is well
Instants are in UTC, as far as known by the database's clock. What is not known is null, or "" where it is a text.

exit codes:
  0    it runs, and all is well
  1    it runs, and something is wrong: the lines that begin with ! say what
  3    no recognizer runs with this state_dir
  69   one runs, and does not answer
  77   only root and the service's user may ask
  78   the configuration is wrong"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--json", action="store_true", help="print it for programs")


def execute(arguments: argparse.Namespace, config: Config) -> int:
    """Ask, print, and return the exit code. Raises NotRunning, NoAnswer or PermissionError."""
    document = ask_running(config)
    if arguments.json:
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        print_status(document)
    return TROUBLE_EXIT_CODE if document["troubles"] else 0
