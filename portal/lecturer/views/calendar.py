"""The timetable for calendar programs, behind an address that nobody can guess."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from portal.accounts.calendar_addresses import find_owner
from portal.attendance.access import Right, own_courses_of
from portal.attendance.models import ClassSession
from portal.lecturer.timetable_file import timetable_file

SINCE, UNTIL = timedelta(days=90), timedelta(days=400)
"""What programs are told of, before and after now."""


@gzip_page
@login_not_required
@require_safe
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """The class sessions that the address's owner teaches or assists in, of staff too. It asks for no sign-in."""
    owner = find_owner(secret)
    if owner is None:
        raise Http404("nobody's address")
    now = timezone.now()
    sessions = (
        ClassSession.objects.filter(
            course__in=own_courses_of(owner, Right.TAKE), starts_at__gt=now - SINCE, starts_at__lt=now + UNTIL
        )
        .select_related("course", "room")
        .order_by("starts_at", "pk")
    )

    def address_of(session: ClassSession) -> str:
        return request.build_absolute_uri(reverse("lecturer:register", args=[session.pk]))

    content = timetable_file(
        gettext("Rollcall: {owner}").format(owner=owner), sessions, request.get_host(), address_of, now
    )
    headers = {"Referrer-Policy": "no-referrer", "Content-Disposition": 'inline; filename="timetable.ics"'}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)
