"""What the camera's benchmark works on: a classroom clip, rendered once, and a gallery of its students."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.camera.options import KEPT_IN
from benchmarks.classroom import options as usual
from benchmarks.classroom.clip import Format
from benchmarks.classroom.command import make_clip
from benchmarks.classroom.people import find_people, portrait_folders
from benchmarks.classroom.truth import Truth, load_truth, truth_path
from recognizer.config.configuration import CameraConfig, Config, GalleryConfig


def clip_with_truth(arguments: argparse.Namespace) -> Truth:
    """The clip that was given, else the usual one of the portraits, rendered unless it is there already."""
    if arguments.clip is not None:
        return load_truth(arguments.clip)
    people = find_people(portrait_folders(arguments.portraits, os.environ))
    digest = hashlib.sha256(repr(people).encode())
    for source in sorted(Path(usual.__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    clip = KEPT_IN / f"classroom-{digest.hexdigest()[:12]}.mp4"
    if not truth_path(clip).exists():
        form = Format(*usual.USUAL_SIZE, usual.USUAL_FPS, usual.USUAL_SECONDS)
        make_clip(clip, arguments.portraits, form, usual.STUDENTS, usual.STRANGERS, usual.SEED)
    return load_truth(clip)


@contextmanager
def enrolled(truth: Truth) -> Iterator[Config]:
    """A recognizer's configuration for the clip, with the gallery that `recognizer encode` makes of its photos."""
    with tempfile.TemporaryDirectory(prefix="rollcall-benchmark-") as folder:
        home = Path(folder)
        gallery = GalleryConfig(path=home / "gallery.pkl", key_file=home / "gallery.key")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")}
        done = subprocess.run(
            [sys.executable, "-m", "recognizer", "encode", str(truth.photos.resolve())],
            env=kept
            | {
                "ROLLCALL_GALLERY_PATH": str(gallery.path),
                "ROLLCALL_GALLERY_KEY_FILE": str(gallery.key_file),
                "ROLLCALL_DATABASE_URL": f"sqlite:///{home / 'none.sqlite3'}",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"the clip's students cannot be enrolled:\n{done.stdout}")
        yield Config(
            room="Benchmark",
            state_dir=home / "state",
            log_level="WARNING",
            gallery=gallery,
            cameras=(CameraConfig("clip", str(truth.clip), "fast"),),
        )
