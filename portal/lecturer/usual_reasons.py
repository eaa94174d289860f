"""Reasons that a person gives with a tap, and the one kept for a whole class session."""

from __future__ import annotations

from django.http import HttpRequest

from portal.attendance.models import ClassSession

USUAL_REASONS = (
    "Seen in class",
    "Was here, the camera missed them",
    "Was not here, the camera was mistaken",
    "Medical note",
    "Excused beforehand",
    "Left early",
)

_KEY = "register_reason"


def kept_reason(request: HttpRequest, session: ClassSession) -> str:
    """The reason that this person chose last in this class session; empty without one."""
    kept = request.session.get(_KEY) or {}
    return str(kept.get("reason", "")) if kept.get("session") == session.pk else ""


def keep_reason(request: HttpRequest, session: ClassSession, reason: str) -> None:
    """Keep it until the person signs out or takes another register. It lies on the server, in no address."""
    if kept_reason(request, session) != reason:
        request.session[_KEY] = {"session": session.pk, "reason": reason}
