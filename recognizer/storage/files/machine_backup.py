"""All that a classroom machine cannot get from elsewhere, in one file: a zip that its owner alone can read."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from recognizer.config.configuration import Config, GalleryConfig
from recognizer.domain.naming.gallery import Gallery
from recognizer.errors import BackupError, GalleryError
from recognizer.ops.own_file import UntrustedFile, give_to_owner_of, open_own_file, read_own_file, require_own_file
from recognizer.ops.whole_file import replace_file
from recognizer.storage.files.gallery_file import SignedGalleryFile
from recognizer.storage.files.gallery_key import CREDENTIAL_FILE

FORMAT = 1
SETTINGS, GALLERY, KEY, OUTBOX = "recognizer.toml", "gallery.pkl", "gallery.key", "outbox.sqlite3"
MOST_BYTES = 2**30
"""Of all files together: a machine of 10,000 students has some tens of megabytes. They are held in memory."""

_ABOUT = "about.json"
_DAMAGE = (OSError, EOFError, ValueError, TypeError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What a file that is none of ours makes zipfile and json raise; of RuntimeError are encrypted members and JSON that is
nested too deeply."""

Members = dict[str, bytes]
"""The files of a backup, by name: those above, and others of the state folder by the names that they have there."""


def collect(config: Config, settings: Path | None, state_files: tuple[str, ...]) -> Members:
    """What there is of configuration, gallery, key, outbox and the named files of the state folder.

    The recognizer may run meanwhile. Raises BackupError, or GalleryError where the gallery could not be read again.
    """
    SignedGalleryFile(config.gallery).load()
    wanted = {SETTINGS: settings, GALLERY: config.gallery.path}
    if config.gallery.key is None:
        wanted[KEY] = config.gallery.credential or config.gallery.key_file
    wanted |= {name: config.state_dir / name for name in state_files}
    members = {}
    try:
        for name, path in wanted.items():
            if path is not None and path.exists():
                members[name] = read_own_file(path)
        if (outbox := config.state_dir / OUTBOX).exists():
            require_own_file(outbox)
            members[OUTBOX] = _copy_of(outbox)
    except UntrustedFile as error:
        raise BackupError(str(error)) from None
    except OSError as error:
        raise BackupError(f"{error.filename} cannot be read ({error.strerror}): run this as root") from None
    except sqlite3.Error as error:
        raise BackupError(
            f"the outbox {outbox} cannot be read ({error}): start the recognizer, which mends it, and try again"
        ) from None
    return members


def write(path: Path, members: Members, made_at: datetime, release: str) -> None:
    """A new file with mode 0600. Raises BackupError."""
    if os.path.lexists(path):
        raise BackupError(f"{path} is there already: name a new file")
    if sum(map(len, members.values())) > MOST_BYTES:
        largest = max(members, key=lambda name: len(members[name]))
        raise BackupError(f"{largest} is too large for a backup, which holds {MOST_BYTES >> 20} MB at most")
    about: dict[str, object] = {
        "rollcall_recognizer_backup": FORMAT,
        "release": release,
        "made_at": f"{made_at:%Y-%m-%d %H:%M} UTC",
    }
    about |= {"files": sorted(members)}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_ABOUT, json.dumps(about, indent=1))
        for name, member in members.items():
            archive.writestr(name, member)
    try:
        replace_file(path, [content.getvalue()])
    except OSError as error:
        raise BackupError(f"{path} cannot be written ({error.strerror})") from None


def read(path: Path) -> tuple[str, Members]:
    """When it was made, and what is in it; all of it is whole. Raises BackupError."""
    try:
        with os.fdopen(open_own_file(path), "rb") as file, zipfile.ZipFile(file) as archive:
            # Before any is unpacked: a small file may claim to hold more than this machine has memory for.
            if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
                raise BackupError(f"{path} holds more than {MOST_BYTES >> 20} MB and is no backup of a recognizer")
            members = {name: archive.read(name) for name in archive.namelist()}
        about = json.loads(members.pop(_ABOUT))
        made_at, is_known = str(about["made_at"]), about["rollcall_recognizer_backup"] == FORMAT
        if is_known and set(about["files"]) - members.keys():
            # A zip file whose list of members is damaged looks whole, with fewer of them.
            raise ValueError
    except UntrustedFile as error:
        raise BackupError(str(error)) from None
    except FileNotFoundError:
        raise BackupError(f"{path} is not there: name a file of `recognizer backup`") from None
    except PermissionError:
        raise BackupError(f"{path} may not be read by this user: run this as root") from None
    except _DAMAGE:
        raise BackupError(f"{path} is no backup of a recognizer, or is damaged: take another one") from None
    if not is_known:
        raise BackupError(f"{path} was made by a newer release: install that release first")
    return made_at, members


def gallery_of(members: Mapping[str, bytes], settings: GalleryConfig) -> Gallery:
    """The backup's gallery, read with its own key or with that of the configuration. Raises GalleryError."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(settings, path=Path(folder, GALLERY))
        if GALLERY in members:
            settings.path.write_bytes(members[GALLERY])
        if KEY in members:
            settings = replace(settings, key=None, credential=None, key_file=Path(folder, KEY))
            settings.key_file.touch(mode=0o600)
            settings.key_file.write_bytes(members[KEY])
        try:
            return SignedGalleryFile(settings).load()
        except GalleryError as error:
            raise GalleryError(f"the backup's gallery cannot be used: {error}") from None


def put(members: Members, config: Config, settings: Path | None) -> None:
    """Put the files where the configuration has them; whatever was there is replaced. Raises BackupError.

    What root writes belongs to the owner of its folder, but for the configuration, whose owner and mode stay.
    """
    places = {GALLERY: config.gallery.path, KEY: config.gallery.key_file}
    if config.gallery.credential is not None and KEY in members:
        # A key in a file would not be read beside it.
        raise BackupError(
            f"this machine's key is a credential of systemd: delete {CREDENTIAL_FILE}, and restore once more"
        )
    try:
        for name, content in members.items():
            if name == SETTINGS:
                if settings is not None:
                    replace_file(settings, [content], partial(_make_like, settings))
                continue
            path = places.get(name, config.state_dir / name)
            make_folder(path.parent)
            if name == OUTBOX:
                for rest in ("-wal", "-shm"):
                    path.with_name(path.name + rest).unlink(missing_ok=True)
            replace_file(path, [content], partial(give_to_owner_of, path.parent))
    except OSError as error:
        raise BackupError(f"{error.filename} cannot be written ({error.strerror}): run this as root") from None


def make_folder(path: Path) -> None:
    """Where it is missing, with mode 0700; of root it is the parent's owner's. Raises OSError."""
    if path.exists():
        return
    make_folder(path.parent)
    path.mkdir(mode=0o700)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _make_like(path: Path, descriptor: int) -> None:
    if path.exists():
        there = path.stat()
        os.fchmod(descriptor, there.st_mode & 0o777)
        if os.geteuid() == 0:
            os.fchown(descriptor, there.st_uid, there.st_gid)


def _copy_of(path: Path) -> bytes:
    """A database as it is at one moment, while another program writes into it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, OUTBOX)
        with (
            closing(sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True, timeout=5)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            if (answer := target.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
                raise sqlite3.DatabaseError(answer)
        return copy.read_bytes()
