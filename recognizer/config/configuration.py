"""The configuration as the programs see it: frozen objects that show no secret of theirs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from recognizer.config.addresses import show_address
from recognizer.errors import ConfigurationError

Play = Literal["live", "once", "loop", "fast"]
Rotation = Literal[0, 90, 180, 270]
LogFormat = Literal["plain", "json"]
Engine = Literal["cnn", "hog", "face_recognition", "yunet"]


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """One source of frames.

    source: an RTSP or HTTP address, the index of a USB camera, or the path of a video file; may hold a password.
    play: ``live`` for addresses and USB; for a file ``once`` in real time to its end, ``loop`` in real time for ever,
    ``fast`` once, every frame, as fast as it goes, in stream time.
    rotate: degrees by which its pictures are turned clockwise before anything looks at them.
    """

    name: str
    source: str | int = field(repr=False)
    play: Play = "live"
    rotate: Rotation = 0

    @property
    def address(self) -> str:
        """The source as it may stand in a log: without user, password and the values of its query."""
        if isinstance(self.source, int):
            return f"USB camera {self.source}"
        return show_address(self.source) if "://" in self.source else self.source


@dataclass(frozen=True, slots=True)
class RecognitionConfig:
    """How faces are found and named.

    engine: what finds the faces; docs/using.md tells them apart. yunet_model: the file that ``yunet`` needs.
    threads: CPU threads of each camera's process.
    tolerance: a distance between encodings; None, "auto" in the file, takes it from the gallery, so that of strangers
    the share ``strangers_named`` at the most is given a student's name.
    learn: whether lessons may teach how students look.
    """

    engine: Engine = "cnn"
    yunet_model: Path | None = None
    smallest_face_pixels: int = 50
    looks_per_second: float = 2.0
    threads: int = 1
    tolerance: float | None = None
    strangers_named: float = 0.001
    learn: bool = False


GalleryScope = Literal["all", "rosters"]


@dataclass(frozen=True, slots=True)
class GalleryConfig:
    """Where the gallery is and what seals it. ``key`` comes from the environment alone, and wins over the others.
    ``credential`` is a file that systemd has put there, and wins over ``key_file``. With the scope ``rosters`` it keeps
    nobody whom the room's rosters do not expect."""

    path: Path = Path("encodings/gallery.pkl")
    key: str | None = field(default=None, repr=False)
    key_file: Path = Path("encodings/gallery.key")
    credential: Path | None = None
    scope: GalleryScope = "all"


@dataclass(frozen=True, slots=True)
class LoopbackAddress:
    """An address that only programs on this machine reach: 127.0.0.0/8 or ::1, and a port."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class MonitoringConfig:
    """Where programs that watch this one find its metrics and health; None: nowhere."""

    listen: LoopbackAddress | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the recognizer may be told. Without a room or cameras it can enrol but not run."""

    room: str = ""
    database_url: str = field(default="sqlite:///var/rollcall.sqlite3", repr=False)
    state_dir: Path = Path("var/recognizer")
    log_level: str = "INFO"
    log_format: LogFormat = "plain"
    gallery: GalleryConfig = GalleryConfig()
    recognition: RecognitionConfig = RecognitionConfig()
    monitoring: MonitoringConfig = MonitoringConfig()
    cameras: tuple[CameraConfig, ...] = ()

    def without_secrets(self) -> Config:
        """What all cameras' processes may know: nothing that opens the database, the gallery or a camera."""
        return replace(self, database_url="", gallery=GalleryConfig(), monitoring=MonitoringConfig(), cameras=())

    def for_camera(self, camera: CameraConfig) -> Config:
        """What the process of one camera may know."""
        return replace(self.without_secrets(), cameras=(camera,))


def require_room_and_cameras(config: Config) -> None:
    """Raise ConfigurationError unless the configuration has what ``run`` and ``check`` cannot do without.

    All that is missing is told at once, a line each.
    """
    missing = []
    if not config.room:
        missing.append(
            'room is missing; expected the name of this room as the portal knows it, such as room = "A 101" in '
            "recognizer.toml or ROLLCALL_ROOM"
        )
    if not config.cameras:
        missing.append(
            "cameras is missing; expected at least one [[cameras]] table with name and source in recognizer.toml"
        )
    if missing:
        raise ConfigurationError("\n".join(missing))
