"""Whether the portal can do its work, for nginx, systemd or a monitor."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal.web.readiness import NO_ANSWER

log = logging.getLogger(__name__)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 and "ok" while the database answers, else 503; asks for no sign-in and tells nothing else.

    A portal that is not set up, or whose database is not of its release, does not come so far: ReadinessMiddleware.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.warning(
            "%s: %s",
            NO_ANSWER,
            error.args[-1] if error.args else type(error).__name__,
            extra={"event": "database away"},
        )
        return HttpResponse(f"{NO_ANSWER}\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
