"""``recognizer run``: watch the room's cameras and keep the register."""

from __future__ import annotations

import argparse

from recognizer.bootstrap.daemon import build_daemon
from recognizer.config.configuration import Config, require_room_and_cameras
from recognizer.ops.logging import log_uncaught_in_threads

SUMMARY = "watch the room's cameras and keep the register"

_DESCRIPTION = """\
Watch the room's cameras around its class sessions, from 15 minutes before the start to the end, and mark the students
who are seen. Runs until SIGTERM or Ctrl-C; where all cameras are files, until they have been played."""

_EPILOG = """\
exit codes:
  0    stopped, or all files were played and every mark is in the database
  65   the gallery cannot be used
  69   all files were played, but the database did not take every mark; the next run takes them there
  75   another recognizer works with the same state_dir
  78   the configuration is wrong"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command; it has no arguments of its own."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter


def execute(arguments: argparse.Namespace, config: Config) -> int:
    """Run to the end, and return the exit code. Raises RecognizerError."""
    require_room_and_cameras(config)
    log_uncaught_in_threads()
    with build_daemon(config) as daemon:
        return daemon.run()
