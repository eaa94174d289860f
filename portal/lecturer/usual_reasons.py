"""Reasons that a person gives with a tap, and the one kept for a whole class session."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from portal.attendance.models import ClassSession
from portal.web.languages import later as _

USUAL_REASONS = (
    _("Seen in class"),
    _("Was here, the camera missed them"),
    _("Was not here, the camera was mistaken"),
    _("Medical note"),
    _("Excused beforehand"),
    _("Left early"),
)

_KEY = "register_reason"


def usual_reasons(kinds: Iterable[str]) -> list[str]:
    """Those, and the kinds of confidential reasons that are none of them."""
    usual = {reason.casefold() for reason in USUAL_REASONS}
    return [*map(str, USUAL_REASONS), *(kind for kind in kinds if kind.casefold() not in usual)]


def kept_reason(request: HttpRequest, session: ClassSession) -> str:
    """The reason that this person chose last in this class session; empty without one."""
    kept = request.session.get(_KEY) or {}
    return str(kept.get("reason", "")) if kept.get("session") == session.pk else ""


def keep_reason(request: HttpRequest, session: ClassSession, reason: str) -> None:
    """Keep it until the person signs out or takes another register. It lies on the server, in no address."""
    if kept_reason(request, session) != reason:
        request.session[_KEY] = {"session": session.pk, "reason": reason}
