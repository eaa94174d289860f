"""Looking through a register and saying that it is right."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from portal.attendance.access import LecturerRequest, Right, session_or_404
from portal.attendance.models import ClassSession
from portal.attendance.queries.exceptions import find_exceptions
from portal.attendance.queries.register import register_of
from portal.attendance.schedule import Phase, phase_of
from portal.attendance.services.closing import check_register, sight_when_closed, turn_rest_absent
from portal.lecturer.views.exceptions import MOST_SHOWN


@gzip_page
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: LecturerRequest, session_id: int) -> HttpResponse:
    """Whoever has no answer, to be marked absent by a person who knows; and that the register was checked."""
    session = session_or_404(request.user, session_id, Right.TAKE)
    now = timezone.now()
    sight = sight_when_closed(session, now)
    if phase_of(session, now) is not Phase.OVER:
        messages.warning(request, gettext("A register can be checked once the class session is over."))
        return redirect("lecturer:register", session.pk)
    if request.method == "POST":
        return _check(request, session)
    register = register_of(session, now, sight)
    findings = find_exceptions([session], request.user, now, register)
    context = {
        "session": session,
        "register": register,
        "number": len(findings),
        "findings": findings[:MOST_SHOWN],
        "here": request.path,
    }
    return render(request, "lecturer/check.html", context)


def _check(request: LecturerRequest, session: ClassSession) -> HttpResponse:
    if request.POST.get("rest") == "absent":
        number = turn_rest_absent(session, request.user)
        messages.success(
            request,
            ngettext(
                "Checked: {number} student was marked absent.", "Checked: {number} students were marked absent.", number
            ).format(number=number),
        )
    else:
        check_register(session, request.user)
        messages.success(request, gettext("The register is checked."))
    return redirect("lecturer:register", session.pk)
