"""Excuses are entered and withdrawn; whatever registers say of the student on those days is decided anew with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.accounts.models import Account
from portal.accounts.models.trail import note_row
from portal.attendance.decision import OPENS_BEFORE
from portal.attendance.models import ClassSession, ConfidentialReason, Excuse, Mark, Source, Status
from portal.attendance.services.confidential import Reason, hide, read_reason
from portal.attendance.services.deciding import decide_anew
from portal.attendance.services.rosters import hold_students
from portal.attendance.services.transactions import repeat_transaction

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the marks on the days of some excuses: how many are excused now, and how many were seen."""

    excused: int
    seen: int


class NothingToWithdraw(Exception):
    """The excuse has been withdrawn already. Nothing was written."""


def enter_excuses(excuses: Sequence[Excuse], by: Account) -> Outcome:
    """Add excuses that ``by`` has filled in, and decide the students' marks anew; all of it or nothing.

    One that is there already (same student, course, days and author, and in force) is not added a second time.
    ``excuses`` then have their primary keys, and those that were added one moment in which they were entered.
    """

    said = [read_reason(excuse.reason) for excuse in excuses]

    def work() -> Outcome:
        # Of two that enter the same excuse at once one waits, and finds it there.
        hold_students(excuse.student_id for excuse in excuses)
        now = timezone.now()
        for excuse, reason in zip(excuses, said, strict=True):
            excuse.reason, excuse.entered_by, excuse.entered_by_name = reason.shown, by, by.name
            known = _find_same(excuse, reason.hidden)
            excuse.pk, excuse.entered_at = (known.pk, known.entered_at) if known else (None, now)
            if known is None:
                excuse.save(force_insert=True)
                hide(reason, by, excuse=excuse)
                note_row(excuse, "excuse", new="entered")
        _decide_concerned(excuses)
        return _outcome_of(excuses)

    return repeat_transaction(work)


def withdraw_excuses(excuses: Sequence[Excuse], by: Account) -> Outcome:
    """Take excuses back, so that what was seen, or not, answers again; they stay in the table.

    Those that somebody has withdrawn meanwhile are passed over. Raises NothingToWithdraw where there is none else.
    """

    def work() -> Outcome:
        values = {"withdrawn_by": by, "withdrawn_by_name": by.name, "withdrawn_at": timezone.now()}
        in_force = Excuse.objects.in_force()
        ours = [each for each in _in_order(excuses) if in_force.filter(pk=each.pk).update(**values)]
        if not ours:
            raise NothingToWithdraw
        for excuse in ours:
            note_row(excuse, "excuse", old="entered", new="withdrawn")
        _decide_concerned(ours)
        return _outcome_of(ours)

    return repeat_transaction(work)


def enter_again(withdrawn: Sequence[Excuse]) -> tuple[list[Excuse], Outcome]:
    """Enter excuses anew as they stood before they were withdrawn: who reads the reason stays as it was.

    One that is in force again already is not added a second time. The trail says who has done it.
    """

    def work() -> tuple[list[Excuse], Outcome]:
        hold_students(excuse.student_id for excuse in withdrawn)
        entered = [_enter_again(excuse) for excuse in _in_order(withdrawn)]
        _decide_concerned(entered)
        return entered, _outcome_of(entered)

    return repeat_transaction(work)


def _enter_again(withdrawn: Excuse) -> Excuse:
    hidden = ConfidentialReason.objects.filter(excuse=withdrawn).select_related("entered_by").first()
    if known := _find_same(withdrawn, hidden.text if hidden else ""):
        return known
    names = ("student", "course", "first_day", "last_day", "reason", "entered_by", "entered_by_name", "entered_at")
    excuse = Excuse.objects.create(**{name: getattr(withdrawn, name) for name in names})
    if hidden:
        hide(Reason(withdrawn.reason, hidden.text), hidden.entered_by, excuse=excuse)
    note_row(excuse, "excuse", old="withdrawn", new="entered again")
    return excuse


def _in_order(excuses: Iterable[Excuse]) -> list[Excuse]:
    return sorted(excuses, key=lambda excuse: excuse.pk)


def sessions_of(excuse: Excuse) -> QuerySet[ClassSession]:
    """The class sessions on the days of an excuse, of its course or of every course.

    The starts say the same as the days, with a day to spare on both sides, and are in an index.
    """
    start = datetime.combine(excuse.first_day, time.min, UTC) - DAY
    end = datetime.combine(excuse.last_day, time.min, UTC) + 2 * DAY
    days = Q(day__gte=excuse.first_day, day__lte=excuse.last_day, starts_at__gt=start, starts_at__lt=end)
    return ClassSession.objects.filter(days, Q(course=excuse.course_id) if excuse.course_id else Q())


def _find_same(excuse: Excuse, hidden: str) -> Excuse | None:
    """The one in force that says the same; ``hidden`` is what is confidential of the reason."""
    same = Excuse.objects.in_force().filter(
        student=excuse.student_id,
        course=excuse.course_id,
        first_day=excuse.first_day,
        last_day=excuse.last_day,
        entered_by=excuse.entered_by_id,
        reason=excuse.reason,
    )
    if hidden:
        same = same.filter(confidential__text=hidden)
    return same.order_by("pk").first()


def _decide_concerned(excuses: Iterable[Excuse]) -> None:
    """In the order of their ids, as everybody locks class sessions. Also of whoever stands for the student.

    A register that is about to be closed has no row of the student yet: it is locked all the same, so that whoever
    closes it sees the excuse, or has written the row that is decided here.
    """
    concerned: dict[int, set[int]] = {}
    begun = Q(closed_at__isnull=True, starts_at__lte=timezone.now() + OPENS_BEFORE)
    for excuse in excuses:
        sessions = sessions_of(excuse)
        students = {excuse.student_id, excuse.student.person_id}
        with_row = sessions.filter(marks__student__in=students)
        taught = sessions.filter(begun, course__roster__student__in=students)
        for key in {*with_row.values_list("pk", flat=True), *taught.values_list("pk", flat=True)}:
            concerned.setdefault(key, set()).update(students)
    found = ClassSession.objects.in_bulk(concerned)
    for key in sorted(found):
        decide_anew(found[key], students=concerned[key])


def _outcome_of(excuses: Iterable[Excuse]) -> Outcome:
    excused, seen = set(), set()
    for excuse in excuses:
        marks = Mark.objects.filter(session__in=sessions_of(excuse), student=excuse.student_id, on_roster=True)
        for key, status, source in marks.order_by().values_list("pk", "status", "source"):
            if (status, source) == (Status.EXCUSED, Source.EXCUSE):
                excused.add(key)
            elif source == Source.CAMERA:
                seen.add(key)
    return Outcome(len(excused), len(seen))
