"""The gallery of an earlier release: it serves as it is, and an encode of the same photos renews it."""

from __future__ import annotations

import hashlib
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from recognizer.domain.naming.gallery import MODEL_NAME, Gallery
from recognizer.storage.files.gallery_key import load_keys
from tests.fixtures.desk import Desk
from tests.fixtures.hostile import signed
from tests.fixtures.patience import only_long

NOTE = "encoded by an earlier release, which took less out of each"


def save_as_the_first_release_did(desk: Desk, gallery: Gallery) -> None:
    """With the key that is there."""
    content = {
        "format": 2,
        "model": MODEL_NAME,
        "encodings": gallery.encodings,
        "numbers": list(gallery.numbers),
        "photo_hashes": list(gallery.photo_hashes),
        "calibration": None,
    }
    key = load_keys(desk.settings).in_use.secret
    desk.settings.path.write_bytes(signed(pickle.dumps(content, protocol=4), key))


@only_long
def test_photos_of_an_earlier_release_are_told_and_encoded_anew(desk: Desk, portraits: dict[str, Path]) -> None:
    shutil.copy(portraits["hopper"], desk.photos / "S1001 Grace Hopper.png")
    assert desk.encode().returncode == 0
    now = desk.store.load()
    photo = hashlib.sha256((desk.photos / "S1001 Grace Hopper.png").read_bytes()).hexdigest()
    assert now.photo_hashes == (photo,)
    earlier = replace(now, encodings=now.encodings + np.float32(0.02))
    save_as_the_first_release_did(desk, earlier.with_reference("S1002", "f" * 64, np.ones(128, np.float32)))

    assert f"2 photos {NOTE}: run `recognizer encode`" in desk.run("gallery").stdout
    assert "2 photos encoded by an earlier release: run `recognizer encode`" in desk.run("check").stdout
    encoded = desk.encode()
    assert encoded.returncode == 0
    assert "1 (1 renewed)" in encoded.stdout
    assert "1 reference encoded anew in" in encoded.stdout
    assert f"1 photo {NOTE}" in desk.run("gallery").stdout
    renewed = desk.store.load()
    assert renewed.numbers == ("S1001", "S1002")
    assert np.allclose(renewed.encodings[0], now.encodings[0], atol=1e-6)
    assert "1 (1 unchanged)" in desk.encode().stdout
