"""Which samples are kept, and for how long: pure rules on facts that others have written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from recognizer.domain.learning.sample import LessonSample
from recognizer.domain.register.numbers import fold_number

MOST_KEPT = 5
"""Of each student, those of the latest class sessions."""

LONGEST_AGE = timedelta(days=183)
"""Whatever the timetable says: half a year, the length of a long term."""

LEFT_AFTER = timedelta(days=14)
"""A student whom no class session to come in this room expects is forgotten so long after the last sample: timetables
are written week by week, too."""

_FOR = frozenset({"present", "late"})


@dataclass(frozen=True, slots=True)
class LessonFacts:
    """What the portal's database says of samples.

    words: by row of the class session and of the student, the status that a person set. sessions: which of the class
    sessions are there and not cancelled. students: which of the students are there and active. expected: students on
    the roster of a class session to come in this room.
    """

    words: Mapping[tuple[int, int], str] = field(default_factory=dict)
    sessions: Collection[int] = ()
    students: Collection[int] = ()
    expected: Collection[int] = ()


def add_samples(kept: Sequence[LessonSample], new: Iterable[LessonSample]) -> list[LessonSample]:
    """The samples with those of class sessions that have given none yet of the student."""
    by_key = {sample.key: sample for sample in kept}
    for sample in new:
        by_key.setdefault(sample.key, sample)
    return list(by_key.values())


def keep_enrolled(samples: Sequence[LessonSample], anchors: Mapping[str, str]) -> list[LessonSample]:
    """Those of students who are enrolled with the same references as then.

    anchors: by folded number, the fingerprint of each student's enrolled references.
    """
    return [sample for sample in samples if anchors.get(fold_number(sample.number)) == sample.anchor]


def keep_true(samples: Sequence[LessonSample], facts: LessonFacts, now: datetime) -> list[LessonSample]:
    """Those that nothing speaks against, the latest of each student.

    A person who says that a student was not there, of whom a camera was sure, says that another looks like them: all
    samples of that student are forgotten, for they may show the other.
    """
    by_student: dict[int, list[LessonSample]] = defaultdict(list)
    for sample in samples:
        by_student[sample.student_id].append(sample)
    found = (kept for each in by_student.values() for kept in _keep_of_student(each, facts, now))
    return sorted(found, key=lambda sample: (sample.key, sample.seen_at))


def _keep_of_student(samples: Sequence[LessonSample], facts: LessonFacts, now: datetime) -> list[LessonSample]:
    student_id = samples[0].student_id
    words = {sample.session_id: facts.words.get((sample.session_id, student_id)) for sample in samples}
    if student_id not in facts.students or any(word and word not in _FOR for word in words.values()):
        return []
    if student_id not in facts.expected and now - max(sample.seen_at for sample in samples) >= LEFT_AFTER:
        return []
    kept = [
        replace(sample, is_vouched=words[sample.session_id] is not None)
        for sample in samples
        if sample.session_id in facts.sessions and now - sample.seen_at < LONGEST_AGE
    ]
    return sorted(kept, key=lambda sample: sample.seen_at)[-MOST_KEPT:]
