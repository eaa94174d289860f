"""The one guarded way into these pages: they exist for staff alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse

from portal.attendance.access import LecturerRequest

View = Callable[..., HttpResponse]


def for_staff(view: View) -> View:
    """404 for everybody else, as for anything that is not theirs."""

    @wraps(view)
    def guarded(request: LecturerRequest, *arguments: Any, **options: Any) -> HttpResponse:
        if not request.user.is_staff:
            raise Http404("no such page")
        return view(request, *arguments, **options)

    return guarded
