"""Sealed and signed pickles: what holds faces on disk.

What is sealed (see ``sealing``) is 16 bytes of magic, 32 bytes of HMAC-SHA256 over the magic and the rest, then a
pickled dictionary of plain values with numpy arrays. A pickle can run code when loaded, so nothing is unpickled before
its signature was checked, and what is unpickled then may name nothing but what makes up a numpy array. Earlier releases
wrote the same unsealed; it is read, and the next writing seals it.
"""

from __future__ import annotations

import hmac
import io
import os
import pickle
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from recognizer.ops.own_file import give_to_owner_of, open_own_file
from recognizer.ops.whole_file import delete_unfinished, replace_file
from recognizer.storage.files.sealing import FORM_BYTES, FORMS, HEAD_BYTES, Broken, Key, KeyRing, OtherKey

MAGIC_BYTES = 16

MOST_BYTES = 2**30
"""A gallery of 50,000 students with a dozen photos each has 400 MB. What is larger would fill the memory."""

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


def read_signed(path: Path, magic: bytes, ring: KeyRing, signers: Sequence[Key] = ()) -> dict[str, Any]:
    """The dictionary in the file. signers: whose signature is taken; without any, that of a key of the ring.

    Raises NotOurs, NotSigned, Damaged or OSError; nothing in the file is run.
    """
    try:
        content = _ArraysOnly(io.BytesIO(_read_payload(path, magic, ring, signers))).load()
    except (NotOurs, NotSigned, OSError):
        raise
    except Exception as error:  # A bad pickle raises nearly anything.
        raise Damaged(str(error)) from None
    if not isinstance(content, dict):
        raise Damaged("no dictionary")
    return content


def _read_payload(path: Path, magic: bytes, ring: KeyRing, signers: Sequence[Key] = ()) -> memoryview:
    """The pickle in the file, of which the signature is right."""
    with os.fdopen(open_own_file(path), "rb") as file:
        form = file.read(FORM_BYTES)
        # What is none of ours may be a device that never ends.
        size = os.fstat(file.fileno()).st_size
        is_ours = (form == magic or form in FORMS) and size <= MOST_BYTES
        rest = memoryview(file.read(size) if is_ours else b"")
    if not is_ours:
        raise NotOurs
    if form in FORMS:
        try:
            inside = memoryview(ring.open(form, rest))
        except (OtherKey, Broken):
            raise NotSigned from None
        form, rest = bytes(inside[:MAGIC_BYTES]), inside[MAGIC_BYTES:]
    if form != magic or len(rest) < _SIGNATURE_BYTES:
        raise NotOurs
    signature, payload = bytes(rest[:_SIGNATURE_BYTES]), rest[_SIGNATURE_BYTES:]
    if not any(hmac.compare_digest(signature, _sign(magic, payload, key)) for key in signers or ring.keys):
        raise NotSigned
    return payload


def write_signed(
    path: Path, magic: bytes, content: dict[str, Any], signer: Key, seal: Callable[[bytes], bytes]
) -> None:
    """Write it, mode 0600, in one step: a reader finds the old file or the new one. Raises OSError.

    Other writers of the path must be kept out. What a killed writer has left is deleted: it holds faces, also of who
    asked to be forgotten since.
    """
    # Protocol 4 keeps arrays to the names that are admitted on reading.
    payload = pickle.dumps(content, protocol=4)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_payload(path, magic, memoryview(payload), signer, seal)


def _write_payload(path: Path, magic: bytes, payload: memoryview, signer: Key, seal: Callable[[bytes], bytes]) -> None:
    sealed = seal(b"".join((magic, _sign(magic, payload, signer), payload)))
    replace_file(path, (sealed,), partial(give_to_owner_of, path.parent))
    delete_unfinished(path)


def is_sealed_with(path: Path, key: Key) -> bool:
    """Whether the file's head names that key. Raises OSError."""
    with os.fdopen(open_own_file(path), "rb") as file:
        return key.has_sealed(file.read(HEAD_BYTES))


def seal_anew(path: Path, magic: bytes, ring: KeyRing) -> None:
    """Seal and sign with the key in use what an older key has sealed, or an earlier release left unsealed.

    Other writers of the path must be kept out. Raises NotOurs, NotSigned or OSError.
    """
    _write_payload(path, magic, _read_payload(path, magic, ring), ring.in_use, ring.in_use.seal)


def _sign(magic: bytes, payload: memoryview, key: Key) -> bytes:
    signer = hmac.new(key.secret, magic, sha256)
    signer.update(payload)
    return signer.digest()


class _ArraysOnly(pickle.Unpickler):
    """Refuses every name that is not part of a numpy array: no other class or function can be reached."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        try:
            return _ADMITTED[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} has no place in a gallery") from None
