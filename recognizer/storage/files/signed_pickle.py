"""Signed pickles: what holds faces on disk.

Layout: 16 bytes of magic, 32 bytes of HMAC-SHA256 over the magic and the rest, then a pickled dictionary of plain
values with numpy arrays. A pickle can run code when loaded, so nothing is unpickled before its signature was checked,
and what is unpickled then may name nothing but what makes up a numpy array.
"""

from __future__ import annotations

import hmac
import io
import os
import pickle
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from recognizer.ops.own_file import give_to_owner_of, open_own_file
from recognizer.ops.whole_file import delete_unfinished, replace_file

MAGIC_BYTES = 16
_SIGNATURE_BYTES = 32

_ADMITTED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    # The function that begins an array, by its name in numpy 1 and in numpy 2; either reads the other's files.
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
    ("numpy._core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
}


class NotOurs(Exception):
    """The file does not begin as such files do, or was cut short."""


class NotSigned(Exception):
    """The file does not bear the signature of the key."""


class Damaged(Exception):
    """What was signed cannot be unpickled; the message says why."""


def read_signed(path: Path, magic: bytes, key: bytes) -> dict[str, Any]:
    """The dictionary in the file. Raises NotOurs, NotSigned, Damaged or OSError; nothing in the file is run."""
    # Its parts apart: to cut them out of a large file's bytes would copy it.
    with os.fdopen(open_own_file(path), "rb") as file:
        found, signature = file.read(MAGIC_BYTES), file.read(_SIGNATURE_BYTES)
        # What is none of ours may be a device that never ends.
        payload = file.read() if found == magic else b""
    if found != magic or len(signature) < _SIGNATURE_BYTES:
        raise NotOurs
    if not hmac.compare_digest(signature, _sign(magic, payload, key)):
        raise NotSigned
    try:
        content = _ArraysOnly(io.BytesIO(payload)).load()
    except Exception as error:  # A bad pickle raises nearly anything.
        raise Damaged(str(error)) from None
    if not isinstance(content, dict):
        raise Damaged("no dictionary")
    return content


def write_signed(path: Path, magic: bytes, key: bytes, content: dict[str, Any]) -> None:
    """Write it, mode 0600, in one step: a reader finds the old file or the new one. Raises OSError.

    Other writers of the path must be kept out. What a killed writer has left is deleted: it holds faces, also of who
    asked to be forgotten since.
    """
    # Protocol 4 keeps arrays to the names that are admitted on reading.
    payload = pickle.dumps(content, protocol=4)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(path, (magic, _sign(magic, payload, key), payload), partial(give_to_owner_of, path.parent))
    delete_unfinished(path)


def _sign(magic: bytes, payload: bytes, key: bytes) -> bytes:
    signer = hmac.new(key, magic, sha256)
    signer.update(payload)
    return signer.digest()


class _ArraysOnly(pickle.Unpickler):
    """Refuses every name that is not part of a numpy array: no other class or function can be reached."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        try:
            return _ADMITTED[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} has no place in a gallery") from None
