"""Answers to pages that refresh themselves."""

from __future__ import annotations

from portal.attendance.access import (
    LecturerRequest,
)

NO_NEWS, STOP_POLLING = 204, 286
"""Answers to htmx: leave the page as it is; and ask no more."""


def polling_status(request: LecturerRequest, is_live: bool) -> int:
    return STOP_POLLING if request.htmx and request.method == "GET" and not is_live else 200  # type: ignore[attr-defined]
