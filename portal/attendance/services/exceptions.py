"""Clearing exceptions: what a person has looked at and leaves as it is."""

from __future__ import annotations

from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.models import ClassSession, ClearedException, ExceptionKind
from portal.attendance.queries.exceptions import find_exceptions
from portal.attendance.queries.findings import Finding
from portal.attendance.services.warnings import evaluate_course


class StaleException(Exception):
    """The facts have changed since it was shown, or somebody else has settled it. Nothing was written."""


def find_shown(session: ClassSession, kind: str, student_id: int | None, facts: str, by: Account) -> Finding:
    """The exception as it was shown to a person; raises StaleException where it is not there like that any more."""
    for finding in find_exceptions([session], by, timezone.now()):
        if finding.key == (session.pk, student_id, kind) and finding.facts == facts:
            return finding
    raise StaleException


def clear(finding: Finding, by: Account) -> ClearedException:
    """Write down that this person has looked at it."""
    cleared = ClearedException.objects.create(
        session=finding.session,
        student=finding.student,
        kind=finding.kind,
        facts=finding.facts,
        cleared_by=by,
        cleared_by_name=by.name,
    )
    _tell_warnings(cleared)
    return cleared


def withdraw(cleared: ClearedException, by: Account) -> bool:
    """Let it be an exception again; False where it is one already."""
    rows = ClearedException.objects.filter(pk=cleared.pk, withdrawn_at__isnull=True)
    is_withdrawn = rows.update(withdrawn_by=by, withdrawn_at=timezone.now()) > 0
    if is_withdrawn:
        _tell_warnings(cleared)
    return is_withdrawn


def _tell_warnings(cleared: ClearedException) -> None:
    """Who has left early and was cleared is warned of it no more."""
    if cleared.kind in (ExceptionKind.LEFT_EARLY, ExceptionKind.SHORT):
        evaluate_course(cleared.session.course)
