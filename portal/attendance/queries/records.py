"""Marks over many class sessions, at the cost of what is shown.

A mark has no time of its own: its class session has, and there are some eighty times fewer of them. So the records
walk the class sessions by the key (starts_at, id), a chunk at a time, ask an index how many of the wanted marks each
has, and read the marks of those that are shown. When, where and which course are conditions on class sessions; whose
and what are conditions on marks. Wanted marks that are few are looked up first, and no class session is walked. Of
whoever sees some courses only, the class sessions of these are sorted: there are a few hundred of a course.

Every query is small and bounded, so that no database has to choose between plans, and the next page goes on from the
last mark instead of counting to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import islice

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet

from portal.attendance.models import STATUSES_OF, ClassSession, Mark, Source, Status
from portal.attendance.queries.found_students import FoundStudents
from portal.attendance.queries.session_walk import (
    FIRST_CHUNK,
    GROWTH,
    LARGEST_CHUNK,
    WALK_GROWTH,
    Position,
    Remembered,
    is_beyond,
    name_of,
    walk,
)

MOST_RARE = 1000
"""Up to so many marks of a status and source are looked up by an index of marks."""

MANY_KEPT_SECONDS = 3600
"""How long it is remembered that marks of a status and source are not rare."""

MOST_COUNTED, MOST_WALKED, MOST_SEARCHED = 10_000, FIRST_CHUNK * 31, FIRST_CHUNK * 7
"""Counting ends after so many marks, or class sessions, or class sessions where the name of every mark is read."""

NAME = ("student__plain_name", "student__number")
"""The columns that the marks of a class session are sorted by."""

MARKS_AT_ONCE = 2000
"""Marks that an export holds in memory, give or take a class session's."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some marks in the order of the records, with class session, course, room, student and author loaded."""

    marks: list[Mark]
    has_previous: bool
    has_next: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many marks of each status; at least so many where not all were counted.

    ``outside`` are rows that say nothing of somebody who is not on the roster: they are listed, and have no status.
    """

    by_status: dict[str, int]
    is_complete: bool
    outside: int = 0

    @property
    def total(self) -> int:
        return sum(self.by_status.values()) + self.outside

    def only(self, status: str) -> Counts:
        """Those of one status alone."""
        return Counts({status: self.by_status[status]}, self.is_complete)


@dataclass(frozen=True)
class Records:
    """The marks of ``sessions`` that have the status and source and whose student is found; "" means any.

    Newest class session first unless ``oldest_first``; in a class session by plain name. ``courses`` are the ids
    of the courses that all ``sessions`` are of; None where that may be any.
    """

    sessions: QuerySet[ClassSession]
    students: FoundStudents = field(default_factory=FoundStudents)
    status: str = ""
    source: str = ""
    oldest_first: bool = False
    courses: Collection[int] | None = None
    walked: dict[bool, Remembered[tuple[datetime, int]]] = field(default_factory=dict, compare=False)
    """The class sessions from the first on, in either order: of any status they are the same."""

    def page(
        self, size: int, position: Position | None = None, backwards: bool = False, columns: Sequence[str] = ()
    ) -> Page:
        """The ``size`` marks after the position, or before it; from the first without one.

        With these columns alone, as in ``chunks``; with all of them where none are named.
        """
        found: list[Mark] = []
        is_counted = "_from_first" in vars(self)
        from_first = is_counted and not position and not backwards
        tallies = self._from_first if from_first else self._tallies(position, backwards)
        for ids in self._batches(tallies, size + 1, position):
            marks = self._load(ids, backwards, columns)
            if position:
                marks = [mark for mark in marks if is_beyond(mark, position, backwards)]
            found += marks
            if len(found) > size:
                break
        is_more, shown = len(found) > size, found[:size]
        if backwards:
            return Page(shown[::-1], has_previous=is_more, has_next=bool(shown))
        return Page(shown, has_previous=position is not None, has_next=is_more)

    def chunks(self, columns: Sequence[str]) -> Iterator[list[Mark]]:
        """All marks in order, MARKS_AT_ONCE or a little more in memory, with these columns alone.

        Those of other tables are named as ``student__number`` or ``session__course__code``.
        """
        for ids in self._batches(self._tallies(), MARKS_AT_ONCE):
            yield self._load(ids, columns=columns)

    def number(self, most: int) -> int:
        """How many marks there are; some number above ``most`` where there are more."""
        number = 0
        for _, tally in self._tallies():
            number += sum(tally.values())
            if number > most:
                break
        return number

    def counts(self) -> Counts:
        """How many marks there are, counted from the first; not to the end where that takes long."""
        counts = {status.value: 0 for status in Status}
        most = self._most_walked
        with_expected, is_complete = [], True
        for walked, (session, tally) in enumerate(self._from_first, start=1):
            for status, number in tally.items():
                counts[status] += number
            if tally.get(Status.EXPECTED):
                with_expected.append(session)
            is_far = self._few is None and walked >= most
            if is_far or sum(counts.values()) > MOST_COUNTED:
                is_complete = False
                break
        outside = self._count_outside(with_expected)
        counts[Status.EXPECTED] -= outside
        return Counts(counts, is_complete, outside)

    def _count_outside(self, session_ids: list[int]) -> int:
        """How many of the wanted marks that seem to be expected are not."""
        if not session_ids:
            return 0
        is_it = Q(session__in=session_ids, status=Status.EXPECTED, on_roster=False)
        return Mark.objects.filter(self.students.whose & self._what, is_it).count()

    def of_any_status(self) -> Records:
        """The same whatever the status; itself where any will do, with what it knows already."""
        return replace(self, status="") if self.status else self

    @property
    def _what(self) -> Q:
        if self.status:
            what = Q(status=self.status, on_roster=True) if self.status == Status.EXPECTED else Q(status=self.status)
            return what & Q(source=self.source) if self.source else what
        # The index begins with the status.
        return Q(status__in=STATUSES_OF[Source(self.source)], source=self.source) if self.source else Q()

    @cached_property
    def _few(self) -> list[tuple[datetime, int, dict[str, int]]] | None:
        """Where few marks are wanted, their class sessions by (start, id), with how many of each status; else None."""
        keys = self.students.marks if self.students.marks is not None else self._few_of_kind()
        if keys is None:
            return None
        wanted = Mark.objects.filter(
            self.students.whose & self._what, pk__in=keys, session__in=self.sessions
        ).order_by()
        counts: dict[tuple[datetime, int], Counter[str]] = defaultdict(Counter)
        for starts_at, session, status in wanted.values_list("session__starts_at", "session", "status"):
            counts[starts_at, session][status] += 1
        return [(*place, counts[place]) for place in sorted(counts)]

    def _few_of_kind(self) -> list[int] | None:
        """The keys of all marks of the status and source where these are rare."""
        # Marks only ever become more, and to walk is right for few as well.
        key = f"many-marks:{self.status}:{self.source}"
        if not self._what or cache.get(key):
            return None
        found = list(Mark.objects.filter(self._what).order_by().values_list("pk", flat=True)[: MOST_RARE + 1])
        if len(found) <= MOST_RARE:
            return found
        cache.set(key, True, MANY_KEPT_SECONDS)
        return None

    @property
    def _most_walked(self) -> int:
        return MOST_SEARCHED if self.students.is_searched and not self._what else MOST_WALKED

    def _growth(self, size: int) -> int:
        """How many times as many class sessions are counted at once as the ``size`` before."""
        if self.students.is_searched:
            # Each name is read: of some students the next few class sessions are enough, of others no near one is.
            return 2 if size <= MOST_SEARCHED and not self._what else GROWTH
        # After the first step: where somebody is wanted, what is left of the walk's first; of a status there are few.
        return GROWTH - 1 if not self.students.is_everybody or not self._what else WALK_GROWTH

    @cached_property
    def _from_first(self) -> Remembered[tuple[int, dict[str, int]]]:
        """The class sessions from the first on: a page that is shown after they were counted asks no more."""
        return Remembered(self._tallies(first=self._most_walked))

    def _tallies(
        self, position: Position | None = None, backwards: bool = False, first: int = FIRST_CHUNK
    ) -> Iterator[tuple[int, dict[str, int]]]:
        """Class sessions in order with how many wanted marks of each status they have."""
        is_ascending = self.oldest_first != backwards
        if self._few is not None:
            yield from _from(self._few, position, is_ascending)
            return
        order, size = self._walk(position, is_ascending, first), first
        while ids := [pk for _, pk in islice(order, size)]:
            counted = (
                Mark.objects.filter(self.students.whose & self._what, session__in=ids)
                .order_by()
                .values("session", "status")
                .annotate(number=Count("pk"))
            )
            tallies: dict[int, dict[str, int]] = {}
            for session, status, number in counted.values_list("session", "status", "number"):
                tallies.setdefault(session, {})[status] = number
            yield from ((pk, tallies.get(pk, {})) for pk in ids)
            if len(ids) < size:
                return
            size = min(size * self._growth(size), LARGEST_CHUNK)

    def _walk(self, position: Position | None, is_ascending: bool, first: int) -> Iterator[tuple[datetime, int]]:
        """Starts and ids of the class sessions in order, from the position on, its own included."""
        sessions = self.sessions if self.courses is None else self.sessions.filter(course__in=self.courses)
        if not self.students.is_everybody:
            # Few class sessions have marks of somebody: they are walked at once, and counted in some steps.
            size = min(first * (GROWTH**2 if self.students.is_searched else GROWTH), LARGEST_CHUNK)
        else:
            size = first if position else MOST_WALKED
        if position:
            return walk(sessions, position, is_ascending, size)
        return iter(self.walked.setdefault(is_ascending, Remembered(walk(sessions, None, is_ascending, size))))

    def _batches(
        self, tallies: Iterable[tuple[int, dict[str, int]]], least: int, position: Position | None = None
    ) -> Iterator[list[int]]:
        """Class sessions with wanted marks, as many at a time as have ``least`` of them."""
        batch, number = [], 0
        for session, tally in tallies:
            if not tally:
                continue
            batch.append(session)
            # Marks of the position's own class session may lie behind it.
            number += sum(tally.values()) if not position or session != position.session_id else 0
            if number >= least:
                yield batch
                batch, number = [], 0
        if batch:
            yield batch

    def _load(self, session_ids: list[int], backwards: bool = False, columns: Sequence[str] = ()) -> list[Mark]:
        """The wanted marks of these class sessions, in order; with all columns where none are named."""
        sessions = ClassSession.objects.select_related("course", "room")
        marks = Mark.objects.filter(self.students.whose & self._what, session__in=session_ids).order_by()
        if columns:
            of_sessions = {each.removeprefix("session__") for each in columns if each.startswith("session__")}
            of_marks = {"session", *NAME, *(each for each in columns if not each.startswith("session__"))}
            sessions = ClassSession.objects.select_related(*_tables(of_sessions)).only("pk", *of_sessions)
            marks = marks.select_related(*_tables(of_marks)).only(*of_marks)
        else:
            marks = marks.select_related("student", "marked_by")
        session_of = sessions.in_bulk(session_ids)
        found: dict[int, list[Mark]] = {session: [] for session in session_ids}
        for mark in marks:
            mark.session = session_of[mark.session_id]
            found[mark.session_id].append(mark)
        return [mark for some in found.values() for mark in sorted(some, key=name_of, reverse=backwards)]


def _from(
    few: list[tuple[datetime, int, dict[str, int]]], position: Position | None, is_ascending: bool
) -> Iterator[tuple[int, dict[str, int]]]:
    """Class sessions in order with their counts, from the position on, its own included."""
    for starts_at, session, tally in few if is_ascending else reversed(few):
        place = starts_at, session
        begin = (position.starts_at, position.session_id) if position else place
        if place >= begin if is_ascending else place <= begin:
            yield session, tally


def _tables(columns: Collection[str]) -> set[str]:
    return {each.split("__")[0] for each in columns if "__" in each}
