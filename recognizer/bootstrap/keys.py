"""The machine's key, and all files that it seals."""

from __future__ import annotations

from recognizer.bootstrap.learning import SAMPLES_FILE
from recognizer.config.configuration import Config
from recognizer.storage.files import gallery_file, samples_file
from recognizer.storage.files.machine_keys import MachineKeys, SealedFile


def build_machine_keys(config: Config) -> MachineKeys:
    """The key of the configuration, which seals the gallery and what lessons taught."""
    return MachineKeys(
        config.gallery,
        (
            SealedFile(config.gallery.path, gallery_file.MAGIC),
            SealedFile(config.state_dir / SAMPLES_FILE, samples_file.MAGIC),
        ),
    )
