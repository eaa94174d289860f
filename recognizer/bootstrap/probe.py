"""A probe of a camera and of the models, for ``recognizer check``."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from recognizer.bootstrap.camera import MOST_MORE_MB, open_camera, reach_of
from recognizer.bootstrap.engine import build_engine
from recognizer.bootstrap.picture_answers import NoAnswer, deadline, send_pictures, take_pictures
from recognizer.camera.look import LOOK_SECONDS, MOST_PICTURES, CameraReport, Look, find_faces, take_look
from recognizer.config.configuration import CameraConfig, Config
from recognizer.domain.ports.camera import Detector
from recognizer.errors import CameraError, RecognizerError
from recognizer.ops.confinement import bare_environment, confine, leave_terminal, limit_memory
from recognizer.ops.logging import configure_logging
from recognizer.room.children import SpawnedChild

PROBE_SECONDS = 40.0 + LOOK_SECONDS
"""How long a look at a camera may take; beyond its own time-outs it hangs."""

EVERY_FRAME = 1000.0
"""Frames a second that are asked for: more than any camera sends, so that its own rate is measured."""


def load_detector(config: Config) -> Detector:
    """What finds faces, once all the models that a camera's process loads are loaded. Raises WeightsError."""
    return build_engine(config.recognition)[0]


def probe_camera(config: Config, camera: CameraConfig, detector: Detector | None) -> CameraReport:
    """Look at a camera for some seconds. Without a detector no faces are looked for.

    The frames are taken in a process of its own, since a camera may hang. They are judged in this one, so that the
    models are loaded once for all cameras. What that process says is taken apart, never unpickled. Raises CameraError.
    """
    look = _look_within_deadline(config, camera)
    from recognizer.vision.capture.blindness import judge_picture
    from recognizer.vision.capture.light import judge_light

    height, width = look.pictures[-1].shape[:2]
    reasons = [judge_picture(picture) for picture in look.pictures]
    blind_because = reasons[-1] if all(reasons) else ""
    light = judge_light(look.pictures[-1])
    report = CameraReport(
        width, height, look.frames_per_second, light, blind_because, faces=None, is_still=look.is_still
    )
    if detector is None or blind_because:
        return report
    upright, *turned = find_faces(detector, look.pictures, config.recognition.smallest_face_pixels)
    # The first of equals: one that need not be turned.
    best = max([upright, *turned])
    return replace(report, faces=upright.faces, turn=best.turn, faces_turned=best.faces)


def _look_within_deadline(config: Config, camera: CameraConfig) -> Look:
    with bare_environment():
        child = SpawnedChild(camera.name, _look, config.for_camera(camera), camera)
    try:
        with deadline(child, PROBE_SECONDS):
            pictures, fault, words = take_pictures(child.connection)
            rate = None if (said := words.get("frames_per_second")) is None else float(said)
            if len(pictures) > MOST_PICTURES or not (rate is None or 0 < rate <= EVERY_FRAME):
                raise ValueError("no look")
    except NoAnswer as error:
        if error.is_late:
            reason = f"{camera.address} hangs; see that it is on and reachable"
        else:
            reason = f"looking at it ended with {error}"
        raise CameraError(f"camera {camera.name}: {reason}") from None
    finally:
        child.kill()
        child.connection.close()
    if fault:
        raise CameraError(fault)
    return Look(tuple(pictures), rate)


def _look(connection: Connection[Any, Any], config: Config, camera: CameraConfig) -> None:
    """What runs in the process of a look, which is confined as that of a camera that is watched."""
    configure_logging(config)
    leave_terminal()
    look, fault = None, f"camera {camera.name}: {camera.address} has no frame"
    with suppress(OSError):
        confine(reach_of(camera, config.recognition))
    try:
        limit_memory(MOST_MORE_MB)
        with closing(open_camera(config, camera, most_per_second=EVERY_FRAME)) as source:
            look = take_look(source)
    except RecognizerError as error:
        fault = str(error)
    if look is None:
        send_pictures(connection, [], fault=fault)
    else:
        send_pictures(connection, look.pictures, fault=None, frames_per_second=look.frames_per_second)
