"""Plays a composed lesson through the recognizer's own pipeline and register."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from benchmarks.lesson.casting import Attendee
from benchmarks.lesson.observing import Encoded, Observer
from benchmarks.lesson.room import FACE_PIXELS, ComposedRoom, Person
from recognizer.camera.pipeline import Pipeline
from recognizer.domain.following.detection import Encodings, Frame
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.impostors import choose_tolerances
from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.evidence import find_presence
from recognizer.domain.register.evidence_log import EvidenceLog

LESSON_SECONDS = 90 * 60.0

STEP_SECONDS = 2.0
"""From frame to frame: a look that is due waits no longer. Who is named within 90 minutes hardly depends on it."""

_BEGINNING = datetime(2026, 1, 1, 9)  # noqa: DTZ001 - naive UTC, as everywhere


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Of one attendee in one lesson.

    is_marked: whether the register has them as present, by their own face. is_misnamed: whether the register ever heard
    of their face by a number that is not theirs; a stranger has none. misnamed_tracks: how many tracks of theirs that
    was.
    tracks: (encodings, 128) each. is_told: whether a near miss tells of them: of a student
    who was not marked, or as a student who is absent.
    """

    name: str
    is_student: bool
    is_marked: bool
    is_misnamed: bool
    misnamed_tracks: int
    tracks: list[Encodings]
    is_told: bool = False


def play(attendees: Sequence[Attendee], random: np.random.Generator, seconds: float = LESSON_SECONDS) -> list[Outcome]:
    """The outcome of each, in their order, but for students without moments: they are enrolled and absent."""
    here = [attendee for attendee in attendees if len(attendee.moments)]
    people = [Person(attendee, seat, seconds, random) for seat, attendee in enumerate(here)]
    room, gallery = ComposedRoom(people), enrol(attendees)
    observer = Observer(room, FACE_PIXELS // 2, room)
    identification = Identification(gallery, choose_tolerances(None, gallery))
    pipeline = Pipeline(
        "composed",
        attention=observer,
        detector=room,
        quality_gate=room,
        encoder=observer,
        identification=identification,
    )
    session = ClassSession(
        1, "COMPOSED", _BEGINNING, _BEGINNING + timedelta(seconds=seconds), 15, frozenset(gallery.students)
    )
    sightings = [
        sighting
        for position in np.arange(0.0, seconds, STEP_SECONDS)
        for sighting in pipeline.step(
            Frame(room.image, _BEGINNING + timedelta(seconds=float(position)), float(position))
        )
    ]
    absent = {str(attendee.number) for attendee in attendees if not len(attendee.moments)}
    return [_judge(person, sightings, observer.encoded, session, absent) for person in people]


def _judge(
    person: Person,
    sightings: Sequence[Sighting],
    encoded: Sequence[Encoded],
    session: ClassSession,
    absent: Set[str],
) -> Outcome:
    own, log, entries = person.attendee.number, EvidenceLog(), []
    wrong, near = set(), set()
    for sighting in sightings:
        if sighting.box != person.box:
            continue
        if sighting.is_near_miss:
            near.add(sighting.student_number)
        elif sighting.student_number == own:
            entries += log.consider(sighting, [session])
        elif sighting.is_sure:
            wrong.add(sighting.track_id)
    presence = find_presence([*entries, *log.flush()], session.opens_at, session.ends_at)
    tracks = defaultdict(list)
    for one in encoded:
        if one.box == person.box:
            tracks[one.track_id].append(one.encoding)
    return Outcome(
        person.attendee.name,
        own is not None,
        presence is not None,
        bool(wrong),
        len(wrong),
        [np.stack(rows) for rows in tracks.values()],
        bool(near & ({str(own)} | absent)),
    )


def enrol(attendees: Sequence[Attendee]) -> Gallery:
    students = [attendee for attendee in attendees if attendee.number is not None]
    numbers = tuple(str(student.number) for student in students for _ in student.references)
    return Gallery(np.concatenate([student.references for student in students]), numbers, ("0" * 64,) * len(numbers))
