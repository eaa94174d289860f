"""The gallery's file: a sealed and signed pickle (see ``signed_pickle``), written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from recognizer.config.configuration import GalleryConfig
from recognizer.domain.following.detection import Encodings
from recognizer.domain.naming.calibration import Calibration
from recognizer.domain.naming.gallery import MODEL_NAME, Gallery
from recognizer.errors import GalleryError
from recognizer.ops.own_file import UntrustedFile
from recognizer.ops.whole_file import version_of
from recognizer.storage.files.gallery_key import load_keys, load_or_create_keys
from recognizer.storage.files.sealing import KeyRing, NoPublicKey, seal_for
from recognizer.storage.files.signed_pickle import Damaged, NotOurs, NotSigned, read_signed, write_signed
from recognizer.storage.files.writers_lock import LockUnavailable, held_lock

FORMAT_VERSION = 3
"""Raised whenever an older program could misread the file, or lose what is in it when it writes it anew; ``format``
stays a plain integer in all of them. 1 had no calibration, and 2 one of another law; in both all photos were encoded
without their mirror images."""

MAGIC = b"rollcall gallery"
_RESTORE = "put a backup back, or move it away and enrol again with `recognizer encode PHOTOS`"


class SignedGalleryFile:
    """The gallery of a configuration: a ``GalleryStore``."""

    def __init__(self, settings: GalleryConfig) -> None:
        self._settings = settings

    def load(self) -> Gallery:
        """The enrolled gallery; an empty one before the first encode. Raises GalleryError."""
        if not self._settings.path.exists():
            return Gallery.empty()
        return load_gallery(self._settings.path, load_keys(self._settings))

    def version(self) -> object:
        """The file's identity, time and size; None before the first encode. Saving puts a new file in its place."""
        return version_of(self._settings.path)

    def changed_at(self) -> datetime | None:
        """See ``ports.GalleryStore.changed_at``: the file's time, or that at which it was put here, if that is later.

        A backup that is put back keeps its old time: nobody was named by it before.
        """
        try:
            status = self._settings.path.stat()
        except OSError:
            return None
        return datetime.fromtimestamp(max(status.st_mtime, status.st_ctime), UTC).replace(tzinfo=None)

    def save(self, gallery: Gallery) -> None:
        """Put the gallery in the file's place, with a new key where there is none yet. Raises GalleryError."""
        save_gallery(self._settings.path, gallery, load_or_create_keys(self._settings))

    @contextmanager
    def held(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """See ``ports.GalleryStore.held``. Raises GalleryError."""
        path = self._settings.path
        try:
            with held_lock(path, on_wait):
                yield
        except UntrustedFile as error:
            raise GalleryError(str(error)) from None
        except LockUnavailable as error:
            raise GalleryError(f"{error}: {_who()}") from None


def load_gallery(path: Path, ring: KeyRing, remedy: str = _RESTORE, *, sent_by: str = "") -> Gallery:
    """The gallery in a file sealed with one of those keys. remedy: what to do where it cannot be used, for the error.
    sent_by: the public key of the machine that sealed it for this one.

    Raises GalleryError when it is missing, was not sealed and signed with such a key, was made for another model or by
    a newer release, or is damaged; the file is left as it is and nothing in it is run.
    """
    try:
        signers = [key.shared_with(sent_by) for key in ring.keys] if sent_by else []
        return _check(path, read_signed(path, MAGIC, ring, signers), remedy)
    except NoPublicKey:
        raise GalleryError(_no_public_key(sent_by)) from None
    except FileNotFoundError:
        raise GalleryError(f"the gallery {path} is not there: enrol with `recognizer encode PHOTOS`") from None
    except UntrustedFile as error:
        raise GalleryError(f"the gallery {error}") from None
    except OSError as error:
        raise GalleryError(f"the gallery {path} cannot be read ({error.strerror}): {_who()}") from None
    except NotOurs:
        raise GalleryError(f"{path} is not a gallery of Rollcall, or was cut short: {remedy}") from None
    except NotSigned:
        raise GalleryError(
            f"the gallery {path} does not bear the signature of this key: it was damaged, changed, or made with "
            f"another key; use that key, or {remedy}"
        ) from None
    except Damaged as error:
        raise GalleryError(f"the gallery {path} is damaged ({error}): {remedy}") from None


def save_gallery(path: Path, gallery: Gallery, ring: KeyRing, *, send_to: str = "") -> None:
    """Write the gallery, mode 0600, in one step: a reader finds the old file or the new one. Raises GalleryError.

    It is sealed with the key in use; or for the machine of the public key ``send_to``, and signed then with what only
    that machine and this one can derive.
    """
    content = {
        "format": FORMAT_VERSION,
        "model": MODEL_NAME,
        "encodings": np.ascontiguousarray(gallery.encodings, np.float32),
        "numbers": list(gallery.numbers),
        "photo_hashes": list(gallery.photo_hashes),
        "plain": sorted(gallery.plain),
        "calibration": gallery.calibration.as_plain() if gallery.calibration else None,
    }
    try:
        if send_to:
            write_signed(path, MAGIC, content, ring.in_use.shared_with(send_to), partial(seal_for, send_to))
        else:
            write_signed(path, MAGIC, content, ring.in_use, ring.in_use.seal)
    except NoPublicKey:
        raise GalleryError(_no_public_key(send_to)) from None
    except OSError as error:
        raise GalleryError(f"the gallery {path} cannot be written ({error.strerror}): {_who()}") from None


def _check(path: Path, content: dict[str, Any], remedy: str) -> Gallery:
    version, model = content.get("format"), content.get("model")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise GalleryError(
            f"the gallery {path} was written by a newer release (format {version}, this one reads {FORMAT_VERSION}): "
            "upgrade this program"
        )
    if isinstance(model, str) and model != MODEL_NAME:
        raise GalleryError(
            f"the gallery {path} was made with the model {model}, this release uses {MODEL_NAME}: move it away and "
            "enrol again with `recognizer encode PHOTOS`"
        )
    encodings, numbers, hashes = content.get("encodings"), content.get("numbers"), content.get("photo_hashes")
    is_known = isinstance(version, int) and 1 <= version <= FORMAT_VERSION and model == MODEL_NAME
    plain = content.get("plain") if version == FORMAT_VERSION else hashes
    if is_known and _are_texts(numbers) and _are_texts(hashes) and _are_texts(plain) and _are_encodings(encodings):
        with suppress(ValueError):
            calibration = _read_calibration(version, content.get("calibration"))
            references = np.ascontiguousarray(encodings), tuple(numbers), tuple(hashes)
            return Gallery(*references, calibration, frozenset(plain))
    raise GalleryError(f"the gallery {path} is damaged (its parts do not fit together): {remedy}")


def _read_calibration(version: object, plain: Any) -> Calibration | None:
    """None also for what an earlier format says: it tells the distances of one number of photos alone. ValueError for
    what is no calibration."""
    if plain is None or version != FORMAT_VERSION:
        return None
    return Calibration.from_plain(plain)


def _are_texts(values: object) -> TypeGuard[list[str]]:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _are_encodings(values: object) -> TypeGuard[Encodings]:
    return isinstance(values, np.ndarray) and values.dtype == np.float32 and bool(np.isfinite(values).all())


def _no_public_key(given: str) -> str:
    return f'"{given}" is no public key of a machine: copy the 64 characters that `recognizer keys` shows there'


def _who() -> str:
    return "run this as the user who owns the gallery's folder, on a disk with room"
