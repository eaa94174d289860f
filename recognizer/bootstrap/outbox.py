"""The outbox of a configuration, looked into from outside the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from recognizer.bootstrap.daemon import OUTBOX_FILE
from recognizer.config.configuration import Config
from recognizer.domain.ports.delivery import Outbox
from recognizer.storage.files.outbox import SqliteOutbox


@contextmanager
def open_outbox(config: Config) -> Iterator[Outbox | None]:
    """The outbox in the state folder, also while the recognizer runs; None where there is none yet."""
    path = config.state_dir / OUTBOX_FILE
    try:
        is_there = path.exists()
    except PermissionError:
        is_there = True  # Opening it says what is wrong.
    if not is_there:
        yield None
        return
    with closing(SqliteOutbox(path, is_holder=False)) as outbox:
        yield outbox
