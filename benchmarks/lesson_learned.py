"""What lessons teach: one photo and learned references beside five photos, and wrong references planted on purpose.

Photos have no dates, so each person's are ordered as if over time: along the direction in which that person's encodings
differ most, from one end to the other. In the first third of it the photos are enrolled, one or five; the second third
is a term of lessons; the last third is what is looked up afterwards. All of it is the recognizer's own: the law, the
tolerances, who a camera is sure of, which samples are kept, and which of them count.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from benchmarks.classroom.people import find_people, portrait_folders
from benchmarks.lesson.subjects import read_subjects
from benchmarks.measurement import Figures
from benchmarks.progress import progress
from recognizer.domain.following.detection import Encodings
from recognizer.domain.learning.keeping import LessonFacts, add_samples, keep_true
from recognizer.domain.learning.sample import LessonSample, Sample
from recognizer.domain.learning.teaching import fingerprints_of, identify_by, of_taught_students
from recognizer.domain.naming.candidate import Probe
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.impostors import choose_tolerances
from recognizer.domain.naming.tolerance import Tolerances

MANY_PHOTOS = 15
"""Who has fewer is a stranger: five photos are to be enrolled, as many shown in lessons, and as many looked up."""

LESSONS, TRACKS, ENCODINGS = 12, 10, 5
"""A term has so many lessons. In each a student gives so many tracks, of so many encodings."""

WINDOW = 7
"""A lesson shows a student as on so many photos that follow each other."""

LOOKS = 5
"""Tracks of each person that are looked up after the term."""

_BEGINNING = datetime(2026, 1, 5, 9)  # noqa: DTZ001 - naive UTC, as everywhere


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """One draw of students and strangers. All (n, 128), by number; a stranger's number begins with X.

    photos: five of the first third. lessons, after: the second third and the last. strangers: all of each.
    """

    photos: Mapping[str, Encodings]
    lessons: Mapping[str, Encodings]
    after: Mapping[str, Encodings]
    strangers: Mapping[str, Encodings]

    def gallery(self, photos: int) -> Gallery:
        """So many photos of each student enrolled."""
        rows = [photo for enrolled in self.photos.values() for photo in enrolled[:photos]]
        numbers = tuple(number for number in self.photos for _ in range(photos))
        return Gallery(np.array(rows, np.float32), numbers, tuple(f"{row:064x}" for row in range(len(rows))))


@dataclass(slots=True)
class Counts:
    """Over all draws. missed: tracks of students, by what they were looked up with."""

    tracks: int = 0
    missed_one: int = 0
    missed_learned: int = 0
    missed_five: int = 0
    students: int = 0
    taught: int = 0
    stranger_tracks: int = 0
    strangers_named_one: int = 0
    strangers_named_learned: int = 0
    strangers_named_five: int = 0
    planted: int = 0
    planted_counting: int = 0
    poisoned_named: int = 0


def run(arguments: argparse.Namespace) -> Figures:
    """Figures in the sense of README.md."""
    people = find_people(portrait_folders(arguments.portraits, os.environ))
    with progress("encoding", len(people)) as advance:
        encodings = [subject.encodings for subject in read_subjects(people, advance)]
    return measure(encodings, arguments.draws, arguments.learning_seed, is_ordered=not arguments.in_no_order)


def measure(people: Sequence[Encodings], draws: int, seed: int, *, is_ordered: bool = True) -> Figures:
    """The figures of these people, (photos, 128) each. Raises SystemExit where too few have many photos.

    is_ordered: as if over time; else the photos are in an order drawn at random.
    """
    random = np.random.default_rng(seed)
    ordered = [order_in_time(encodings) if is_ordered else random.permutation(encodings) for encodings in people]
    counts = Counts()
    with progress("learning", draws) as advance:
        for number in range(draws):
            _measure_draw(draw_people(ordered, np.random.default_rng([seed, number])), counts, seed, number)
            advance()
    print(f"{draws} draws of seed {seed}, {counts.students // draws} students each", file=sys.stderr)
    return {
        "learned_missed": _ratio(counts.missed_learned, counts.missed_five),
        "poisoned_named": counts.poisoned_named,
        "missed_with_one": counts.missed_one / counts.tracks,
        "missed_with_one_and_learned": counts.missed_learned / counts.tracks,
        "missed_with_five": counts.missed_five / counts.tracks,
        "taught": counts.taught / counts.students,
        "strangers_named_with_one": counts.strangers_named_one / counts.stranger_tracks,
        "strangers_named_with_one_and_learned": counts.strangers_named_learned / counts.stranger_tracks,
        "strangers_named_with_five": counts.strangers_named_five / counts.stranger_tracks,
        "planted": counts.planted,
        "planted_that_count": counts.planted_counting,
        "learning_draws": draws,
        "learning_seed": seed,
    }


def order_in_time(encodings: Encodings) -> Encodings:
    """The photos in the order in which they lie along the direction in which they differ most."""
    spread = encodings - encodings.mean(axis=0)
    along = spread @ np.linalg.svd(spread, full_matrices=False)[2][0]
    return encodings[np.argsort(along)]


def draw_people(people: Sequence[Encodings], random: np.random.Generator) -> Draw:
    """Half of those with many photos as students, all others as strangers; time may go either way for each.

    Raises SystemExit where there are fewer than four people with many photos.
    """
    many = [index for index, encodings in enumerate(people) if len(encodings) >= MANY_PHOTOS]
    if len(many) < 4:
        raise SystemExit(f"{len(many)} people have {MANY_PHOTOS} photos with a face or more; learning takes four")
    students = {int(index) for index in random.permutation(many)[: (len(many) + 1) // 2]}
    photos, lessons, after, strangers = {}, {}, {}, {}
    for index, encodings in enumerate(people):
        if index not in students:
            strangers[f"X{index:03}"] = encodings
            continue
        turned = encodings if random.random() < 0.5 else encodings[::-1]
        number, third = f"S{index:03}", len(turned) // 3
        photos[number] = turned[random.permutation(third)[:5]]
        lessons[number], after[number] = turned[third:-third], turned[-third:]
    return Draw(photos, lessons, after, strangers)


def teach(draw: Draw, gallery: Gallery, random: np.random.Generator) -> list[LessonSample]:
    """What a term of lessons taught of students who are enrolled so."""
    anchors = fingerprints_of(gallery, gallery.students)
    rows = {number: row for row, number in enumerate(gallery.students)}
    facts = LessonFacts(sessions=range(LESSONS), students=range(len(rows)), expected=range(len(rows)))
    kept: list[LessonSample] = []
    for lesson in range(LESSONS):
        identification = identify_by(gallery, of_taught_students(kept), _tolerances)
        at = _BEGINNING + lesson * timedelta(days=7)
        for shown in draw.lessons.values():
            probes = [Probe.of(track) for track in _tracks(_window(shown, lesson), TRACKS, random)]
            for probe, answer in zip(probes, identification.identify_alone(probes), strict=True):
                if answer.number is not None and answer.is_beyond_doubt:
                    named, sample = answer.number, Sample.of(probe)
                    new = LessonSample(named, sample, lesson, rows[named], at, anchors[named.casefold()])
                    kept = add_samples(kept, [new])
        kept = keep_true(kept, facts, at)
    return kept


def _measure_draw(draw: Draw, counts: Counts, seed: int, number: int) -> None:
    random = np.random.default_rng([seed, number, 1])
    gallery, five = draw.gallery(1), draw.gallery(5)
    samples = teach(draw, gallery, random)
    by_one, by_five = identify_by(gallery, [], _tolerances), identify_by(five, [], _tolerances)
    by_learned = identify_by(gallery, samples, _tolerances)
    counts.students += len(draw.photos)
    counts.taught += len({sample.number for sample in of_taught_students(samples)})
    for student, shown in draw.after.items():
        probes = [Probe.of(track) for track in _tracks(shown, LOOKS, random)]
        counts.tracks += len(probes)
        counts.missed_one += _missed(by_one, probes, student)
        counts.missed_learned += _missed(by_learned, probes, student)
        counts.missed_five += _missed(by_five, probes, student)
    strangers = {name: [Probe.of(track) for track in _tracks(s, LOOKS, random)] for name, s in draw.strangers.items()}
    everybody = [probe for probes in strangers.values() for probe in probes]
    counts.stranger_tracks += len(everybody)
    counts.strangers_named_one += _named(by_one, everybody)
    counts.strangers_named_learned += _named(by_learned, everybody)
    counts.strangers_named_five += _named(by_five, everybody)
    for name in strangers:
        _poison(draw, gallery, samples, name, counts, random)


def _poison(
    draw: Draw,
    gallery: Gallery,
    samples: Sequence[LessonSample],
    stranger: str,
    counts: Counts,
    random: np.random.Generator,
) -> None:
    """Plant the stranger as the student whom one of their tracks comes nearest to, in a lesson of its own that a person
    vouches for, and count the stranger's tracks that are named by it."""
    shown = draw.strangers[stranger]
    tracks = [Probe.of(track) for track in _tracks(shown, TRACKS, random)]
    distances = np.linalg.norm(np.array([p.encoding for p in tracks])[:, None] - gallery.encodings[None], axis=2)
    track, row = np.unravel_index(int(distances.argmin()), distances.shape)
    student = gallery.numbers[row]
    anchor = fingerprints_of(gallery, [student])[student.casefold()]
    at = _BEGINNING + LESSONS * timedelta(days=7)
    wrong = LessonSample(student, Sample.of(tracks[track]), LESSONS, 0, at, anchor, is_vouched=True)
    before = identify_by(gallery, samples, _tolerances)
    after = identify_by(gallery, [*samples, wrong], _tolerances)
    counts.planted += 1
    counts.planted_counting += before.identify_alone([tracks[track]])[0].number == student
    probes = [Probe.of(track) for track in _tracks(shown, LOOKS, random)]
    pairs = zip(before.identify_alone(probes), after.identify_alone(probes), strict=True)
    counts.poisoned_named += sum(new.number == student and old.number != student for old, new in pairs)


def _tolerances(gallery: Gallery) -> Tolerances:
    return choose_tolerances(None, gallery)


def _missed(identification: Identification, probes: Sequence[Probe], student: str) -> int:
    return sum(answer.number != student for answer in identification.identify_alone(probes))


def _named(identification: Identification, probes: Sequence[Probe]) -> int:
    return sum(answer.number is not None for answer in identification.identify_alone(probes))


def _tracks(shown: Encodings, tracks: int, random: np.random.Generator) -> Iterator[Encodings]:
    """So many tracks of a person, of different photos each."""
    for _ in range(tracks):
        yield shown[random.permutation(len(shown))[:ENCODINGS]]


def _window(shown: Encodings, lesson: int) -> Encodings:
    """How a student looks in that lesson of the term."""
    width = min(WINDOW, len(shown))
    start = round(lesson / (LESSONS - 1) * (len(shown) - width))
    return shown[start : start + width]


def _ratio(missed: int, of: int) -> float:
    """Nothing missed by five photos: then it is 1 where nothing is missed here either."""
    return missed / of if of else 1.0 + missed
