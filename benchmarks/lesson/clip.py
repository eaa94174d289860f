"""A composed lesson beside a rendered clip: whether its tracks are as many, as long and as alike as a camera's.

Of the clip's students two thirds are enrolled, with photos that it does not show; the others are strangers who sit
there as long. The lessons are composed of the photos that the clip shows, and are as long as the clip.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.camera.judgement import Naming, Owners
from benchmarks.camera.material import enrolled
from benchmarks.classroom.people import Person, find_people
from benchmarks.classroom.truth import Truth, load_truth
from benchmarks.lesson.casting import Attendee
from benchmarks.lesson.observing import Observer
from benchmarks.lesson.play import Outcome, play
from benchmarks.lesson.subjects import read_subjects
from benchmarks.measurement import Figures
from benchmarks.progress import progress
from recognizer.bootstrap.camera import open_camera
from recognizer.bootstrap.engine import build_engine
from recognizer.bootstrap.gallery import build_gallery_store
from recognizer.camera.pipeline import Pipeline
from recognizer.config.configuration import Config
from recognizer.domain.following.detection import Encodings
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.impostors import choose_tolerances

ENROLLED_SHARE = 2 / 3
LEAST_SHOWN = 2
COMPOSED_LESSONS = 5


def compare(clip: Path, seed: int) -> Figures:
    """The same figures of the clip and of lessons composed of its people. Raises SystemExit without clip or truth."""
    truth = load_truth(clip)
    shown = _encodings(truth.photos)
    with enrolled(truth.with_other_photos()) as config:
        gallery = build_gallery_store(config).load()
        numbers = [number for number in sorted(shown) if len(shown[number]) >= LEAST_SHOWN]
        students = frozenset([n for n in numbers if n in gallery.students][: round(len(numbers) * ENROLLED_SHARE)])
        gallery = gallery.only(students)
        filmed = watch(truth, config, gallery)
    composed: list[Outcome] = []
    for lesson in range(COMPOSED_LESSONS):
        attendees = [Attendee(n, n if n in students else None, gallery.only([n]).encodings, shown[n]) for n in numbers]
        composed += play(attendees, np.random.default_rng([seed, lesson]), truth.frames / truth.frames_per_second)
    return _figures("clip", [one for one in filmed if one.name in numbers]) | _figures("composed", composed)


def watch(truth: Truth, config: Config, gallery: Gallery) -> list[Outcome]:
    """What the recognizer's pipeline makes of the clip with that gallery, by person."""
    from recognizer.vision.capture.motion import SceneMotion
    from recognizer.vision.faces.alignment import Alignment
    from recognizer.vision.faces.quality import FRAME_SHARPNESS, CropQualityGate

    smallest, alignment = config.recognition.smallest_face_pixels, Alignment()
    detector, encoder = build_engine(config.recognition, alignment)
    observer = Observer(SceneMotion(), smallest, encoder)
    pipeline = Pipeline(
        "clip",
        attention=observer,
        detector=detector,
        quality_gate=CropQualityGate(smallest, FRAME_SHARPNESS, alignment),
        encoder=observer,
        identification=Identification(gallery, choose_tolerances(None, gallery)),
    )
    camera = open_camera(config, config.cameras[0])
    namings: list[tuple[int, Naming]] = []
    with progress("watching", round(truth.frames / truth.frames_per_second)) as advance:
        second = 0
        while (frame := camera.read()) is not None:
            index = round(frame.position_seconds * truth.frames_per_second)
            for sighting in pipeline.step(frame):
                if sighting.box is not None and not sighting.is_between and not sighting.is_near_miss:
                    namings.append((sighting.track_id, Naming(index, sighting.box, sighting.student_number)))
            while second < frame.position_seconds:
                second += 1
                advance()
    camera.close()
    return _by_person(truth, frozenset(gallery.students), observer, namings)


def _by_person(
    truth: Truth, students: frozenset[str], observer: Observer, namings: Sequence[tuple[int, Naming]]
) -> list[Outcome]:
    owners = Owners(truth)
    tracks: dict[str, dict[int, list[Encodings]]] = defaultdict(lambda: defaultdict(list))
    for one in observer.encoded:
        role = owners.of(one.box, round(one.position_seconds * truth.frames_per_second))
        if role is not None:
            tracks[role.name][one.track_id].append(one.encoding)
    named: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for track, naming in namings:
        role = owners.of(naming.box, naming.frame)
        if role is not None:
            named[role.name].add((track, naming.number))
    outcomes = []
    for role in truth.students:
        number = str(role.number)
        wrong = {track for track, given in named[role.name] if given != number or number not in students}
        is_marked = any(given == number for _, given in named[role.name])
        own = [np.stack(rows) for rows in tracks[role.name].values()]
        outcomes.append(Outcome(number, number in students, is_marked, bool(wrong), len(wrong), own))
    return outcomes


def _figures(prefix: str, outcomes: Sequence[Outcome]) -> Figures:
    tracks = [track for one in outcomes for track in one.tracks]
    people = [np.concatenate(one.tracks) for one in outcomes if one.tracks]
    return {
        f"{prefix}_tracks": len(tracks) / len(outcomes),
        f"{prefix}_encodings_a_track": float(np.mean([len(track) for track in tracks])),
        f"{prefix}_spread_of_a_track": spread(tracks),
        f"{prefix}_spread_of_a_person": spread(people),
        f"{prefix}_marked": float(np.mean([one.is_marked for one in outcomes if one.is_student])),
        f"{prefix}_strangers_named": float(np.mean([one.is_misnamed for one in outcomes if not one.is_student])),
    }


def spread(groups: Sequence[Encodings]) -> float:
    """The pooled mean squared distance from the mean of each group, unbiased; 0 where no group has two."""
    squares = sum(float(((rows - rows.mean(axis=0)) ** 2).sum()) for rows in groups)
    return squares / max(1, sum(len(rows) - 1 for rows in groups))


def _encodings(folder: Path) -> dict[str, Encodings]:
    """By number, of the photos in a clip's folder of photos."""
    people = find_people([folder])
    with progress("encoding", len(people)) as advance:
        subjects = read_subjects([Person(one.name.split()[0], one.photos) for one in people], advance)
    return {subject.name: subject.encodings for subject in subjects}
