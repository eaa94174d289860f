"""``recognizer backup``: write what this machine cannot get from elsewhere into one file."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from recognizer.bootstrap.backup import write_backup
from recognizer.config.configuration import Config
from recognizer.config.reading import find_file
from recognizer.ops.wording import count_of

SUMMARY = "write gallery, key, outbox and configuration of this machine into one file"

_DESCRIPTION = """\
Write the configuration, the gallery with its key, what lessons taught, and what waits for the database into one new
file that its owner alone can read. The recognizer may go on meanwhile. `recognizer restore` reads the file.

It holds faces and passwords, and is not encrypted: keep it as safely as photos of faces."""

_EPILOG = """\
exit codes:
  0    done
  65   the gallery cannot be used, or FILE is there already; nothing was written
  78   the configuration is wrong"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", metavar="FILE", type=Path, help="the file, which must not be there yet")


def execute(arguments: argparse.Namespace, config: Config) -> int:
    """Write it, and return the exit code. Raises RecognizerError."""
    gallery = write_backup(arguments.file, config, find_file(arguments.config, os.environ))
    sys.stdout.write(
        f"Backed up {count_of(len(gallery.students), 'student')} with "
        f"{count_of(len(gallery.numbers), 'reference')}, key, outbox and configuration into {arguments.file}. "
        "It holds faces and passwords: keep it as safely as photos.\n"
    )
    return 0
