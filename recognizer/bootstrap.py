"""Builds the recognizer's parts: the only place that knows which adapter stands behind a port.

The libraries of the vision and of the database take most of a second each to load. They are imported where they are
needed: a camera's process starts without the database's, and `recognizer gallery` without either.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from recognizer import __version__
from recognizer.camera_process import Step, watch
from recognizer.children import SpawnedChild
from recognizer.config import CameraConfig, Config, RecognitionConfig
from recognizer.daemon import Daemon
from recognizer.delivery import Delivery
from recognizer.domain.attention import Attention
from recognizer.domain.gallery import Gallery
from recognizer.domain.identification import Identification
from recognizer.domain.impostors import choose_tolerances
from recognizer.domain.ports import Aligner, Camera, Detector, Encoder, GalleryStore, Inspection
from recognizer.domain.tolerance import FALLBACK, FixedTolerances, Tolerances
from recognizer.enrolment import Enrolment
from recognizer.errors import CameraError, ConfigurationError, RecognizerError, RegisterUnavailable
from recognizer.evaluation.faces import FaceReader
from recognizer.gallery_refresh import RefreshedPipeline
from recognizer.ops.clock import utc_now
from recognizer.ops.heartbeat import Heartbeat
from recognizer.ops.logging import configure_logging
from recognizer.ops.memory import give_back_free_memory
from recognizer.ops.systemd import Notifier
from recognizer.pipeline import Pipeline
from recognizer.storage.gallery_file import SignedGalleryFile
from recognizer.storage.outbox import SqliteOutbox
from recognizer.storage.schedule_file import ScheduleFile
from recognizer.storage.state_folder import held_state_folder
from recognizer.supervision import CameraSupervisor

PROBE_SECONDS = 40.0
"""How long a camera may take to give its first frame, models aside; beyond its own time-outs it hangs."""

SCHEDULE_FILE = "schedule.json"
"""In the state folder: written by the parent, read by the cameras' processes."""

_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
"""What numpy's linear algebra reads when numpy is loaded. Left to itself it starts a thread for every core, and those
wait busily for work."""

log = logging.getLogger(__name__)

_SURE_OF_A_FACE = 1 / 3
"""HOG's confidence from which a photo's face is taken for one. The person of 105 press photos had 0.34 at the least
(median 1.8); badges, folds and shadows, some of them larger than the face, had up to 0.27."""


def build_gallery_store(config: Config) -> GalleryStore:
    """The signed file of the configuration."""
    return SignedGalleryFile(config.gallery)


def build_tolerances(config: Config) -> Callable[[Gallery], Tolerances]:
    """Chooses the tolerances for a gallery as configured."""
    settings = config.recognition
    return partial(choose_tolerances, settings.tolerance, strangers_named=settings.strangers_named)


def build_enrolment(config: Config) -> Enrolment:
    """Enrolment with HOG whatever the cameras use: a face that it does not find is turned too far for a reference.

    Raises WeightsError.
    """
    from recognizer.vision.detector import NATIVE_PIXELS, HogDetector
    from recognizer.vision.encoder import OnnxEncoder
    from recognizer.vision.photos import read_photo
    from recognizer.vision.quality import CropQualityGate

    # Enlarged, the photo shows the detector faces that are too small, but also some that are none.
    detectors = (HogDetector(NATIVE_PIXELS), HogDetector(NATIVE_PIXELS // 2))
    return Enrolment(read_photo, detectors, _SURE_OF_A_FACE, OnnxEncoder(), CropQualityGate(), build_tolerances(config))


def build_face_reader(config: Config) -> FaceReader:
    """What reads the faces of an evaluation: the cameras' engine, with all of the machine's cores.

    Raises WeightsError, ConfigurationError.
    """
    from recognizer.vision.clips import encode_jpeg, enlarge, read_clip
    from recognizer.vision.photos import read_photo

    settings = config.recognition
    # Photos are enlarged by the reader where no face is found; frames' small faces would cost four times the work.
    photos = replace(settings, threads=os.cpu_count() or 1, smallest_face_pixels=max(80, settings.smallest_face_pixels))
    detector, encoder = build_engine(photos)
    least_confidence = _SURE_OF_A_FACE if settings.engine == "hog" else 0.0
    return FaceReader(read_photo, read_clip, enlarge, encode_jpeg, detector, encoder, least_confidence)


def build_student_lookup(config: Config) -> Callable[[Iterable[str]], frozenset[str]] | None:
    """Asks the database which student numbers it knows; None where the database is an SQLite file not there yet."""
    from recognizer.storage.database import make_engine
    from recognizer.storage.students import known_numbers

    engine = make_engine(config.database_url)
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return None
    return partial(known_numbers, engine)


@contextmanager
def build_daemon(config: Config) -> Iterator[Daemon]:
    """The daemon of a configuration that has a room and cameras; nothing is started yet.

    The state folder is its own until the block ends. Raises AlreadyRunning, ConfigurationError, GalleryError, …
    """
    from recognizer.storage.database import make_engine
    from recognizer.storage.inspection import DatabaseInspection
    from recognizer.storage.register import SqlRegister, SqlStatusBoard
    from recognizer.storage.schedule import SqlSchedule

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
                camera.name, camera.address, partial(SpawnedChild, camera.name, _watch_camera, config, camera)
            )
            for camera in config.cameras
        ]
        yield Daemon(cameras=cameras, outbox=outbox, delivery=delivery, notifier=Notifier(os.environ), now=utc_now)


