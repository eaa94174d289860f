"""``recognizer keys``: the key that encrypts what holds faces, and a new one in its place."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from recognizer.bootstrap.keys import build_machine_keys
from recognizer.commands.output import print_beside
from recognizer.config.configuration import Config
from recognizer.ops.wording import count_of

SUMMARY = "show this machine's public key, change its key, or keep the key encrypted"

_DESCRIPTION = """\
The gallery, and what lessons taught, are encrypted with a key of this machine. Another machine exports its gallery to
the public key that is shown here; it opens nothing."""

_EPILOG = """\
examples:
  recognizer keys            show the public key, and where the key is
  recognizer keys rotate     make a new key, and encrypt all files with it; the old key opens files until the next time
  recognizer keys protect    keep the key as a credential of systemd, encrypted to this machine's TPM or host key

exit codes:
  0    done
  65   the key, or a file, cannot be used
  78   the configuration is wrong"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    actions.add_parser("rotate", help="make a new key, and encrypt all files with it")
    actions.add_parser("protect", help="move the key from its file into a credential of systemd")


def execute(arguments: argparse.Namespace, config: Config) -> int:
    """Show, rotate or protect, and return the exit code. Raises RecognizerError."""
    if arguments.action == "rotate":
        return _rotate(config)
    if arguments.action == "protect":
        return _protect(config)
    keys = build_machine_keys(config)
    public = keys.load().in_use.public
    if arguments.json:
        document = {"public_key": public, "place": keys.place, "not_encrypted": list(map(str, keys.unsealed()))}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return 0
    sys.stdout.write(f"{public}\n")
    places = {
        "file": f"The key is in {config.gallery.key_file}; `recognizer keys protect` encrypts it to this machine.",
        "credential": "The key is a credential of systemd, encrypted to this machine.",
        "environment": "The key is in ROLLCALL_GALLERY_KEY.",
    }
    print_beside(f"This machine's public key. {places[keys.place]}")
    return 0


def _rotate(config: Config) -> int:
    keys = build_machine_keys(config)
    sealed = keys.rotate(_tell_waiting)
    files = f"{count_of(len(sealed), 'file')} encrypted anew" if sealed else "there was nothing to encrypt"
    restart = " Restart the recognizer, which knows the old one." if keys.place == "credential" else ""
    sys.stdout.write(f"A new key is in use; {files}.{restart}\n")
    return 0


def _protect(config: Config) -> int:
    place: Path = build_machine_keys(config).protect(_tell_waiting)
    sys.stdout.write(
        f"The key is in {place} now, and {config.gallery.key_file} is deleted. Take a backup with `recognizer backup`: "
        "without this machine nobody can read the credential. Then restart the recognizer.\n"
    )
    return 0


def _tell_waiting() -> None:
    print_beside("Waiting for another command to end …")
