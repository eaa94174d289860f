"""The command line: arguments → configuration → command. An error of ours is a line and the exit code beside it; all
that is wrong with a configuration is a line each.

Exit codes: 0 done; 1 and 3 as the command says; 2 wrong arguments; 65 gallery, photo, mark or backup not usable; 69
camera, database or model not available; 74 disk; 75 another recognizer runs; 77 no permission; 78 configuration; 130
Ctrl-C; 141 whoever read the output has closed it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from recognizer import __version__
from recognizer.commands import backup, check, encode, evaluate, gallery, identify, keys, outbox, restore, run, status
from recognizer.config.reading import load_config
from recognizer.enrolment.photo_folder import printable
from recognizer.errors import RecognizerError
from recognizer.ops.confinement import forbid_core_dump
from recognizer.ops.console import BROKEN_PIPE_EXIT_CODE, drop_output, make_output_safe
from recognizer.ops.logging import configure_logging
from recognizer.ops.redaction import redact

COMMANDS = {
    "run": run,
    "encode": encode,
    "gallery": gallery,
    "identify": identify,
    "check": check,
    "status": status,
    "outbox": outbox,
    "evaluate": evaluate,
    "keys": keys,
    "backup": backup,
    "restore": restore,
}

INTERRUPTED_EXIT_CODE = 130
NO_PERMISSION_EXIT_CODE = 77


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    make_output_safe()
    forbid_core_dump()
    try:
        code = _run(argv)
        # Here, for a pipe that is closed would end in a traceback if Python flushed it at its end.
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        drop_output()
        return BROKEN_PIPE_EXIT_CODE


def _run(argv: Sequence[str] | None) -> int:
    arguments = build_parser().parse_args(argv)
    try:
        config = load_config(arguments.config, os.environ)
        configure_logging(config)
        code: int = COMMANDS[arguments.command].execute(arguments, config)
        return code
    except RecognizerError as error:
        # A path or a number in it may hold what would confuse a terminal.
        sys.stderr.writelines(f"recognizer: {printable(line)}\n" for line in redact(str(error)).splitlines())
        return error.exit_code
    except PermissionError as error:
        path = printable(str(error.filename))
        sys.stderr.write(f"recognizer: {path} may not be read or written by this user; ask its owner\n")
        return NO_PERMISSION_EXIT_CODE
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT_CODE


def build_parser() -> argparse.ArgumentParser:
    """The arguments of all commands."""
    parser = argparse.ArgumentParser(prog="recognizer", description="Takes class attendance from classroom cameras.")
    parser.add_argument("--version", action="version", version=f"recognizer {__version__}")
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="configuration file; else ROLLCALL_CONFIG, else recognizer.toml in the current folder",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=command.SUMMARY))
    return parser
