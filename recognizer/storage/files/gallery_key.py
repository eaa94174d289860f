"""The key that signs the gallery: from the environment, or from a file that only its owner may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from recognizer.config.configuration import GalleryConfig
from recognizer.errors import ConfigurationError, GalleryError
from recognizer.ops.own_file import UntrustedFile, create_own_file, open_own_file

SHORTEST_KEY = 32
"""Characters. A key made here has 64: 32 random bytes in hexadecimal."""


def load_key(settings: GalleryConfig) -> bytes:
    """The key of the configuration. Raises ConfigurationError, or GalleryError when the key's file is not fit."""
    if settings.key is not None:
        if len(settings.key) < SHORTEST_KEY:
            raise ConfigurationError(
                f"gallery.key has {len(settings.key)} characters; expected at least {SHORTEST_KEY}, "
                "such as `openssl rand -hex 32` makes"
            )
        return settings.key.encode()
    return _read(settings.key_file)


def load_or_create_key(settings: GalleryConfig) -> bytes:
    """The key of the configuration; a new key file where there is neither key nor gallery yet.

    A gallery without its key never gets a new one: it could not be read with it.
    """
    if settings.key is None and not settings.key_file.exists():
        if settings.path.exists():
            raise GalleryError(_missing(settings.key_file))
        _create(settings.key_file)
    return load_key(settings)


def _read(path: Path) -> bytes:
    try:
        with os.fdopen(open_own_file(path, is_secret=True), "rb") as file:
            key = file.read(4096).strip()
    except FileNotFoundError:
        raise GalleryError(_missing(path)) from None
    except UntrustedFile as error:
        raise GalleryError(f"the key {error}") from None
    except OSError as error:
        raise GalleryError(
            f"the key {path} cannot be read ({error.strerror}): run this as the user who owns it"
        ) from None
    if len(key) < SHORTEST_KEY:
        raise GalleryError(
            f"the key {path} is cut short ({len(key)} of at least {SHORTEST_KEY} characters): put it back from a "
            "backup, or move it and the gallery away and enrol again with `recognizer encode PHOTOS`"
        )
    return key


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = create_own_file(path)
    except FileExistsError:
        return  # Another encode was faster; its key is as good.
    except OSError as error:
        raise GalleryError(f"the key {path} cannot be written ({error.strerror}): choose another place") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode() + b"\n")
        file.flush()
        os.fsync(descriptor)


def _missing(path: Path) -> str:
    return (
        f"the gallery's key {path} is not there: put it back, or set gallery.key_file or ROLLCALL_GALLERY_KEY; "
        "without it, move the gallery away and enrol again with `recognizer encode PHOTOS`"
    )
