"""The parent and all that it works with."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial

from recognizer import __version__
from recognizer.bootstrap.camera import SCHEDULE_FILE, watch_camera
from recognizer.bootstrap.gallery import build_gallery_store
from recognizer.config.configuration import Config
from recognizer.delivery.heartbeat import Heartbeat
from recognizer.delivery.worker import Delivery
from recognizer.domain.ports.inspection import Inspection
from recognizer.errors import ConfigurationError, RegisterUnavailable
from recognizer.ops.clock import utc_now
from recognizer.ops.systemd import Notifier
from recognizer.room.children import SpawnedChild
from recognizer.room.daemon import Daemon
from recognizer.room.supervision import CameraSupervisor
from recognizer.storage.files.outbox import SqliteOutbox
from recognizer.storage.files.schedule_file import ScheduleFile
from recognizer.storage.files.state_folder import held_state_folder

_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
"""What numpy's linear algebra reads when numpy is loaded. Left to itself it starts a thread for every core, and those
wait busily for work."""


log = logging.getLogger(__name__)


@contextmanager
def build_daemon(config: Config) -> Iterator[Daemon]:
    """The daemon of a configuration that has a room and cameras; nothing is started yet.

    The state folder is its own until the block ends. Raises AlreadyRunning, ConfigurationError, GalleryError, …
    """
    from recognizer.storage.database.connection import make_engine
    from recognizer.storage.database.inspection import DatabaseInspection
    from recognizer.storage.database.register import SqlRegister, SqlStatusBoard
    from recognizer.storage.database.schedule import SqlSchedule

    with held_state_folder(config.state_dir) as folder, closing(SqliteOutbox(folder / "outbox.sqlite3")) as outbox:
        students = len(build_gallery_store(config).load().students)
        if not students:
            log.warning("the gallery %s is empty: enrol students with `recognizer encode PHOTOS`", config.gallery.path)
        engine = make_engine(config.database_url)
        _require_room(DatabaseInspection(engine), config.room)
        heartbeat = Heartbeat(
            SqlStatusBoard(engine, config.room),
            version=__version__,
            gallery_size=students,
            outbox_depth=outbox.depth,
            now=utc_now,
        )
        delivery = Delivery(
            outbox=outbox,
            register=SqlRegister(engine),
            schedule=SqlSchedule(engine, config.room),
            schedule_copy=ScheduleFile(folder / SCHEDULE_FILE, config.room),
            heartbeat=heartbeat,
            now=utc_now,
        )
        # The cameras' processes inherit it, and load numpy after it is set.
        os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(config.recognition.threads)))
        cameras = [
            CameraSupervisor(
                camera.name, camera.address, partial(SpawnedChild, camera.name, watch_camera, config, camera)
            )
            for camera in config.cameras
        ]
        yield Daemon(cameras=cameras, outbox=outbox, delivery=delivery, notifier=Notifier(os.environ), now=utc_now)


def _require_room(inspection: Inspection, room: str) -> None:
    """Refuse a room that the portal does not know; where the database does not answer, go on without asking."""
    try:
        rooms = inspection.rooms()
    except RegisterUnavailable as error:
        log.warning("starting without the database: %s", error)
        return
    if room not in rooms:
        known = ", ".join(f'"{name}"' for name in rooms) or "none yet"
        raise ConfigurationError(f'room is "{room}"; expected a room that the portal knows ({known})')
