"""The key that seals and signs what holds faces.

It comes from the environment, from a credential of systemd, or from a file that only its owner may read.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from recognizer.config.configuration import GalleryConfig
from recognizer.config.reading import KEY_CREDENTIAL
from recognizer.errors import ConfigurationError, GalleryError
from recognizer.ops.own_file import UntrustedFile, give_to_owner_of, open_own_file
from recognizer.ops.whole_file import delete_unfinished, replace_file
from recognizer.storage.files.sealing import Key, KeyRing
from recognizer.storage.files.writers_lock import LockUnavailable, held_lock

CREDENTIAL_FILE = Path("/etc/credstore.encrypted", KEY_CREDENTIAL)
"""Where systemd finds the encrypted credential, which the units name without a path."""

_MOST_BYTES = 4096

SHORTEST_KEY = 32
"""Characters. A key made here has 64: 32 random bytes in hexadecimal."""


def load_keys(settings: GalleryConfig) -> KeyRing:
    """The keys of the configuration. Raises ConfigurationError, or GalleryError when the key's file is not fit."""
    if settings.key is not None:
        if len(settings.key) < SHORTEST_KEY:
            raise ConfigurationError(
                f"gallery.key has {len(settings.key)} characters; expected at least {SHORTEST_KEY}, "
                "such as `openssl rand -hex 32` makes"
            )
        return KeyRing((Key(settings.key.encode()),))
    if settings.credential is not None:
        return _read(settings.credential, is_credential=True)
    return _read(settings.key_file)


def load_or_create_keys(settings: GalleryConfig) -> KeyRing:
    """The keys of the configuration; a new key file where there is neither key nor gallery yet.

    A gallery without its key never gets a new one: it could not be read with it.
    """
    if settings.key is None and settings.credential is None and not settings.key_file.exists():
        if settings.path.exists():
            raise GalleryError(_missing(settings.key_file))
        with held_keys(settings):
            # Another encode may have been faster; its key is as good.
            if not settings.key_file.exists():
                save_keys(settings.key_file, KeyRing((new_key(),)))
    return load_keys(settings)


@contextmanager
def held_keys(settings: GalleryConfig, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Keep whoever else would make or change the keys out until the block ends. Raises GalleryError."""
    try:
        with held_lock(settings.key_file, on_wait):
            yield
    except UntrustedFile as error:
        raise GalleryError(str(error)) from None
    except LockUnavailable as error:
        raise GalleryError(f"{error}: run this as the user who owns the key's folder") from None


def new_key() -> Key:
    """A key that nobody has: 32 random bytes, in hexadecimal."""
    return Key(secrets.token_hex(32).encode())


def save_keys(path: Path, ring: KeyRing) -> None:
    """Put the keys in the place of the key file, mode 0600. Raises GalleryError.

    Others are kept out (``held_keys``). What a killed one has left beside the file holds keys too, and is deleted.
    """
    try:
        replace_file(path, [written_keys(ring)], partial(give_to_owner_of, path.parent))
        delete_unfinished(path)
    except OSError as error:
        raise GalleryError(f"the key {path} cannot be written ({error.strerror}): choose another place") from None


def written_keys(ring: KeyRing) -> bytes:
    """As they stand in a key file: a line each, that in use first."""
    return b"".join(key.secret + b"\n" for key in ring.keys)


def parse_keys(content: bytes, where: Path) -> KeyRing:
    """What ``written_keys`` has written, and ``where`` holds. Raises GalleryError where a key is cut short."""
    found = [line.strip() for line in content.splitlines() if line.strip()] or [b""]
    if (shortest := min(map(len, found))) < SHORTEST_KEY:
        raise GalleryError(
            f"the key {where} is cut short ({shortest} of at least {SHORTEST_KEY} characters): put it back from a "
            "backup, or move it and the gallery away and enrol again with `recognizer encode PHOTOS`"
        )
    return KeyRing(tuple(map(Key, found)))


def _read(path: Path, *, is_credential: bool = False) -> KeyRing:
    try:
        # systemd keeps its credentials from others by their folder, and by rights that show as the group's.
        with os.fdopen(open_own_file(path, is_secret=not is_credential), "rb") as file:
            content = file.read(_MOST_BYTES)
    except FileNotFoundError:
        raise GalleryError(_missing(path)) from None
    except UntrustedFile as error:
        raise GalleryError(f"the key {error}") from None
    except OSError as error:
        raise GalleryError(
            f"the key {path} cannot be read ({error.strerror}): run this as the user who owns it"
        ) from None
    return parse_keys(content, path)


def _missing(path: Path) -> str:
    # A credential is given to the service, and to what root types: the service's user by hand has none.
    return (
        f"the gallery's key {path} is not there: run this as root if `recognizer keys protect` has moved it; else put "
        "it back, or set gallery.key_file or ROLLCALL_GALLERY_KEY; without it, move the gallery away and enrol again "
        "with `recognizer encode PHOTOS`"
    )
