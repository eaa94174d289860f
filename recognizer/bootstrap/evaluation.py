"""What reads the faces of an evaluation."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

from recognizer.bootstrap.decoding import Decoding
from recognizer.bootstrap.engine import build_engine
from recognizer.bootstrap.enrolment import SURE_OF_A_FACE
from recognizer.config.configuration import Config
from recognizer.evaluation.faces import FaceReader


def build_face_reader(config: Config) -> FaceReader:
    """What reads the faces of an evaluation: the cameras' engine, with all of the machine's cores.

    Raises WeightsError, ConfigurationError.
    """
    from recognizer.vision.capture.clips import encode_jpeg, enlarge
    from recognizer.vision.faces.photos import LONGEST_SIDE

    settings = config.recognition
    # Photos are enlarged by the reader where no face is found; frames' small faces would cost four times the work.
    photos = replace(settings, threads=os.cpu_count() or 1, smallest_face_pixels=max(80, settings.smallest_face_pixels))
    detector, encoder = build_engine(photos)
    least_confidence = SURE_OF_A_FACE if settings.engine == "hog" else 0.0
    decoding = Decoding()
    read_photo = partial(decoding.read_photo, longest_side=LONGEST_SIDE)
    return FaceReader(read_photo, decoding.read_clip, enlarge, encode_jpeg, detector, encoder, least_confidence)
