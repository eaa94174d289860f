"""The parent and all that it works with."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from recognizer import __version__
from recognizer.bootstrap.camera import SCHEDULE_FILE, prepare_cameras, watch_camera
from recognizer.bootstrap.gallery import build_gallery_store
from recognizer.bootstrap.learning import build_learning
from recognizer.config.configuration import CameraConfig, Config
from recognizer.delivery.backlog import Backlog
from recognizer.delivery.enrolled import EnrolledErrand
from recognizer.delivery.errand import Errand
from recognizer.delivery.evidence import EvidenceErrand
from recognizer.delivery.heartbeat import Heartbeat
from recognizer.delivery.outbox_fault import OutboxFaultErrand
from recognizer.delivery.room_cameras import RoomCamerasErrand
from recognizer.delivery.room_lease import LEASE_SECONDS, RoomLeaseErrand, WatchersErrand
from recognizer.delivery.schedule import ScheduleErrand
from recognizer.delivery.schema import SchemaErrand
from recognizer.delivery.sight import SightErrand
from recognizer.delivery.worker import Delivery
from recognizer.domain.ports.delivery import RoomCamera
from recognizer.domain.ports.gallery import GalleryStore
from recognizer.domain.ports.inspection import Inspection
from recognizer.domain.register.status import Condition
from recognizer.errors import ConfigurationError, RegisterUnavailable
from recognizer.ops.clock import Clock
from recognizer.ops.machine import identify_run
from recognizer.ops.systemd import Notifier
from recognizer.room.children import SpawnedChild
from recognizer.room.daemon import Daemon
from recognizer.room.fork_server import ForkServer
from recognizer.room.pacing import Pacing
from recognizer.room.supervision import CameraSupervisor, Child
from recognizer.storage.files.cameras_file import RoomCamerasFile
from recognizer.storage.files.outbox import SqliteOutbox
from recognizer.storage.files.schedule_file import ScheduleFile
from recognizer.storage.files.state_folder import held_state_folder

if TYPE_CHECKING:
    from sqlalchemy import Engine

OUTBOX_FILE, CAMERAS_FILE = "outbox.sqlite3", "cameras.json"
"""In the state folder."""

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

    gallery = build_gallery_store(config)
    with (
        held_state_folder(config.state_dir) as folder,
        closing(SqliteOutbox(folder / OUTBOX_FILE)) as outbox,
        _starter(config) as start,
    ):
        if not gallery.load().numbers:
            log.warning("the gallery %s is empty: enrol students with `recognizer encode PHOTOS`", config.gallery.path)
        engine = make_engine(config.database_url)
        inspection = DatabaseInspection(engine)
        _require_room(inspection, config.room)
        clock, backlog = Clock(), Backlog(outbox)
        # The cameras' processes inherit it, and load numpy after it is set.
        os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(config.recognition.threads)))
        cameras = [
            CameraSupervisor(camera.name, camera.address, partial(start, camera), clock) for camera in config.cameras
        ]
        lease = _build_lease(config, engine)
        schedule, heartbeat, others = _build_errands(config, engine, backlog, gallery, clock, lease)
        learning = build_learning(config, engine, gallery, clock.now_if_known)
        yield Daemon(
            cameras=cameras,
            backlog=backlog,
            delivery=Delivery(
                [lease, *others, *([learning] if learning else []), schedule, heartbeat, SchemaErrand(inspection)]
            ),
            heartbeat=heartbeat,
            lease=lease,
            sessions=lambda: schedule.sessions,
            notifier=Notifier(os.environ),
            clock=clock,
            pacing=Pacing(config.recognition.looks_per_second),
            learn=learning.note if learning else None,
        )


@contextmanager
def _starter(config: Config) -> Iterator[Callable[[CameraConfig], Child]]:
    """Starts the process of a camera: a copy of one that has the models, where that one has no threads."""
    if config.recognition.threads > 1:
        yield lambda camera: SpawnedChild(camera.name, watch_camera, config, camera)
        return
    with closing(ForkServer(partial(prepare_cameras, config.recognition))) as server:
        yield lambda camera: server.start(camera.name, watch_camera, config, camera)


def _build_lease(config: Config, engine: Engine) -> RoomLeaseErrand:
    from recognizer.storage.database.room_lease import SqlLeaseBoard

    identity = identify_run(config.room, config.state_dir)
    return RoomLeaseErrand(SqlLeaseBoard(engine, config.room, identity, LEASE_SECONDS), config.room)


def _build_errands(
    config: Config, engine: Engine, backlog: Backlog, gallery: GalleryStore, clock: Clock, lease: RoomLeaseErrand
) -> tuple[ScheduleErrand, Heartbeat, list[Errand]]:
    """The errands: two that the daemon speaks with, and the others."""
    from recognizer.storage.database.enrolled import SqlEnrolledBoard
    from recognizer.storage.database.outbox_fault import SqlOutboxFaultBoard
    from recognizer.storage.database.register import SqlRegister
    from recognizer.storage.database.room_cameras import SqlRoomCameraBoard
    from recognizer.storage.database.schedule import SqlSchedule
    from recognizer.storage.database.sight import SqlSightBoard
    from recognizer.storage.database.status_board import SqlStatusBoard

    room = config.room
    evidence = EvidenceErrand(backlog, SqlRegister(engine, room), clock=clock)
    enrolled = EnrolledErrand(gallery, SqlEnrolledBoard(engine, room, clock.now), clock=clock)

    cameras = RoomCamerasErrand(
        SqlRoomCameraBoard(engine),
        RoomCamerasFile(config.state_dir / CAMERAS_FILE),
        [RoomCamera(room, camera.name) for camera in config.cameras],
    )

    def renew() -> None:
        evidence.retry_refused()
        enrolled.write_soon()

    schedule = ScheduleErrand(
        SqlSchedule(engine, room), ScheduleFile(config.state_dir / SCHEDULE_FILE, room), now=clock.now, on_change=renew
    )
    heartbeat = Heartbeat(
        SqlStatusBoard(engine, room),
        clock=clock,
        condition=lambda: Condition(
            version=__version__,
            outbox_depth=backlog.depth(),
            gallery_size=enrolled.gallery_size,
            refused_marks=backlog.refused(),
            kept_in_memory=backlog.kept_in_memory,
            gallery_version=enrolled.gallery_version,
            gallery_error=enrolled.gallery_error,
        ),
    )
    return (
        schedule,
        heartbeat,
        [
            evidence,
            SightErrand(backlog, SqlSightBoard(engine, room), clock=clock),
            OutboxFaultErrand(backlog, SqlOutboxFaultBoard(engine, room)),
            WatchersErrand(cameras, lease),
            WatchersErrand(enrolled, lease),
        ],
    )


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
