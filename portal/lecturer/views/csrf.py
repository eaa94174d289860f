"""What becomes of a form whose author signed in anew in another window meanwhile."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.csrf import csrf_failure

from portal.lecturer.unsaved import keep_unsaved
from portal.lecturer.views.marks import SIGNED_OUT, is_script, keep_tapped

KEPT = {"lecturer:correct", "lecturer:several", "lecturer:add_excuse"}
"""The pages of forms that are shown again as they were sent."""


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A correction or an excuse is shown again, filled in; all else is refused.

    What a script sends stays kept on its device; where all cookies are lost, it is told that nobody is signed in.
    """
    if is_script(request) and not request.user.is_authenticated:
        return HttpResponse(status=SIGNED_OUT)
    match = request.resolver_match
    if match and match.view_name in KEPT and keep_unsaved(request):
        return redirect(request.path)
    if match and match.view_name == "lecturer:mark" and not is_script(request):
        address = keep_tapped(request, match.kwargs["session_id"])
        return redirect(address) if address else csrf_failure(request, reason)
    return csrf_failure(request, reason)
