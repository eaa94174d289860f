"""One camera's process: its source and its pipeline."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recognizer.bootstrap.engine import build_engine
from recognizer.bootstrap.gallery import build_gallery_store, build_tolerances
from recognizer.bootstrap.learning import build_sample_store
from recognizer.camera.gallery_refresh import RefreshedPipeline
from recognizer.camera.knowledge import Knowledge, ToldKnowledge
from recognizer.camera.log_relay import RelayHandler
from recognizer.camera.pipeline import Pipeline
from recognizer.camera.process import Watcher, watch
from recognizer.camera.watcher import CameraWatcher
from recognizer.config.addresses import USUAL_PORTS, BadAddress, parse_address
from recognizer.config.configuration import CameraConfig, Config, RecognitionConfig
from recognizer.config.keys import is_device, is_file
from recognizer.domain.following.attention import Attention
from recognizer.domain.learning.sampling import Sampling
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.ports.camera import Camera, Detector, Encoder
from recognizer.ops.confinement import Reach, confine, leave_terminal, limit_memory
from recognizer.ops.logging import configure_logging
from recognizer.ops.memory import keep_no_large_blocks
from recognizer.ops.stray_output import divert_stderr
from recognizer.ops.turns import Turns, processors
from recognizer.storage.files.schedule_file import ScheduleFile

if TYPE_CHECKING:
    from recognizer.vision.faces.alignment import Alignment

SCHEDULE_FILE = "schedule.json"
"""In the state folder."""

MOST_MORE_MB = 1024.0
"""Memory that a camera's process may take once it knows whom to name: pictures of 4K take a third of it. More is taken
only by pictures that nobody hangs up a camera for."""

_NAME_SERVER_PORT = 53

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CameraJob:
    """All that a camera's process is told when it starts.

    config: see ``Config.for_camera``. looks_at_once: how many of the machine's cameras may look at once; None where all
    may.
    """

    config: Config
    looks_at_once: int | None

    @classmethod
    def of(cls, config: Config, camera: CameraConfig) -> CameraJob:
        """The job of one of the configuration's cameras."""
        at_once = max(1, processors() // config.recognition.threads)
        is_enough = camera.play == "fast" or len(config.cameras) <= at_once
        return cls(config.for_camera(camera), None if is_enough else at_once)

    @property
    def camera(self) -> CameraConfig:
        """The one to be watched."""
        return self.config.cameras[0]


def build_knowledge(config: Config) -> Knowledge:
    """What is known of whom to name, from this machine's files."""
    return Knowledge(
        build_gallery_store(config),
        ScheduleFile(config.state_dir / SCHEDULE_FILE, config.room),
        build_sample_store(config) if config.recognition.learn else None,
    )


def prepare_cameras(config: Config) -> None:
    """Load whatever the processes of all cameras load alike. Raises WeightsError, ConfigurationError."""
    configure_logging(config)
    import recognizer.vision.capture.blindness
    import recognizer.vision.capture.camera
    import recognizer.vision.capture.motion  # noqa: F401

    _load_models(config.recognition)


def watch_camera(connection: Connection[Any, Any], job: CameraJob) -> None:
    """What runs in a camera's process."""
    configure_logging(job.config, RelayHandler(connection))
    turns, told = _build_turns(job), ToldKnowledge()
    knowledge = told.as_knowledge(with_samples=job.config.recognition.learn)
    # Before any thread is there, which would keep its rights. Where that fails, it is watched all the same.
    try:
        confine(reach_of(job.camera, job.config.recognition))
    except OSError as error:
        log.warning("camera %s: its process cannot be confined (%s)", job.camera.name, error.strerror)
    divert_stderr(f"camera {job.camera.name}")
    leave_terminal(keeps_stderr=True)

    def prepare() -> tuple[Watcher, Camera]:
        watcher = build_watcher(job.config, job.camera, knowledge)
        limit_memory(MOST_MORE_MB)
        return watcher, open_camera(job.config, job.camera)

    watch(
        connection,
        prepare,
        is_hurried=job.camera.play == "fast",
        turns=turns,
        knowledge=told,
    )


def reach_of(camera: CameraConfig, settings: RecognitionConfig) -> Reach:
    """What a process needs to watch this camera, and nothing else."""
    source, model = camera.source, settings.yunet_model
    readable, devices, ports = [model] if model else [], [], [_NAME_SERVER_PORT]
    if is_device(source):
        devices.append(Path(f"/dev/video{source}" if isinstance(source, int) else source))
    elif is_file(source):
        readable.append(Path(str(source)))
    else:
        with suppress(BadAddress):
            address = parse_address(str(source))
            ports.append(address.port or USUAL_PORTS.get(address.scheme, 0))
    return Reach(readable, devices, ports)


def _build_turns(job: CameraJob) -> Turns | None:
    if job.looks_at_once is None:
        return None
    folder = job.config.state_dir
    try:
        return Turns(folder, job.looks_at_once)
    except OSError as error:
        log.warning("the cameras do not take turns, since %s cannot be written to (%s)", folder, error)
        return None


def open_camera(config: Config, camera: CameraConfig, *, most_per_second: float | None = None) -> Camera:
    """The source, opened to be looked at so often, or as configured. Raises CameraError."""
    from recognizer.vision.capture.camera import OpenCVCamera

    settings = config.recognition
    rate = settings.looks_per_second if most_per_second is None else most_per_second
    return OpenCVCamera(camera, most_per_second=rate, threads=settings.threads)


def build_watcher(config: Config, camera: CameraConfig, knowledge: Knowledge) -> Watcher:
    """What looks at each frame. Raises WeightsError."""
    from recognizer.vision.capture.blindness import PictureBlindness
    from recognizer.vision.capture.motion import SceneMotion
    from recognizer.vision.faces.quality import FRAME_SHARPNESS, CropQualityGate
    from recognizer.vision.faces.surroundings import CorrelatedSurroundings

    settings = config.recognition
    alignment, detector, encoder = _load_models(settings)
    tolerances = build_tolerances(config)
    pipeline = Pipeline(
        camera.name,
        attention=Attention(SceneMotion(), settings.smallest_face_pixels),
        detector=detector,
        quality_gate=CropQualityGate(settings.smallest_face_pixels, FRAME_SHARPNESS, alignment),
        encoder=encoder,
        identification=Identification(Gallery.empty(), tolerances(Gallery.empty())),
        sampling=Sampling() if settings.learn else None,
        surroundings=CorrelatedSurroundings(),
    )
    refreshed = RefreshedPipeline(pipeline, knowledge, tolerances)
    return CameraWatcher(PictureBlindness(), refreshed, None if camera.play == "fast" else pipeline)


@cache
def _load_models(settings: RecognitionConfig) -> tuple[Alignment, Detector, Encoder]:
    """Once in a process, and there already in a copy of one that was prepared."""
    import cv2

    from recognizer.vision.faces.alignment import Alignment

    keep_no_large_blocks()
    cv2.setNumThreads(settings.threads)
    alignment = Alignment()
    return alignment, *build_engine(settings, alignment)
