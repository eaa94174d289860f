"""A backup of the machine: what is in it, and where it goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recognizer import __version__
from recognizer.bootstrap.camera import SCHEDULE_FILE
from recognizer.bootstrap.errands import CAMERAS_FILE
from recognizer.bootstrap.gallery import build_gallery_store
from recognizer.bootstrap.learning import SAMPLES_FILE
from recognizer.bootstrap.outbox import open_outbox
from recognizer.config.configuration import Config
from recognizer.domain.naming.gallery import Gallery
from recognizer.errors import BackupError, GalleryError, OutboxUnavailable
from recognizer.ops.clock import utc_now
from recognizer.ops.own_file import give_to_owner_of, open_own_file
from recognizer.ops.wording import count_of
from recognizer.storage.files import machine_backup
from recognizer.storage.files.machine_backup import GALLERY, KEY, OUTBOX, SETTINGS, Members
from recognizer.storage.files.state_folder import held_state_folder

STATE_FILES = (SAMPLES_FILE, CAMERAS_FILE, SCHEDULE_FILE)
"""Of the state folder, beside the outbox."""


def write_backup(path: Path, config: Config, settings: Path | None) -> Gallery:
    """Write one while the recognizer goes on; the gallery in it. ``settings`` is the configuration's file.

    Raises RecognizerError.
    """
    members = machine_backup.collect(config, settings, STATE_FILES)
    gallery = machine_backup.gallery_of(members, config.gallery)
    machine_backup.write(path, members, utc_now(), __version__)
    return gallery


def read_backup(path: Path) -> tuple[str, Members]:
    """When it was made, and what is in it. Raises BackupError, also where it has what this release does not know."""
    made_at, members = machine_backup.read(path)
    if unknown := members.keys() - {SETTINGS, GALLERY, KEY, OUTBOX, *STATE_FILES}:
        raise BackupError(f"{path} holds {min(unknown)}, which this release does not know: install a newer one first")
    return made_at, members


def gallery_in(members: Members, config: Config) -> Gallery:
    """Raises GalleryError where it cannot be used."""
    return machine_backup.gallery_of(members, config.gallery)


def find_what_is_here(members: Members, config: Config, settings: Path | None) -> list[str]:
    """What this machine has already and the backup would replace, each in a few words."""
    found = []
    # A configuration without a room is the one that the package brings.
    if config.room and settings and settings.exists() and settings.read_bytes() != members.get(SETTINGS):
        found.append(f"a configuration ({settings})")
    try:
        if students := len(build_gallery_store(config).load().students):
            found.append(f"a gallery of {count_of(students, 'student')} ({config.gallery.path})")
        elif config.gallery.key_file.exists() and config.gallery.key_file.read_bytes() != members.get(KEY):
            found.append(f"a key ({config.gallery.key_file})")
    except GalleryError:
        found.append(f"a gallery that cannot be used ({config.gallery.path})")
    try:
        with open_outbox(config) as outbox:
            if outbox and (entries := outbox.depth() + outbox.refused()):
                found.append(f"an outbox with {count_of(entries, 'entry', 'entries')} ({config.state_dir / OUTBOX})")
    except OutboxUnavailable:
        found.append(f"an outbox that cannot be read ({config.state_dir / OUTBOX})")
    return found


def enrolled_here(config: Config) -> list[str]:
    """The numbers in this machine's gallery; none where it cannot be used."""
    try:
        return list(build_gallery_store(config).load().students)
    except GalleryError:
        return []


@contextmanager
def held_machine(config: Config) -> Iterator[None]:
    """Keep the recognizer out until the block ends. Raises AlreadyRunning or another RecognizerError."""
    try:
        machine_backup.make_folder(config.state_dir)
    except OSError as error:
        raise BackupError(f"{error.filename} cannot be made ({error.strerror}): run this as root") from None
    with held_state_folder(config.state_dir) as folder:
        with os.fdopen(open_own_file(folder / "lock"), "rb") as lock:
            give_to_owner_of(folder, lock.fileno())
        yield


def put_back(members: Members, config: Config, settings: Path | None) -> None:
    """Put all of it in its place. Raises BackupError."""
    machine_backup.put(members, config, settings)
