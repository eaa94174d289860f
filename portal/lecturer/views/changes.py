"""What the person who has signed in has changed."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, changes_of, confidential_reasons_of
from portal.attendance.queries.changes import changes_by
from portal.attendance.queries.confidential import reveal, with_confidential


@require_safe
def changes(request: LecturerRequest) -> HttpResponse:
    """Newest first; ``before`` in the address is the key that a page begins after."""
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    found = with_confidential(changes_of(request.user), confidential_reasons_of(request.user), "change")
    page = changes_by(request.user, found, before)
    reveal(own.change for own in page.changes)
    return render(request, "lecturer/changes.html", {"page": page, "is_first": before is None})
