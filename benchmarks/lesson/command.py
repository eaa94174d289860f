"""``python -m benchmarks lesson``: strangers named and students marked in composed lessons of 90 minutes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.classroom.people import find_people, portrait_folders
from benchmarks.lesson.casting import LEAST_MOMENTS, STRANGERS, STUDENTS, cast, is_fit
from benchmarks.lesson.clip import compare
from benchmarks.lesson.play import Outcome, play
from benchmarks.lesson.subjects import Subject, read_subjects
from benchmarks.measurement import Figures
from benchmarks.progress import progress
from recognizer.evaluation.metrics import Interval, share_of

REFERENCES = (1, 3)


@dataclass(frozen=True, slots=True)
class Course:
    """So many lessons of that seed, to which that share of the students does not come."""

    lessons: int
    seed: int
    absent: float


def run(arguments: argparse.Namespace) -> Figures:
    """Figures in the sense of README.md. With a clip, those of the comparison with it instead."""
    if arguments.compared_clip is not None:
        return compare(arguments.compared_clip, arguments.lesson_seed)
    people = find_people(portrait_folders(arguments.portraits, os.environ))
    with progress("encoding", len(people)) as advance:
        subjects = read_subjects(people, advance)
    course = Course(arguments.lessons, arguments.lesson_seed, arguments.absent)
    outcomes = {references: play_lessons(subjects, references, course) for references in REFERENCES}
    return summarize(outcomes) | {"lessons": arguments.lessons, "seed": arguments.lesson_seed}


def play_lessons(subjects: Sequence[Subject], references: int, course: Course) -> list[Outcome]:
    """The outcomes of everybody who is there, with so many references; who takes part is told on stderr."""
    outcomes: list[Outcome] = []
    with progress(f"references: {references}", course.lessons) as advance:
        for lesson in range(course.lessons):
            random = np.random.default_rng([course.seed, references, lesson])
            attendees = cast(subjects, references, random, course.absent)
            if not lesson:
                _tell(subjects, references, sum(attendee.number is not None for attendee in attendees), len(attendees))
            outcomes += play(attendees, random)
            advance()
    return outcomes


def summarize(outcomes: dict[int, list[Outcome]]) -> Figures:
    """The figures of the outcomes, by the number of references."""
    figures: Figures = {}
    strangers = [one for played in outcomes.values() for one in played if not one.is_student]
    figures |= _share("strangers_named", strangers, [one.is_misnamed for one in strangers])
    for references, played in outcomes.items():
        students = [one for one in played if one.is_student]
        figures |= _share(f"marked_{references}", students, [one.is_marked for one in students])
        figures[f"misnamed_{references}"] = float(np.mean([one.is_misnamed for one in students]))
        missed = [one for one in students if not one.is_marked]
        figures[f"missed_{references}"] = len(missed)
        figures[f"missed_told_{references}"] = sum(one.is_told for one in missed)
        own = [one for one in played if not one.is_student]
        figures[f"strangers_named_{references}"] = float(np.mean([one.is_misnamed for one in own]))
        figures[f"strangers_told_{references}"] = float(np.mean([one.is_told for one in own]))
    tracks = sum(len(one.tracks) for one in strangers)
    figures["tracks_named"] = sum(one.misnamed_tracks for one in strangers) / max(1, tracks)
    figures["tracks"] = tracks / max(1, len(strangers))
    return figures


def _share(name: str, of: Sequence[Outcome], flags: Iterable[bool]) -> Figures:
    """The share with its 95 % interval, of people drawn anew."""
    names, person = np.unique([one.name for one in of], return_inverse=True)
    interval: Interval = share_of(np.array([*flags], np.bool_), person, len(names))
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _tell(subjects: Sequence[Subject], references: int, students: int, attendees: int) -> None:
    short = [subject.name for subject in subjects if not is_fit(subject, references)]
    told = f"with {references} references: {students} students and {attendees - students} strangers"
    if attendees < STUDENTS + STRANGERS:
        told += f", as there are too few people for {STUDENTS} and {STRANGERS}"
    if short:
        told += f"; left out for want of {references + LEAST_MOMENTS} photos with a face: {', '.join(short)}"
    print(told, file=sys.stderr)
