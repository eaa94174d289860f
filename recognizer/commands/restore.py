"""``recognizer restore``: put what ``recognizer backup`` has written in its place."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from recognizer.bootstrap.backup import (
    enrolled_here,
    find_what_is_here,
    gallery_in,
    held_machine,
    put_back,
    read_backup,
)
from recognizer.bootstrap.gallery import build_gallery_store
from recognizer.commands.output import print_beside
from recognizer.config.configuration import Config
from recognizer.config.reading import find_file, load_config
from recognizer.domain.register.numbers import fold_number
from recognizer.errors import BackupError
from recognizer.ops.wording import count_of, enumerate_some

SUMMARY = "put what backup has written in its place, on this machine or another"

_DESCRIPTION = """\
Put what `recognizer backup` has written in its place: configuration, gallery and key, what lessons taught, and what
waited for the database. What the database has taken already is not doubled.

A configuration that names a room, a gallery with students or an outbox with entries is left alone, unless you say
--replace. The recognizer must not run. Who was taken out of the gallery since the backup is in it again, and has to
be taken out again."""

_EPILOG = """\
exit codes:
  0    done
  65   the file cannot be used, or this machine has something already; nothing was changed
  75   the recognizer runs: stop it first
  78   the configuration is wrong"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", metavar="FILE", type=Path, help="a file of `recognizer backup`")
    parser.add_argument("--replace", action="store_true", help="replace what this machine has already")


def execute(arguments: argparse.Namespace, config: Config) -> int:
    """Put it in its place, and return the exit code. Raises RecognizerError; then nothing was changed."""
    made_at, members = read_backup(arguments.file)
    settings = find_file(arguments.config, os.environ)
    here = find_what_is_here(members, config, settings)
    if here and not arguments.replace:
        raise BackupError(
            f"this machine has {', '.join(here)} already: use --replace if the backup shall take its place"
        )
    # Where the files go is told by the configuration that there will be.
    config = _configuration_of(members, settings) or config
    gallery = gallery_in(members, config)
    store = build_gallery_store(config)
    with held_machine(config), store.held(on_wait=lambda: print_beside("Waiting for an encode to end …")):
        before = set(map(fold_number, enrolled_here(config)))
        put_back(members, config, settings)
    back = [number for number in gallery.students if fold_number(number) not in before] if before else []
    sys.stdout.write(
        f"Restored {count_of(len(gallery.students), 'student')} with {count_of(len(gallery.numbers), 'reference')} "
        f"and what waited for the database, as it was at {made_at}.\n"
    )
    if back:
        sys.stdout.write(f"Not enrolled here any more before this: {enumerate_some(back)}.\n")
    if gallery.students:
        sys.stdout.write(
            "Whoever was taken out of the gallery since then is in it again: `recognizer gallery remove`.\n"
        )
    if settings is None and "recognizer.toml" in members:
        print_beside("The backup's configuration was left out: name its place with --config.")
    return 0


def _configuration_of(members: Mapping[str, bytes], settings: Path | None) -> Config | None:
    """What the backup's configuration says, once it is in its place; None where it has none, or has no place."""
    if settings is None or "recognizer.toml" not in members:
        return None
    with tempfile.NamedTemporaryFile(prefix="recognizer-", suffix=".toml") as file:
        file.write(members["recognizer.toml"])
        file.flush()
        return load_config(Path(file.name), os.environ, settings.parent)
