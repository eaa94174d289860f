"""What in closed registers a person should look at, in a constant number of queries however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from portal.accounts.models import Account
from portal.attendance.coverage import covered_time
from portal.attendance.decision import OPENS_BEFORE
from portal.attendance.evidence import seen_of
from portal.attendance.models import (
    ClassSession,
    ClearedException,
    Course,
    Evidence,
    ExceptionKind,
    Excuse,
    Mark,
    MarkChange,
    NearMiss,
    Source,
    Status,
    Student,
)
from portal.attendance.percentages import Rules
from portal.attendance.queries.findings import Finding
from portal.attendance.queries.near_misses import near_misses_in
from portal.attendance.queries.register import Register
from portal.attendance.queries.rules import rules_by_course
from portal.attendance.queries.sight import SessionSight, sight_of

DOUBTS = (Mark.Because.CLOCK, Mark.Because.LOOK_ALIKE)
ORDER = {kind: number for number, kind in enumerate(ExceptionKind)}


def find_exceptions(
    sessions: Collection[ClassSession], viewer: Account | None, now: datetime, register: Register | None = None
) -> list[Finding]:
    """Those of closed registers that nobody has cleared; of corrections those by others than ``viewer`` who teaches.

    Without a viewer no corrections are among them. In the order of the sessions, and of ``ExceptionKind`` in each. The
    sessions need their course and room loaded. ``register``: of a single class session, where the caller has it.
    """
    held = {each.pk: each for each in sessions if each.closed_at and not each.is_cancelled}
    if not held:
        return []
    rules = rules_by_course({each.course_id for each in held.values()})
    near = near_misses_in(held.values(), register.numbers if register else None)
    marks = list(_marks(held, viewer, rules.values(), near))
    evidence = _evidence(held)
    needs_sight = {
        mark.session_id
        for mark in marks
        if mark.status == Status.UNSEEN or _is_early(mark, held[mark.session_id], rules)
    }
    sight = {register.session.pk: register.sight} if register else sight_of([held[key] for key in needs_sight], now)
    found = [
        *_of_marks(held, marks, evidence),
        *_near_misses(held, marks, near),
        *_of_stays(held, marks, rules, sight),
        *_visitors(held, evidence),
        *_unseen(held, marks, sight),
        *_corrected(held, marks),
    ]
    cleared = _cleared(held, viewer)
    place = {key: number for number, key in enumerate(held)}
    rest = [each for each in found if (*each.key, each.facts) not in cleared]
    return sorted(rest, key=lambda each: (place[each.session.pk], ORDER[each.kind], each.students[0].plain_name))


def _marks(
    held: Collection[int], viewer: Account | None, rules: Collection[Rules], near: Collection[tuple[int, int]]
) -> QuerySet[Any]:
    """Every mark that may be an exception, with what says so; by the strictest of the rules."""
    excuses = Excuse.objects.in_force().filter(
        Q(course__isnull=True) | Q(course=OuterRef("session__course")),
        student=OuterRef("student"),
        first_day__lte=OuterRef("session__day"),
        last_day__gte=OuterRef("session__day"),
    )
    own = {"session": OuterRef("session"), "student": OuterRef("student")}
    words = MarkChange.objects.filter(changed_by__isnull=False, **own).order_by("-pk")
    by_camera = Q(source=Source.CAMERA, on_roster=True)
    early, least = min(each.early_minutes for each in rules), max(each.least_minutes for each in rules)
    is_early = Q(last_seen_at__lt=F("session__ends_at") - timedelta(minutes=early))
    is_short = Q(last_seen_at__lt=F("first_seen_at") + timedelta(minutes=least))
    is_odd = is_early | is_short | Q(excuse__isnull=False) | Q(suspicion__isnull=False)
    is_near = Q(session__in={each for each, _ in near}, student__in={each for _, each in near})
    by_others = _by_others(viewer) if viewer else Q(pk__in=())
    return (
        Mark.objects.filter(session__in=held)
        .annotate(
            excuse=Subquery(excuses.order_by("pk").values("pk")[:1]),
            suspicion=Subquery(
                Evidence.objects.filter(suspicion__isnull=False, **own).order_by("suspicion").values("suspicion")[:1]
            ),
            word=Subquery(words.values("pk")[:1]),
        )
        .filter(
            Q(status=Status.UNSEEN, on_roster=True)
            | Q(is_near, source=Source.CLOSING, on_roster=True)
            | (by_camera & is_odd)
            | by_others
        )
        .select_related("student", "marked_by")
        .order_by("student__plain_name", "pk")
    )


def _by_others(viewer: Account) -> Q:
    """The condition on a mark that somebody else has set in a course that the account teaches."""
    teaching = Course.lecturers.through._default_manager.filter(account__in=viewer.accounts).order_by()
    is_taught = Q(session__course__in=teaching.values("course"))
    return Q(source=Source.LECTURER) & is_taught & ~Q(marked_by=viewer)


def _evidence(held: dict[int, ClassSession]) -> dict[tuple[int, int], list[Evidence]]:
    """What was seen of students without a mark, and what was seen and marks nobody; by class session and student.

    A guest who was taken back has a mark, by what was seen: as before, nobody has said whether it is one.
    """
    own = {"session": OuterRef("session"), "student": OuterRef("student")}
    marked = Mark.objects.filter(**own)
    is_taken_back = Exists(marked.filter(on_roster=False, source=Source.CAMERA)) & Exists(
        MarkChange.objects.filter(action__in=(MarkChange.Action.UNDO, MarkChange.Action.BACK), **own)
    )
    is_visitor = ~Exists(marked) | is_taken_back
    rows = Evidence.objects.filter(is_visitor | Q(is_between=True) | Q(is_confirmed=False), session__in=held)
    found: dict[tuple[int, int], list[Evidence]] = defaultdict(list)
    for entry in rows.select_related("student").order_by("first_seen_at", "pk"):
        session = held[entry.session_id]
        if seen_of(entry).within(session.starts_at - OPENS_BEFORE, session.ends_at):
            found[entry.session_id, entry.student_id].append(entry)
    return found


class Stay(NamedTuple):
    """What a mark says of how long somebody was there."""

    session_id: int
    student_id: int
    source: str
    first_seen_at: datetime | None
    last_seen_at: datetime | None


def who_left_early(
    sessions: Mapping[int, ClassSession], stays: Iterable[Stay], rules: Mapping[int, Rules], now: datetime
) -> set[tuple[int, int]]:
    """Class session and student of those stays of which ``find_exceptions`` says, without a viewer, that somebody has
    left early. Two queries, however many there are."""
    early = [each for each in stays if _is_early(each, sessions[each.session_id], rules)]
    held = {each.session_id: sessions[each.session_id] for each in early}
    sight, cleared = sight_of(held.values(), now), _cleared(held, None)
    return {
        (each.session_id, each.student_id)
        for each in early
        if _was_watched(held[each.session_id], each.last_seen_at, sight[each.session_id])
        and (each.session_id, each.student_id, *_stay_facts(each, held[each.session_id], rules)) not in cleared
    }


def _stay_facts(stay: Mark | Stay, session: ClassSession, rules: Mapping[int, Rules]) -> tuple[str, str]:
    """Kind and facts of the exception that a stay is, where it is one; of who did both the first is told."""
    if _is_short(stay, session, rules):
        return ExceptionKind.SHORT.value, _digest(stay.first_seen_at, stay.last_seen_at)
    return ExceptionKind.LEFT_EARLY.value, _digest(stay.last_seen_at, session.ends_at)


def _is_early(mark: Mark | Stay, session: ClassSession, rules: Mapping[int, Rules]) -> bool:
    least = timedelta(minutes=rules[session.course_id].early_minutes)
    return bool(mark.source == Source.CAMERA and mark.last_seen_at and mark.last_seen_at < session.ends_at - least)


def _is_short(mark: Mark | Stay, session: ClassSession, rules: Mapping[int, Rules]) -> bool:
    least = timedelta(minutes=rules[session.course_id].least_minutes)
    return bool(
        mark.source == Source.CAMERA
        and mark.first_seen_at
        and mark.last_seen_at
        and mark.last_seen_at - mark.first_seen_at < least
    )


def _camera_of(mark: Mark) -> tuple[str, ...]:
    return (mark.camera_name,) if mark.camera_name else ()


def _of_marks(
    held: dict[int, ClassSession], marks: Iterable[Any], evidence: dict[tuple[int, int], list[Evidence]]
) -> Iterable[Finding]:
    """What speaks against a single mark."""
    for mark in marks:
        session, word = held[mark.session_id], mark.word or 0
        about = {"mark": mark, "by": _camera_of(mark), "word": word, "seen": _stay(mark)}
        one = (mark.student,)
        if mark.because in DOUBTS:
            entries = evidence.get((mark.session_id, mark.student_id), [])
            facts = _digest(mark.because, *_times(entries))
            yield Finding(session, ExceptionKind.NEAR, one, facts, mark, _span(entries), word=word)
        if mark.source == Source.CAMERA and mark.suspicion:
            facts = _digest(mark.suspicion, mark.status)
            yield Finding(session, ExceptionKind.PHOTO, one, facts, **about)
        if mark.source == Source.CAMERA and mark.excuse:
            facts = _digest(mark.excuse, mark.first_seen_at)
            yield Finding(session, ExceptionKind.EXCUSED, one, facts, **about)


def _near_misses(
    held: dict[int, ClassSession], marks: Iterable[Any], near: Mapping[tuple[int, int], list[NearMiss]]
) -> Iterable[Finding]:
    """Who was nearly named and is not there, unless another doubt is told of them already."""
    for mark in marks:
        misses = near.get((mark.session_id, mark.student_id))
        if misses and mark.source == Source.CLOSING and mark.on_roster and mark.because not in DOUBTS:
            yield Finding(
                held[mark.session_id],
                ExceptionKind.NEAR,
                (mark.student,),
                _digest("near miss", *_times(misses)),
                mark,
                _span(misses),
                word=mark.word or 0,
                near_misses=tuple(misses),
            )


def _of_stays(
    held: dict[int, ClassSession], marks: Iterable[Any], rules: Mapping[int, Rules], sight: dict[int, SessionSight]
) -> Iterable[Finding]:
    """Who was there for a short time, or left early."""
    for mark in marks:
        session = held[mark.session_id]
        about = {"mark": mark, "by": _camera_of(mark), "word": mark.word or 0, "seen": _stay(mark)}
        is_early = _is_early(mark, session, rules) and _was_watched(session, mark.last_seen_at, sight[session.pk])
        about["has_left_early"] = is_early
        if is_early or _is_short(mark, session, rules):
            kind, facts = _stay_facts(mark, session, rules)
            yield Finding(session, ExceptionKind(kind), (mark.student,), facts, **about)


def _stay(mark: Mark) -> tuple[datetime, datetime] | None:
    """From when to when a camera saw the student."""
    return (mark.first_seen_at, mark.last_seen_at) if mark.first_seen_at and mark.last_seen_at else None


def _was_watched(session: ClassSession, since: Any, sight: SessionSight) -> bool:
    """Whether the cameras could have seen somebody after that."""
    covered = covered_time(sight.saw, since, session.ends_at)
    return bool(covered * 100 >= (session.ends_at - since) * session.course.least_coverage_percent)


def _visitors(held: dict[int, ClassSession], evidence: dict[tuple[int, int], list[Evidence]]) -> Iterable[Finding]:
    """Students whom a camera surely saw, and of whom the register says nothing."""
    for (session_id, _), entries in evidence.items():
        sure = [each for each in entries if each.is_confirmed and not each.is_between]
        # Of a student with a mark only what is doubtful was read, unless it is a guest who was taken back.
        if sure:
            cameras = tuple(sorted({each.camera_name for each in sure if each.camera_name}))
            span, session = _span(sure), held[session_id]
            yield Finding(session, ExceptionKind.VISITOR, (sure[0].student,), _digest(*span or ()), None, span, cameras)


def _unseen(held: dict[int, ClassSession], marks: Iterable[Mark], sight: dict[int, SessionSight]) -> Iterable[Finding]:
    """All students of a class session whom no camera could see, and all whom none could name: one finding each."""
    kinds = {Mark.Because.BLIND: ExceptionKind.UNSEEN, Mark.Because.NOT_ENROLLED: ExceptionKind.NOT_ENROLLED}
    groups: dict[tuple[int, ExceptionKind], list[Student]] = defaultdict(list)
    for mark in marks:
        if kind := kinds.get(mark.because):  # type: ignore[call-overload]
            groups[mark.session_id, kind].append(mark.student)
    for (session_id, kind), students in groups.items():
        facts = _digest(*sorted(each.pk for each in students))
        yield Finding(held[session_id], kind, tuple(students), facts, percent=sight[session_id].percent)


def _corrected(held: dict[int, ClassSession], marks: Iterable[Any]) -> Iterable[Finding]:
    """All marks of a class session that others have set."""
    groups: dict[int, list[Any]] = defaultdict(list)
    for mark in marks:
        if mark.source == Source.LECTURER:
            groups[mark.session_id].append(mark)
    for session_id, found in groups.items():
        authors = tuple(sorted({str(mark.marked_by) for mark in found}))
        facts = _digest(*sorted((mark.student_id, mark.word) for mark in found))
        students = tuple(mark.student for mark in found)
        yield Finding(held[session_id], ExceptionKind.CORRECTED, students, facts, found[0], by=authors)


def _cleared(held: Collection[int], viewer: Account | None) -> set[tuple[int, int | None, str, str]]:
    """What was cleared and by which facts. That somebody else corrected a mark each lecturer clears for themselves."""
    rows = ClearedException.objects.filter(session__in=held, withdrawn_at__isnull=True)
    rows = rows.filter(~Q(kind=ExceptionKind.CORRECTED) | Q(cleared_by=viewer))
    return set(rows.order_by().values_list("session", "student", "kind", "facts"))


def _times(entries: Iterable[Evidence | NearMiss]) -> Iterable[datetime]:
    for entry in entries:
        yield from (entry.first_seen_at, entry.last_seen_at)


def _span(entries: Collection[Evidence | NearMiss]) -> tuple[datetime, datetime] | None:
    times = list(_times(entries))
    return (min(times), max(times)) if times else None


def _digest(*parts: object) -> str:
    return blake2b("|".join(map(str, parts)).encode(), digest_size=16).hexdigest()
