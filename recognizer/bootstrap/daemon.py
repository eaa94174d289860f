"""The parent and all that it works with."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from recognizer import __version__
from recognizer.bootstrap.camera import CameraJob, build_knowledge, prepare_cameras, watch_camera
from recognizer.bootstrap.errands import Errands, build_errands
from recognizer.bootstrap.gallery import build_gallery_store
from recognizer.bootstrap.keys import build_machine_keys
from recognizer.bootstrap.learning import build_learning
from recognizer.bootstrap.monitoring import shown
from recognizer.config.configuration import CameraConfig, Config
from recognizer.delivery.backlog import Backlog
from recognizer.delivery.database_reach import DatabaseReach
from recognizer.delivery.room_lease import LEASE_SECONDS, RoomLeaseErrand
from recognizer.delivery.schema import SchemaErrand
from recognizer.delivery.worker import Delivery
from recognizer.domain.ports.inspection import Inspection
from recognizer.errors import NO_ANSWER, ConfigurationError, GalleryError, RegisterUnavailable
from recognizer.ops.clock import Clock
from recognizer.ops.confinement import bare_environment
from recognizer.ops.machine import identify_run
from recognizer.ops.systemd import Notifier
from recognizer.room.briefing import Briefing
from recognizer.room.children import SpawnedChild
from recognizer.room.daemon import Daemon
from recognizer.room.fork_server import ForkServer
from recognizer.room.monitor import Place, RoomMonitor
from recognizer.room.pacing import Pacing
from recognizer.room.supervision import CameraSupervisor, Child
from recognizer.storage.files.outbox import SqliteOutbox
from recognizer.storage.files.state_folder import held_state_folder

if TYPE_CHECKING:
    from sqlalchemy import Engine

OUTBOX_FILE = "outbox.sqlite3"
"""In the state folder."""

_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
"""What numpy's linear algebra reads when numpy is loaded. Left to itself it starts a thread for every core, and those
wait busily for work."""

ANSWER_SECONDS = 8.0
"""So long a start waits for the database at the most: a connection that is refused or silent has failed by then."""

_Answer = TypeVar("_Answer")

log = logging.getLogger(__name__)


@contextmanager
def build_daemon(config: Config) -> Iterator[Daemon]:
    """The daemon of a configuration that has a room and cameras; no camera is started yet.

    The state folder is its own until the block ends, and until then it tells whoever asks how it is. Raises
    AlreadyRunning, ConfigurationError, GalleryError, …
    """
    from recognizer.storage.database.connection import make_engine
    from recognizer.storage.database.inspection import DatabaseInspection

    notifier = Notifier(dict(os.environ))
    gallery = build_gallery_store(config)
    with (
        bare_environment(),
        held_state_folder(config.state_dir) as folder,
        closing(SqliteOutbox(folder / OUTBOX_FILE)) as outbox,
        _starter(config) as start,
        closing(Briefing(build_knowledge(config))) as briefing,
    ):
        _seal_files(config)
        if not gallery.load().numbers:
            log.warning("the gallery %s is empty: enrol students with `recognizer encode PHOTOS`", config.gallery.path)
        engine = make_engine(config.database_url)
        inspection = DatabaseInspection(engine)
        _require_room(inspection, config.room)
        clock, backlog = Clock(), Backlog(outbox)
        # The cameras' processes inherit these, and load numpy after they are set.
        os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(config.recognition.threads)))
        cameras = [
            CameraSupervisor(camera.name, camera.address, partial(start, camera), clock) for camera in config.cameras
        ]
        reach = DatabaseReach()
        lease = _build_lease(config, engine, reach)
        errands = build_errands(config, engine, backlog, gallery, clock, lease, __version__)
        learning = build_learning(config, engine, gallery, clock.now_if_known)
        delivery = Delivery(
            [
                lease,
                *errands.others,
                *([learning] if learning else []),
                errands.schedule,
                errands.heartbeat,
                SchemaErrand(inspection),
            ],
            is_told=reach.explains,
        )
        monitor = _build_monitor(config, lease, reach, delivery, errands, clock, notifier)
        with shown(config, folder, monitor):
            yield Daemon(
                cameras=cameras,
                backlog=backlog,
                delivery=delivery,
                heartbeat=errands.heartbeat,
                lease=lease,
                sessions=lambda: errands.schedule.sessions,
                monitor=monitor,
                clock=clock,
                briefing=briefing,
                pacing=Pacing(config.recognition.looks_per_second),
                learn=learning.note if learning else None,
            )


def _seal_files(config: Config) -> None:
    """Encrypt what an earlier release, or an older key of this machine, has left otherwise."""
    try:
        sealed = build_machine_keys(config).seal_files(on_wait=lambda: None) if config.gallery.path.exists() else []
    except GalleryError as error:
        log.warning("%s", error)
        return
    for path in sealed:
        log.info("%s is encrypted with this machine's key now", path)


def _build_monitor(
    config: Config,
    lease: RoomLeaseErrand,
    reach: DatabaseReach,
    delivery: Delivery,
    errands: Errands,
    clock: Clock,
    notifier: Notifier,
) -> RoomMonitor:
    return RoomMonitor(
        Place(config.room, socket.gethostname(), {camera.name: camera.address for camera in config.cameras}),
        lease=lease,
        reach=reach,
        delivery=delivery,
        condition=errands.condition,
        sessions=lambda: errands.schedule.sessions,
        clock=clock,
        notifier=notifier,
    )


@contextmanager
def _starter(config: Config) -> Iterator[Callable[[CameraConfig], Child]]:
    """Starts the process of a camera: a copy of one that has the models, where that one has no threads."""
    if config.recognition.threads > 1:
        yield lambda camera: SpawnedChild(camera.name, watch_camera, CameraJob.of(config, camera))
        return
    with closing(ForkServer(partial(prepare_cameras, config.without_secrets()))) as server:
        yield lambda camera: server.start(camera.name, watch_camera, CameraJob.of(config, camera))


def _build_lease(config: Config, engine: Engine, reach: DatabaseReach) -> RoomLeaseErrand:
    from recognizer.storage.database.room_lease import SqlLeaseBoard

    identity = identify_run(config.room, config.state_dir)
    return RoomLeaseErrand(SqlLeaseBoard(engine, config.room, identity, LEASE_SECONDS), config.room, reach=reach)


def _require_room(inspection: Inspection, room: str) -> None:
    """Refuse a room that the portal does not know; where the database does not answer in time, go on without."""
    try:
        rooms = _ask_in_time(inspection.rooms)
    except RegisterUnavailable as error:
        log.warning("starting without the database: %s", error, extra={"event": "database away"})
        return
    if room not in rooms:
        known = ", ".join(f'"{name}"' for name in rooms) or "none yet"
        raise ConfigurationError(f'room is "{room}"; expected a room that the portal knows ({known})')


def _ask_in_time(ask: Callable[[], _Answer]) -> _Answer:
    """The database's answer. Raises RegisterUnavailable, also where none has come within ANSWER_SECONDS.

    The time-outs of a connection do not bound it: a slow way takes nearly as long for each of a dozen packets.
    """
    answer = Future[_Answer]()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    # A daemon: a question that hangs must not keep the process from ending.
    threading.Thread(target=run, name="first question", daemon=True).start()
    try:
        return answer.result(ANSWER_SECONDS)
    except TimeoutError:
        raise RegisterUnavailable(f"{NO_ANSWER}no answer within {ANSWER_SECONDS:g} seconds") from None