def build_inspection(config: Config) -> Inspection:
    """Questions to the database of the configuration."""
    from recognizer.storage.database import make_engine
    from recognizer.storage.inspection import DatabaseInspection

    return DatabaseInspection(make_engine(config.database_url))


def check_models(config: Config) -> None:
    """Load the models that a camera's process loads. Raises WeightsError."""
    _build_step(config, config.cameras[0])


def probe_camera(config: Config, camera: CameraConfig) -> tuple[int, int]:
    """Height and width of one frame, taken in a process of its own since opening a camera may hang.

    Raises CameraError.
    """
    child = SpawnedChild(camera.name, _probe_camera, config, camera)
    try:
        if not child.connection.poll(PROBE_SECONDS):
            raise CameraError(f"camera {camera.name}: {camera.address} hangs; see that it is on and reachable")
        answer = child.connection.recv()
    except EOFError:
        child.kill()
        raise CameraError(f"camera {camera.name}: opening it ended with {child.how_it_ended()}") from None
    finally:
        child.kill()
    if isinstance(answer, str):
        raise CameraError(answer)
    height, width = answer
    return height, width


def build_camera(config: Config, camera: CameraConfig) -> tuple[Step, Camera]:
    """What a camera's process works with: what is done with each frame, and the source, opened."""
    return _build_step(config, camera), open_camera(config, camera)


def _watch_camera(connection: Connection[Any, Any], config: Config, camera: CameraConfig) -> None:
    """What runs in a camera's process."""
    configure_logging(config)
    watch(connection, lambda: build_camera(config, camera))


def _probe_camera(connection: Connection[Any, Any], config: Config, camera: CameraConfig) -> None:
    configure_logging(config)
    try:
        with closing(open_camera(config, camera)) as source:
            frame = source.read()
        connection.send(frame.image.shape[:2] if frame else f"camera {camera.name}: {camera.address} has no frame")
    except RecognizerError as error:
        connection.send(str(error))


def open_camera(config: Config, camera: CameraConfig) -> Camera:
    """The source, opened to be looked at as configured. Raises CameraError."""
    from recognizer.vision.capture import OpenCVCamera

    settings = config.recognition
    return OpenCVCamera(camera, most_per_second=settings.looks_per_second, threads=settings.threads)


def build_engine(settings: RecognitionConfig, alignment: Aligner | None = None) -> tuple[Detector, Encoder]:
    """What finds faces and what encodes them, as configured; only the libraries of that engine are loaded.

    alignment: what cuts the faces out, where it is there already. Raises WeightsError, or ConfigurationError where a
    library is missing.
    """
    if settings.engine == "face_recognition":
        from recognizer.vision.library import LibraryDetector, LibraryEncoder

        return LibraryDetector(), LibraryEncoder()
    from recognizer.vision.encoder import OnnxEncoder

    engine = _build_detector(settings), OnnxEncoder(settings.threads, alignment)
    give_back_free_memory()
    return engine


def _build_detector(settings: RecognitionConfig) -> Detector:
    if settings.engine == "hog":
        from recognizer.vision.detector import HogDetector

        return HogDetector(settings.smallest_face_pixels)
    if settings.engine == "yunet":
        from recognizer.vision.yunet_detector import YunetDetector

        # With this engine the configuration has a model, or it would not have been read.
        return YunetDetector(settings.smallest_face_pixels, settings.yunet_model or Path())
    from recognizer.vision.cnn_detector import CnnDetector

    return CnnDetector(settings.smallest_face_pixels, settings.threads)


def _build_step(config: Config, camera: CameraConfig) -> Step:
    import cv2

    from recognizer.vision.alignment import Alignment
    from recognizer.vision.motion import SceneMotion
    from recognizer.vision.quality import FRAME_SHARPNESS, CropQualityGate

    settings = config.recognition
    cv2.setNumThreads(settings.threads)
    alignment = Alignment()
    detector, encoder = build_engine(settings, alignment)
    pipeline = Pipeline(
        camera.name,
        attention=Attention(SceneMotion(), settings.smallest_face_pixels),
        detector=detector,
        quality_gate=CropQualityGate(settings.smallest_face_pixels, FRAME_SHARPNESS, alignment),
        aligner=alignment,
        encoder=encoder,
        identification=Identification(Gallery.empty(), FixedTolerances(FALLBACK)),
    )
    schedule = ScheduleFile(config.state_dir / SCHEDULE_FILE, config.room)
    return RefreshedPipeline(pipeline, build_gallery_store(config), build_tolerances(config), schedule).step


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
