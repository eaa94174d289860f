"""Model files, dlib's and our own: where they are, and whether they are those that this release was made for."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from typing import Literal

from recognizer.errors import WeightsError
from recognizer.vision.nets.dlib_format import DlibNet, read_net

WeightsName = Literal[
    "shape_predictor_5_face_landmarks.dat",
    "dlib_face_recognition_resnet_model_v1.dat",
    "mmod_human_face_detector.dat",
]
"""The files in use. The 68-point model beside them may not be used commercially, and is not needed."""

PACKAGE = "face_recognition_models"

_SHA256: dict[WeightsName, str] = {
    "shape_predictor_5_face_landmarks.dat": "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    "dlib_face_recognition_resnet_model_v1.dat": "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    "mmod_human_face_detector.dat": "4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
}
"""Those of face_recognition_models 0.3.0. Another file could give other encodings without an error."""


def weights_path(name: WeightsName) -> Path:
    """The path of a model file: inside the bundle when frozen, else in the installed ``face_recognition_models``.

    The package is found, never imported: it imports pkg_resources, which newer setuptools no longer have. Raises
    WeightsError when the file is missing, or is not the one that this release was made for.
    """
    folder = _weights_folder()
    if folder is None:
        raise WeightsError(f"the package {PACKAGE} is not installed: install requirements/recognizer.txt again")
    path = folder / "models" / name
    if not path.is_file() or path.stat().st_size == 0:
        raise WeightsError(f"the model file {path} is missing or empty: install {PACKAGE} again")
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != _SHA256[name]:
            raise WeightsError(f"the model file {path} is damaged, or another one: install {PACKAGE} again")
    return path


def shipped_file(path: Path, sha256: str) -> bytes:
    """The content of a net file that is part of Rollcall.

    Raises WeightsError when the file is missing, or is not the one that this release was made with.
    """
    if not path.is_file():
        raise WeightsError(f"the net file {path} is missing: install Rollcall again")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsError(f"the net file {path} is damaged, or another one: install Rollcall again")
    return content


def load_net(name: WeightsName) -> DlibNet:
    """The net in a model file. Raises WeightsError."""
    return read_net(weights_path(name).read_bytes())


def _weights_folder() -> Path | None:
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None:
        return Path(bundle) / PACKAGE
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))
