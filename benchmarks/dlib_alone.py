"""dlib's own nets, timed by another interpreter: one whose dlib was built from source, beside the installed wheel.

Run as a file, with nothing but dlib and numpy: ``python dlib_alone.py TASK WEIGHTS IMAGES.npy RUNS`` prints JSON.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import dlib
import numpy as np

Task = Literal["encoder", "detector"]


def seconds_of(python: Path, task: Task, weights: Path, images: Any, runs: int) -> float:
    """CPU seconds of that interpreter's dlib for all the images. Raises SystemExit when it cannot run it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npy"
        np.save(path, images)
        done = subprocess.run(
            [python, __file__, task, weights, path, str(runs)], capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise SystemExit(f"{python} cannot run dlib:\n{done.stderr}")
    return float(json.loads(done.stdout)["seconds"])


def _work(task: str, weights: str, images: Any) -> Callable[[], object]:
    if task == "encoder":
        encoder = dlib.face_recognition_model_v1(weights)
        return lambda: encoder.compute_face_descriptor(list(images))
    detector = dlib.cnn_face_detection_model_v1(weights)
    return lambda: [detector(image, 0) for image in images]


def _main(task: str, weights: str, path: str, runs: str) -> None:
    work = _work(task, weights, np.load(path))
    seconds = []
    for _ in range(int(runs)):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    print(json.dumps({"seconds": statistics.median(seconds)}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
