"""What the parent does with the database again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizer.bootstrap.camera import SCHEDULE_FILE
from recognizer.config.configuration import Config
from recognizer.delivery.backlog import Backlog
from recognizer.delivery.enrolled import EnrolledErrand
from recognizer.delivery.errand import Errand
from recognizer.delivery.evidence import EvidenceErrand
from recognizer.delivery.heartbeat import Heartbeat
from recognizer.delivery.near_miss import NearMissErrand
from recognizer.delivery.outbox_fault import OutboxFaultErrand
from recognizer.delivery.room_cameras import RoomCamerasErrand
from recognizer.delivery.room_lease import RoomLeaseErrand, WatchersErrand
from recognizer.delivery.schedule import ScheduleErrand
from recognizer.delivery.scope import ScopeErrand
from recognizer.delivery.sight import SightErrand
from recognizer.domain.ports.delivery import RoomCamera
from recognizer.domain.ports.gallery import GalleryStore
from recognizer.domain.register.status import Condition
from recognizer.ops.clock import Clock
from recognizer.storage.files.cameras_file import RoomCamerasFile
from recognizer.storage.files.schedule_file import ScheduleFile
from recognizer.storage.files.unexpected_file import UnexpectedFile

if TYPE_CHECKING:
    from sqlalchemy import Engine

CAMERAS_FILE, UNEXPECTED_FILE = "cameras.json", "unexpected.json"
"""In the state folder."""


@dataclass(frozen=True, slots=True)
class Errands:
    """Two that the daemon speaks with, the others, and how the recognizer is by what they know."""

    schedule: ScheduleErrand
    heartbeat: Heartbeat
    others: Sequence[Errand]
    condition: Callable[[], Condition]


def build_errands(
    config: Config,
    engine: Engine,
    backlog: Backlog,
    gallery: GalleryStore,
    clock: Clock,
    lease: RoomLeaseErrand,
    version: str,
) -> Errands:
    """All errands but the lease's and those that the daemon may do without."""
    from recognizer.storage.database.enrolled import SqlEnrolledBoard
    from recognizer.storage.database.near_miss import SqlNearMissBoard
    from recognizer.storage.database.outbox_fault import SqlOutboxFaultBoard
    from recognizer.storage.database.register import SqlRegister
    from recognizer.storage.database.schedule import SqlSchedule
    from recognizer.storage.database.sight import SqlSightBoard
    from recognizer.storage.database.status_board import SqlStatusBoard

    room = config.room
    evidence = EvidenceErrand(backlog, SqlRegister(engine, room), clock=clock)
    enrolled = EnrolledErrand(gallery, SqlEnrolledBoard(engine, room, clock.now), clock=clock)

    def renew() -> None:
        evidence.retry_refused()
        enrolled.write_soon()

    condition = _condition_of(config, backlog, enrolled, version)
    return Errands(
        ScheduleErrand(
            SqlSchedule(engine, room),
            ScheduleFile(config.state_dir / SCHEDULE_FILE, room),
            now=clock.now,
            on_change=renew,
        ),
        Heartbeat(SqlStatusBoard(engine, room), clock=clock, condition=condition),
        [
            evidence,
            SightErrand(backlog, SqlSightBoard(engine, room), clock=clock),
            NearMissErrand(backlog, SqlNearMissBoard(engine, room), clock=clock),
            OutboxFaultErrand(backlog, SqlOutboxFaultBoard(engine, room)),
            WatchersErrand(_build_cameras(config, engine), lease),
            WatchersErrand(enrolled, lease),
            *_build_scope(config, engine, gallery, clock),
        ],
        condition,
    )


def _build_cameras(config: Config, engine: Engine) -> RoomCamerasErrand:
    """Which cameras belong to the room."""
    from recognizer.storage.database.room_cameras import SqlRoomCameraBoard

    return RoomCamerasErrand(
        SqlRoomCameraBoard(engine),
        RoomCamerasFile(config.state_dir / CAMERAS_FILE),
        [RoomCamera(config.room, camera.name) for camera in config.cameras],
    )


def _build_scope(config: Config, engine: Engine, gallery: GalleryStore, clock: Clock) -> list[ScopeErrand]:
    """Forgets whom no roster expects, where that is asked for."""
    from recognizer.storage.database.schedule import SqlRosterRecords

    if config.gallery.scope != "rosters":
        return []
    memory = UnexpectedFile(config.state_dir / UNEXPECTED_FILE)
    return [ScopeErrand(gallery, SqlRosterRecords(engine, config.room), memory, now=clock.now_if_known)]


def _condition_of(config: Config, backlog: Backlog, enrolled: EnrolledErrand, version: str) -> Callable[[], Condition]:
    def condition() -> Condition:
        return Condition(
            version=version,
            outbox_depth=backlog.depth(),
            gallery_size=enrolled.gallery_size,
            refused_marks=backlog.refused(),
            kept_in_memory=backlog.kept_in_memory,
            gallery_version=enrolled.gallery_version,
            gallery_scope=config.gallery.scope,
            gallery_error=enrolled.gallery_error,
        )

    return condition
