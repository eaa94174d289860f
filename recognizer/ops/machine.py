"""Which machine this is."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import socket
from pathlib import Path

from recognizer.domain.ports.lease import Identity

MACHINE_ID = Path("/etc/machine-id")

_LONGEST_NAME = 64


def identify_run(room_name: str, state_dir: Path, machine_id: Path = MACHINE_ID) -> Identity:
    """This run of the recognizer, as it asks for its room.

    The machine's id never leaves the machine: as machine-id(5) asks, it is the key of a hash.
    """
    name = socket.gethostname()[:_LONGEST_NAME]
    try:
        key = machine_id.read_bytes().strip()
    except OSError:  # Not every system has one.
        key = b""
    place = "\0".join(["rollcall room lease", room_name, str(state_dir.absolute())])
    holder = hmac.new(key or name.encode(), place.encode(), hashlib.sha256).hexdigest()
    return Identity(holder, secrets.token_hex(16), name)
