"""One camera's process: its source and its pipeline."""

from __future__ import annotations

import logging
from functools import cache
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from recognizer.bootstrap.engine import build_engine
from recognizer.bootstrap.gallery import build_gallery_store, build_tolerances
from recognizer.bootstrap.learning import build_sample_store
from recognizer.camera.gallery_refresh import RefreshedPipeline
from recognizer.camera.log_relay import RelayHandler, SharedPipe
from recognizer.camera.pipeline import Pipeline
from recognizer.camera.process import Watcher, watch
from recognizer.camera.watcher import CameraWatcher
from recognizer.config.configuration import CameraConfig, Config, RecognitionConfig
from recognizer.domain.following.attention import Attention
from recognizer.domain.learning.sampling import Sampling
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.ports.camera import Camera, Detector, Encoder
from recognizer.ops.logging import configure_logging
from recognizer.ops.memory import keep_no_large_blocks
from recognizer.ops.stray_output import divert_stderr
from recognizer.ops.turns import Turns, processors
from recognizer.storage.files.schedule_file import ScheduleFile

if TYPE_CHECKING:
    from recognizer.vision.faces.alignment import Alignment

SCHEDULE_FILE = "schedule.json"
"""In the state folder: written by the parent, read by the cameras' processes."""

log = logging.getLogger(__name__)


def build_camera(config: Config, camera: CameraConfig) -> tuple[Watcher, Camera]:
    """What a camera's process works with: what looks at each frame, and the source, opened."""
    return _build_watcher(config, camera), open_camera(config, camera)


def prepare_cameras(config: Config) -> None:
    """Load whatever the processes of all cameras load alike. Raises WeightsError, ConfigurationError."""
    configure_logging(config)
    import recognizer.vision.capture.blindness
    import recognizer.vision.capture.camera
    import recognizer.vision.capture.motion  # noqa: F401

    _load_models(config.recognition)


def watch_camera(connection: Connection[Any, Any], config: Config, camera: CameraConfig) -> None:
    """What runs in a camera's process."""
    pipe = SharedPipe(connection)
    divert_stderr(f"camera {camera.name}")
    configure_logging(config, RelayHandler(pipe))
    is_hurried = camera.play == "fast"
    turns = None if is_hurried else _build_turns(config)
    watch(pipe, lambda: build_camera(config, camera), is_hurried=is_hurried, turns=turns)


def _build_turns(config: Config) -> Turns | None:
    at_once = max(1, processors() // config.recognition.threads)
    if len(config.cameras) <= at_once:
        return None
    try:
        return Turns(config.state_dir, at_once)
    except OSError as error:
        log.warning("the cameras do not take turns, since %s cannot be written to (%s)", config.state_dir, error)
        return None


def open_camera(config: Config, camera: CameraConfig, *, most_per_second: float | None = None) -> Camera:
    """The source, opened to be looked at so often, or as configured. Raises CameraError."""
    from recognizer.vision.capture.camera import OpenCVCamera

    settings = config.recognition
    rate = settings.looks_per_second if most_per_second is None else most_per_second
    return OpenCVCamera(camera, most_per_second=rate, threads=settings.threads)


def _build_watcher(config: Config, camera: CameraConfig) -> Watcher:
    from recognizer.vision.capture.blindness import PictureBlindness
    from recognizer.vision.capture.motion import SceneMotion
    from recognizer.vision.faces.quality import FRAME_SHARPNESS, CropQualityGate

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
    )
    schedule = ScheduleFile(config.state_dir / SCHEDULE_FILE, config.room)
    samples = build_sample_store(config) if settings.learn else None
    refreshed = RefreshedPipeline(pipeline, build_gallery_store(config), tolerances, schedule, samples)
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
