"""What reads class photos, and the search of the gallery for them."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from functools import partial

from recognizer.bootstrap.decoding import Decoding
from recognizer.bootstrap.engine import build_engine
from recognizer.bootstrap.gallery import build_tolerances
from recognizer.class_photos.faces import PhotoReader
from recognizer.config.configuration import Config
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification

SMALLEST_FACE_PIXELS = 60
"""The back row of a class on a phone's photo; a smaller face has too little in it to be compared."""

LONGEST_SIDE = 65_500
"""Pixels of a side, the most that can be written as a JPEG again. Panoramas of phones are shorter: no photo is scaled
down, so that boxes are in its own pixels, and no face is smaller than it is there."""


def build_photo_reader(config: Config) -> PhotoReader:
    """What finds the faces: the cameras' engine with all of the machine's cores. Raises WeightsError."""
    from recognizer.vision.faces.alignment import Alignment
    from recognizer.vision.faces.quality import FRAME_SHARPNESS, CropQualityGate

    alignment = Alignment()
    settings = replace(config.recognition, threads=os.cpu_count() or 1, smallest_face_pixels=SMALLEST_FACE_PIXELS)
    detector, encoder = build_engine(settings, alignment)
    gate = CropQualityGate(SMALLEST_FACE_PIXELS, FRAME_SHARPNESS, alignment)
    read_photo = partial(Decoding().read_photo, longest_side=LONGEST_SIDE)
    return PhotoReader(read_photo, detector, encoder, gate, SMALLEST_FACE_PIXELS)


def build_identification(config: Config, gallery: Gallery, numbers: Collection[str] | None) -> Identification:
    """The search for still pictures, in which these students are expected, or all who are enrolled."""
    expected = None if numbers is None else frozenset(numbers)
    return Identification(gallery, build_tolerances(config)(gallery), expected, looks="still")
