"""A machine's key as its admin sees it: where it is, its public part, and a new one in its place."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from recognizer.config.configuration import GalleryConfig
from recognizer.config.reading import KEY_CREDENTIAL
from recognizer.errors import GalleryError
from recognizer.ops.own_file import UntrustedFile
from recognizer.ops.whole_file import delete_unfinished, replace_file
from recognizer.storage.files.gallery_key import (
    CREDENTIAL_FILE,
    held_keys,
    load_keys,
    load_or_create_keys,
    new_key,
    parse_keys,
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

    def seal_files(self, on_wait: Callable[[], None], ring: KeyRing | None = None) -> list[Path]:
        """Seal with the key in use what another key of the ring, or none, has sealed; which files it was.

        A file that cannot be opened is left as it is: whoever reads it tells. Raises GalleryError.
        """
        ring = ring or load_keys(self._settings)
        return [file.path for file in self._files if self._seal(file, ring, on_wait)]

    def rotate(self, on_wait: Callable[[], None]) -> list[Path]:
        """A new key in the place of that in use, and all files sealed with it; which they are.

        The key before it opens files until the next time: other rooms of this machine seal theirs when they start. What
        came before that opens nothing any more. Raises GalleryError, also where a file beside the key still needs it.
        """
        if self.place == "environment":
            raise GalleryError(
                "the key comes from ROLLCALL_GALLERY_KEY: take it away, and put the key into a file first"
            )
        self.load()
        with held_keys(self._settings, on_wait):
            # As they are now: another rotation may have ended a moment ago.
            before = self._keys_in_place()
            self.seal_files(on_wait, before)
            self._require_unneeded(before)
            ring = KeyRing((new_key(), before.in_use))
            if self.place == "credential":
                self._encrypt(ring)
            else:
                save_keys(self._settings.key_file, ring)
            # From here on either key opens either file: whatever ends this, the next start seals the rest.
            return self.seal_files(on_wait, ring)

    def protect(self, on_wait: Callable[[], None]) -> Path:
        """Move the key from its file into a credential that this machine alone decrypts; where that is.

        One that was broken off is ended. Raises GalleryError.
        """
        if self.place == "environment" or (self.place == "credential" and not self.is_in_file_too()):
            raise GalleryError(f"the key is in no file any more, it comes from the {self.place}")
        self.load()
        with held_keys(self._settings, on_wait):
            in_file = load_keys(replace(self._settings, credential=None))
            if self.place == "file":
                self._encrypt(in_file)
            if not set(in_file.keys) <= set(self._decrypted().keys):
                raise GalleryError(
                    f"{self._credential} does not hold the key of {self._settings.key_file}, which was kept: move away "
                    "whichever of the two opens nothing"
                )
            self._settings.key_file.unlink(missing_ok=True)
            delete_unfinished(self._settings.key_file)
        return self._credential

    def is_in_file_too(self) -> bool:
        """Whether a key that is encrypted lies in the key file as well, as after a ``protect`` that was broken off."""
        return self.place == "credential" and self._settings.key_file.exists()

    def _keys_in_place(self) -> KeyRing:
        return self._decrypted() if self.place == "credential" else load_keys(self._settings)

    def _require_unneeded(self, ring: KeyRing) -> None:
        """Raise GalleryError where a file needs a key that is about to be given up: it could never be opened again."""
        folder = self._settings.key_file.parent
        for path in sorted({*folder.glob("*.pkl"), *folder.glob("*/*.pkl")}):
            with suppress(OSError):
                if any(is_sealed_with(path, key) for key in ring.keys[1:]):
                    raise GalleryError(
                        f"{path} is encrypted with the key before this one, which a new key would end: start the "
                        "recognizer that uses it, which encrypts it anew, or delete it; then try again"
                    )

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

    def _decrypted(self) -> KeyRing:
        return parse_keys(self._systemd_creds("decrypt", str(self._credential), b""), self._credential)

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
