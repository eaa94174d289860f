"""dlib's HOG detector of frontal faces, as a file.

dlib carries it as text inside its library and takes most of a second to unpack it, which a command would wait for at
each start. README.md beside this module says how the file was made.
"""

from __future__ import annotations

from pathlib import Path

import dlib

from recognizer.vision.nets.weights import shipped_file

PATH = Path(__file__).with_name("frontal_face.svm")
"""In the repository, in an installed package and in the bundle alike. 155 kB."""

SHA256 = "f3f7aa833fb4a14a46fc48689f45b98d85ef72d6dfaf8bdc012b7d3c522a5426"


def load_frontal_face_detector() -> dlib.fhog_object_detector:
    """The same as ``dlib.get_frontal_face_detector()``.

    Raises WeightsError when the file is missing, or is not the one that this release was made with.
    """
    shipped_file(PATH, SHA256)
    return dlib.fhog_object_detector(str(PATH))
