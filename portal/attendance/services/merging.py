"""Two students who are one person. Their rows stay where they are; both numbers are known from then on."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext

from portal.attendance.models import ClassSession, Evidence, Mark, Student
from portal.attendance.services.deciding import decide_locked, lock_session
from portal.attendance.services.transactions import repeat_transaction


class MergeRefused(Exception):
    """These two cannot be merged. Nothing was written; the message says why."""


def merge(student: Student, into: Student) -> int:
    """Let ``into`` stand for ``student`` too; how many class sessions know both and were decided anew.

    Doing it twice changes nothing. Raises MergeRefused.
    """

    def work() -> None:
        one, other = _locked(student, into)
        if one.merged_into_id == other.pk:
            return
        if one.pk == other.pk:
            raise MergeRefused(gettext("This is the same student. Type the other number of the person."))
        if one.merged_into_id or other.merged_into_id:
            merged = one if one.merged_into_id else other
            raise MergeRefused(gettext("{merged} was merged already. Separate the two first.").format(merged=merged))
        if one.merged.exists():
            raise MergeRefused(
                gettext("{one} stands for another number too. Merge the other way round.").format(one=one)
            )
        one.merged_into = other
        one.save(update_fields=["merged_into"])

    repeat_transaction(work)
    return _decide_shared(student, into)


def separate(student: Student) -> int:
    """Undo ``merge``; how many class sessions know both and were decided anew."""

    def work() -> Student | None:
        (one,) = _locked(student)
        into = one.merged_into
        one.merged_into = None
        one.save(update_fields=["merged_into"])
        return into

    into = repeat_transaction(work)
    return _decide_shared(student, into) if into else 0


def shared_sessions(student: Student, into: Student) -> list[int]:
    """The class sessions that know something of both, by primary key; an open one may expect who has no row yet."""
    known = Mark.objects.filter(student=student).order_by().values("session")
    seen = Evidence.objects.filter(student=student).order_by().values("session")
    of_one = Q(pk__in=known) | Q(pk__in=seen)
    of_other = Q(pk__in=Mark.objects.filter(student=into).order_by().values("session")) | Q(closed_at=None)
    return list(ClassSession.objects.filter(of_one & of_other).order_by("pk").values_list("pk", flat=True))


def _locked(*students: Student) -> list[Student]:
    """The students as they are now, held until the transaction ends."""
    keys = [each.pk for each in students]
    found = {each.pk: each for each in Student.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    return [found[key] for key in keys]


def _decide_shared(student: Student, into: Student) -> int:
    """Decide by what is known of both, or of each alone again; each class session is a transaction of its own."""
    sessions = shared_sessions(student, into)
    for key in sessions:
        repeat_transaction(lambda key=key: _decide(lock_session(key), student, into))  # type: ignore[misc]
    return len(sessions)


def _decide(session: ClassSession, student: Student, into: Student) -> None:
    separated = () if Student.objects.filter(pk=student.pk, merged_into=into).exists() else (student.pk,)
    decide_locked(session, {student.pk, into.pk}, with_roster=session.closed_at is None, separated=separated)
