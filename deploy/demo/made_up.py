"""Enrols the demo's made-up students: ``python -m deploy.demo.made_up``, in the demo's environment.

Nobody's face stands behind their references, so that the demo has people who are enrolled and do not come.
"""

from __future__ import annotations

import hashlib
import os

import numpy as np

from deploy.demo.folder import MADE_UP
from recognizer.bootstrap.gallery import build_gallery_store
from recognizer.config.reading import load_config

LENGTH = 1.4
"""Of an encoding, about that of a face's. Two that point anywhere lie 2 apart, farther than any two faces."""


def enrol() -> None:
    """Add a reference for each of them who has none yet."""
    store = build_gallery_store(load_config(None, os.environ))
    chance = np.random.default_rng(1)
    with store.held(on_wait=lambda: None):
        gallery = store.load()
        for number in MADE_UP:
            direction = chance.standard_normal(128)
            encoding = np.asarray(LENGTH * direction / np.linalg.norm(direction), np.float32)
            if number not in gallery.students:
                gallery = gallery.with_reference(number, hashlib.sha256(number.encode()).hexdigest(), encoding)
        store.save(gallery)


if __name__ == "__main__":
    enrol()
