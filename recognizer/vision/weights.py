"""Where dlib's model files are."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Literal

from recognizer.errors import WeightsError

WeightsName = Literal[
    "shape_predictor_5_face_landmarks.dat",
    "dlib_face_recognition_resnet_model_v1.dat",
    "mmod_human_face_detector.dat",
]
"""The files in use. The 68-point model beside them is barred from commercial use and is not needed."""

PACKAGE = "face_recognition_models"


def weights_path(name: WeightsName) -> Path:
    """The path of a model file: inside the bundle when frozen, else in the installed ``face_recognition_models``.

    That package is found, never imported: it imports pkg_resources, which newer setuptools no longer have.
    Raises WeightsError when the file is missing or was cut short.
    """
    folder = _weights_folder()
    if folder is None:
        raise WeightsError(f"the package {PACKAGE} is not installed: install requirements/runtime.txt again")
    path = folder / "models" / name
    if not path.is_file() or path.stat().st_size == 0:
        raise WeightsError(f"the model file {path} is missing or empty: install {PACKAGE} again")
    return path


def _weights_folder() -> Path | None:
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None:
        return Path(bundle) / PACKAGE
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))
