"""Who was seen in a class session, or somebody else who looks alike: the cameras cannot tell which of them it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.attendance.decision import OPENS_BEFORE
from portal.attendance.evidence import seen_of
from portal.attendance.models import ClassSession, Evidence, Student
from portal.attendance.numbers import fold_number


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Two students or more of whom cameras saw one, and when first and last.

    ``other_numbers`` are of those of whom the class session has no evidence: their numbers have changed since, or are
    not known.
    """

    students: tuple[Student, ...]
    other_numbers: tuple[str, ...]
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class _Found:
    """Entries that share students; ``numbers`` by their folded form."""

    numbers: dict[str, str]
    students: dict[str, Student]
    first_seen_at: datetime
    last_seen_at: datetime

    def joined(self, other: _Found) -> _Found:
        return _Found(
            self.numbers | other.numbers,
            self.students | other.students,
            min(self.first_seen_at, other.first_seen_at),
            max(self.last_seen_at, other.last_seen_at),
        )


def find_look_alikes(session: ClassSession, evidence: Iterable[Evidence]) -> list[LookAlikes]:
    """What evidence says of students who look alike, the earliest first; students of one group by their names.

    Only what was seen while the register was open counts. Groups that share a student are one.
    """
    groups: list[_Found] = []
    for entry in evidence:
        group = _read(session, entry) if entry.is_between else None
        if group is None:
            continue
        for known in [each for each in groups if each.numbers.keys() & group.numbers.keys()]:
            groups.remove(known)
            group = group.joined(known)
        groups.append(group)
    found = [
        LookAlikes(
            tuple(sorted(group.students.values(), key=lambda student: (student.plain_name, student.number))),
            tuple(sorted(number for key, number in group.numbers.items() if key not in group.students)),
            group.first_seen_at,
            group.last_seen_at,
        )
        for group in groups
    ]
    return sorted(found, key=lambda each: each.first_seen_at)


def _read(session: ClassSession, entry: Evidence) -> _Found | None:
    """What one entry says; None where it lies outside. Of another class session's only what lies in this one's times
    counts."""
    start = session.starts_at - OPENS_BEFORE if entry.session_id == session.pk else session.starts_at
    span = seen_of(entry).within(start, session.ends_at)
    if span is None:
        return None
    numbers = {fold_number(number): number for number in (entry.student.number, entry.runner_up_number)}
    return _Found(numbers, {fold_number(entry.student.number): entry.student}, *span)
