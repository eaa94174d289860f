"""Looking up a room's faces in a gallery of 100 000 students, beside face_recognition's comparison with all of them."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measurement import Figures, medians
from recognizer.domain.following.detection import Encodings
from recognizer.domain.naming.candidate import Probe
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.impostors import choose_tolerances
from recognizer.storage.files.gallery_file import load_gallery, save_gallery
from recognizer.storage.files.sealing import Key, KeyRing

_STUDENTS = 100_000
_REFERENCES = 3
_PROBES = 30
_PEER_PROBES = 2
"""It compares one face after another, so that thirty take fifteen times as long."""

_KEYS = KeyRing((Key(b"the gallery of a benchmark, of nobody"),))
_RAW_BYTES = _STUDENTS * _REFERENCES * 128 * 4


def run(arguments: argparse.Namespace) -> Figures:
    """ms: CPU milliseconds for the probes of one frame; memory_ratio: what a process keeps of a gallery that it read
    from its file and searches, by the bare float32 numbers; loading_ratio: the most it had while reading."""
    students, gallery, probes = _made_up()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gallery.pkl"
        save_gallery(path, gallery, _KEYS)
        # A process of its own, for what this one has had and let go of would be used again.
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            kept, peak = alone.apply(_memory, (path, probes))
    identification = Identification(gallery, choose_tolerances(None, gallery))
    asked = [Probe(probe, 5) for probe in probes]
    found = [candidate.number for candidate in identification.identify(asked)]
    theirs = _peer(gallery.encodings, probes)
    del gallery
    ours, peer = medians([lambda: identification.identify(asked), theirs], arguments.runs)
    return {
        "ms": 1000 * ours,
        "peer_ms": 1000 * peer * _PROBES / _PEER_PROBES,
        "speedup": peer * _PROBES / _PEER_PROBES / ours,
        "memory_ratio": kept / _RAW_BYTES,
        "loading_ratio": peak / _RAW_BYTES,
        "found": sum(map(str.__eq__, students, [number or "" for number in found])) / len(students),
        "strangers_named": sum(number is not None for number in found[len(students) :]),
    }


def _made_up() -> tuple[list[str], Gallery, Encodings]:
    """The numbers of the students among the probes, the gallery, and the probes: students first, then strangers."""
    random = np.random.default_rng(0)
    people = _people(random, _STUDENTS)
    encodings = np.repeat(people, _REFERENCES, axis=0)
    encodings += random.normal(0, 0.02, encodings.shape).astype(np.float32)
    numbers = [f"S{student:06}" for student in range(_STUDENTS)]
    gallery = Gallery(
        encodings,
        tuple(number for number in numbers for _ in range(_REFERENCES)),
        tuple(f"{row:064x}" for row in range(_STUDENTS * _REFERENCES)),
    )
    shown = random.choice(_STUDENTS, _PROBES // 2, replace=False)
    probes = np.concatenate([people[shown], _people(random, _PROBES - len(shown))])
    probes += random.normal(0, 0.01, probes.shape).astype(np.float32)
    return [numbers[student] for student in shown], gallery, probes


def _people(random: np.random.Generator, count: int) -> Encodings:
    return np.asarray(random.normal(0, 0.06, (count, 128)), np.float32)


def _memory(path: Path, probes: Encodings) -> tuple[int, int]:
    """Bytes that a process has more, in memory, once it searches that gallery; and the most it had till then."""
    before = _resident("VmRSS")
    identification = _identification(path)
    gc.collect()
    identification.identify([Probe(probe, 5) for probe in probes])
    return _resident("VmRSS") - before, _resident("VmHWM") - before


def _identification(path: Path) -> Identification:
    gallery = load_gallery(path, _KEYS)
    return Identification(gallery, choose_tolerances(None, gallery))


def _resident(line: str) -> int:
    """Bytes of this process in memory: VmRSS now, VmHWM at the most so far. (getrusage counts the parent's too.)"""
    status = dict(entry.split(":", 1) for entry in Path("/proc/self/status").read_text().splitlines())
    return int(status[line].split()[0]) * 1024


def _peer(encodings: Encodings, probes: Encodings) -> Callable[[], list[int | None]]:
    """What its documentation does with each face: a list of known encodings, compare_faces, then face_distance."""
    import face_recognition  # Loads its models; the process that measures memory has no use for them.

    known: list[NDArray[np.float64]] = [*encodings.astype(np.float64)]

    def look_up() -> list[int | None]:
        found = []
        for probe in probes[:_PEER_PROBES].astype(np.float64):
            matches = face_recognition.compare_faces(known, probe)
            nearest = int(np.argmin(face_recognition.face_distance(known, probe)))
            found.append(nearest if matches[nearest] else None)
        return found

    return look_up
