"""A machine's key as its admin sees it: where it is, its public part, and a new one in its place."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recognizer.config.configuration import GalleryConfig
from recognizer.config.reading import KEY_CREDENTIAL
from recognizer.errors import GalleryError
from recognizer.ops.own_file import UntrustedFile
from recognizer.ops.whole_file import replace_file
from recognizer.storage.files.gallery_key import (
    CREDENTIAL_FILE,
    load_keys,
    load_or_create_keys,
    new_key,
    save_keys,
    written_keys,
)
from recognizer.storage.files.sealing import KeyRing
from recognizer.storage.files.signed_pickle import NotOurs, NotSigned, is_sealed_with, seal_anew
from recognizer.storage.files.writers_lock import LockUnavailable, held_lock

KeyPlace = Literal["file", "credential", "environment"]


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file that the key seals. magic: with which it begins inside."""

    path: Path
    magic: bytes


class MachineKeys:
    """The key of a configuration, and the files that it seals."""

    def __init__(
        self, settings: GalleryConfig, files: tuple[SealedFile, ...], credential_file: Path = CREDENTIAL_FILE
    ) -> None:
        self._settings = settings
        self._files = files
        self._credential = credential_file

    @property
    def place(self) -> KeyPlace:
        """Where the key comes from."""
        if self._settings.key is not None:
            return "environment"
        return "file" if self._settings.credential is None else "credential"

    def load(self) -> KeyRing:
        """The keys; made where there is neither key nor gallery yet. Raises GalleryError or ConfigurationError."""
        return load_or_create_keys(self._settings)

    def unsealed(self) -> list[Path]:
        """The files that the key in use has not sealed. Raises GalleryError or ConfigurationError."""
        key = load_keys(self._settings).in_use
        return [file.path for file in self._files if file.path.exists() and not is_sealed_with(file.path, key)]

    def seal_files(self, on_wait: Callable[[], None]) -> list[Path]:
        """Seal with the key in use what another key of the ring, or none, has sealed; which files it was.

        A file that cannot be opened is left as it is: whoever reads it tells. Raises GalleryError.
        """
        return [file.path for file in self._files if self._seal(file, load_keys(self._settings), on_wait)]

    def rotate(self, on_wait: Callable[[], None]) -> list[Path]:
        """A new key in the place of that in use, and all files sealed with it; which they are.

        The key before it opens files until the next time: other rooms of this machine seal theirs when they start. What
        came before that opens nothing any more. Raises GalleryError.
        """
        if self.place == "environment":
            raise GalleryError(
                "the key comes from ROLLCALL_GALLERY_KEY: take it away, and put the key into a file first"
            )
        before = self.load()
        self.seal_files(on_wait)
        ring = KeyRing((new_key(), before.in_use))
        if self.place == "credential":
            self._encrypt(ring)
        else:
            save_keys(self._settings.key_file, ring)
        # From here on either key opens either file: whatever ends this, the next start seals the rest.
        return [file.path for file in self._files if self._seal(file, ring, on_wait)]

    def protect(self) -> Path:
        """Move the key from its file into a credential that this machine alone decrypts; where that is.

        Raises GalleryError.
        """
        if self.place != "file":
            raise GalleryError(f"the key is in no file any more, it comes from the {self.place}")
        ring = self.load()
        self._encrypt(ring)
        if self._decrypted() != written_keys(ring):
            raise GalleryError(f"{self._credential} does not hold the key after all; the key's file was kept")
        self._settings.key_file.unlink()
        return self._credential

    def _seal(self, file: SealedFile, ring: KeyRing, on_wait: Callable[[], None]) -> bool:
        try:
            if not file.path.exists() or is_sealed_with(file.path, ring.in_use):
                return False
            with held_lock(file.path, on_wait):
                seal_anew(file.path, file.magic, ring)
        except (NotOurs, NotSigned, FileNotFoundError):
            return False
        except UntrustedFile as error:
            raise GalleryError(str(error)) from None
        except (OSError, LockUnavailable) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise GalleryError(f"{file.path} cannot be encrypted anew ({reason}): run this as root") from None
        return True

    def _encrypt(self, ring: KeyRing) -> None:
        try:
            self._credential.parent.mkdir(mode=0o700, exist_ok=True)
            replace_file(self._credential, [self._systemd_creds("encrypt", "-", written_keys(ring))])
        except OSError as error:
            raise GalleryError(f"{self._credential} cannot be written ({error.strerror}): run this as root") from None

    def _decrypted(self) -> bytes:
        return self._systemd_creds("decrypt", str(self._credential), b"")

    def _systemd_creds(self, verb: str, source: str, given: bytes) -> bytes:
        command = ["systemd-creds", f"--name={KEY_CREDENTIAL}", verb, source, "-"]
        try:
            return subprocess.run(command, input=given, capture_output=True, check=True, timeout=60).stdout
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", b"") or str(error).encode()
            reason = said.decode(errors="replace").strip().splitlines()[-1:]
            raise GalleryError(
                f"systemd-creds cannot {verb} the key ({' '.join(reason)}): it needs root and systemd 250 or newer"
            ) from None
