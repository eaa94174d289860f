"""Where a room or a lecturer would be in two class sessions at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush

from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Course, Room
from portal.attendance.models.timetable import LONGEST

MOST_PER_MEETING = 3
"""Of a meeting that clashes with hundreds, so many clashes are told."""

Resource = tuple[str, int]
"""A room or a lecturer, by primary key."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """When and where a course meets, or would meet; ``session_id`` where it is in the database."""

    course_id: int
    room_id: int
    starts_at: datetime
    ends_at: datetime
    session_id: int | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """Two meetings at once: ``meeting`` was asked about, ``other`` may be in the database or was asked about before."""

    meeting: Meeting
    other: Meeting
    words: str


@dataclass
class _Running:
    """The meetings of one room or lecturer that go on at a time, by when they end."""

    asked: list[tuple[datetime, int]] = field(default_factory=list)
    known: list[tuple[datetime, int]] = field(default_factory=list)

    def forget_ended(self, now: datetime) -> None:
        for heap in (self.asked, self.known):
            while heap and heap[0][0] <= now:
                heappop(heap)


def meeting_of(session: ClassSession) -> Meeting:
    """As it stands, whether it is saved or not."""
    return Meeting(session.course_id, session.room_id, session.starts_at, session.ends_at, session.pk)


def find_clashes(asked: Sequence[Meeting], leaving: Iterable[int] = ()) -> list[Clash]:
    """The clashes of these meetings with each other and with the class sessions that are planned, in order of time.

    A meeting with a ``session_id`` takes the place of that class session; those in ``leaving`` are going away.
    """
    if not asked:
        return []
    gone = {each.session_id for each in asked} | set(leaving)
    meetings = [*asked, *(each for each in _planned(asked) if each.session_id not in gone)]
    lecturers = _lecturers({each.course_id for each in meetings})
    shared: dict[tuple[int, int], set[Resource]] = defaultdict(set)
    for resource, members in _by_resource(meetings, lecturers).items():
        for pair in _pairs(meetings, members, len(asked)):
            if resource[0] == "room" or _is_one_lecturers(meetings, pair, lecturers):
                shared[pair].add(resource)
    return _told(meetings, shared)


def _planned(asked: Sequence[Meeting]) -> list[Meeting]:
    """The class sessions around that time that take place."""
    start, end = min(each.starts_at for each in asked), max(each.ends_at for each in asked)
    rows = ClassSession.objects.filter(
        is_cancelled=False, starts_at__gte=start - LONGEST, starts_at__lt=end, ends_at__gt=start
    )
    values = rows.order_by().values_list("course", "room", "starts_at", "ends_at", "pk")
    return [Meeting(*row) for row in values.iterator(chunk_size=2000)]


def _lecturers(courses: set[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    person = Coalesce("account__merged_into", "account")
    for row in Course.lecturers.through._default_manager.values_list("course_id", person):
        if row[0] in courses:
            found[row[0]].add(row[1])
    return found


def _by_resource(meetings: Sequence[Meeting], lecturers: dict[int, set[int]]) -> dict[Resource, list[int]]:
    """The places of the meetings that need each room and each lecturer, in order of time."""
    found: dict[Resource, list[int]] = defaultdict(list)
    for place in sorted(range(len(meetings)), key=lambda place: (meetings[place].starts_at, place)):
        meeting = meetings[place]
        found["room", meeting.room_id].append(place)
        for lecturer in lecturers.get(meeting.course_id, ()):
            found["lecturer", lecturer].append(place)
    return found


def _pairs(meetings: Sequence[Meeting], members: list[int], asked: int) -> Iterator[tuple[int, int]]:
    """Two places at a time, the one that was asked about first; the first ``asked`` places were."""
    running = _Running()
    for place in members:
        meeting = meetings[place]
        running.forget_ended(meeting.starts_at)
        for _, other in running.asked[:MOST_PER_MEETING]:
            yield (place, other) if place < asked else (other, place)
        if place < asked:
            yield from ((place, other) for _, other in running.known[:MOST_PER_MEETING])
        heappush(running.asked if place < asked else running.known, (meeting.ends_at, place))


def _is_one_lecturers(meetings: Sequence[Meeting], pair: tuple[int, int], lecturers: dict[int, set[int]]) -> bool:
    """Whether both need the same person: groups of one course with several lecturers may meet at once."""
    first, second = (meetings[place].course_id for place in pair)
    return first != second or len(lecturers[first]) == 1


def _told(meetings: Sequence[Meeting], shared: dict[tuple[int, int], set[Resource]]) -> list[Clash]:
    pairs = sorted(shared, key=lambda pair: (meetings[pair[0]].starts_at, pair))
    places = {place for pair in pairs for place in pair}
    codes = dict(
        Course.objects.filter(pk__in={meetings[place].course_id for place in places}).values_list("pk", "code")
    )
    rooms = Room.objects.in_bulk({meetings[place].room_id for place in places})
    people = Account.objects.in_bulk({key for each in shared.values() for kind, key in each if kind == "lecturer"})

    def words(pair: tuple[int, int]) -> str:
        other = meetings[pair[1]]
        room = rooms[other.room_id]
        start, end = other.starts_at.astimezone(room.zone), other.ends_at.astimezone(room.zone)
        when = f"{start:%H:%M}–{end:%H:%M}"
        who = [str(people[key]) for kind, key in sorted(shared[pair]) if kind == "lecturer"]
        if any(kind == "room" for kind, _ in shared[pair]):
            also = gettext(", which {who} teaches too").format(who=", ".join(who)) if len(who) == 1 else ""
            return gettext("{name} is taken by {value}, {when}{also}").format(
                name=room.name, value=codes[other.course_id], when=when, also=also
            )
        return gettext("{who} teaches {value} in {name}, {when}").format(
            who=", ".join(who), value=codes[other.course_id], name=room.name, when=when
        )

    return [Clash(meetings[pair[0]], meetings[pair[1]], words(pair)) for pair in pairs]
