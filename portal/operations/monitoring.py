"""/readyz and /metrics, for a monitor on this machine, where ROLLCALL_MONITORING switches them on."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from portal.accounts.models import Account
from portal.operations.metrics import CONTENT_TYPE, write_metrics
from portal.web.middleware import ReadinessMiddleware
from portal.web.readiness import NO_ANSWER

log = logging.getLogger(__name__)

TAKES_NOTHING = "the database takes nothing"


class MonitoringMiddleware:
    """Answers before anything asks for a sign-in, and also by an address: Prometheus has no account and asks 127.0.0.1.

    To whoever is not on this machine these addresses do not exist; nor to a page from elsewhere whose name leads here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.MONITORING:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answers = {"/readyz": readyz, "/metrics": metrics}
        answer = answers.get(request.path_info)
        if answer is None or request.method not in ("GET", "HEAD") or not is_from_this_machine(request):
            return self.get_response(request)
        return answer()


def is_from_this_machine(request: HttpRequest) -> bool:
    """Whether the request comes from this machine, and was not passed on for somebody elsewhere."""
    passed_on = request.headers.get("X-Forwarded-For", "").split(",") if "X-Forwarded-For" in request.headers else []
    asked_by = [request.META.get("REMOTE_ADDR", ""), *passed_on]
    return _is_asked_by_a_name_of_ours(request) and all(_is_loopback(each.strip()) for each in asked_by)


def _is_asked_by_a_name_of_ours(request: HttpRequest) -> bool:
    host, _ = split_domain_port(asked := request.META.get("HTTP_HOST", ""))
    names = ["localhost", *settings.ALLOWED_HOSTS]
    return not asked or _is_loopback(host.strip("[]")) or bool(host and validate_host(host, names))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def readyz() -> HttpResponse:
    """200 and "ok" while the portal can serve, else 503 with the reason.

    It can when it is set up, and its database has the tables of its release and takes changes.
    """
    complaint = ReadinessMiddleware.readiness.complaint() or _complaint_about_writing()
    status = 503 if complaint else 200
    return HttpResponse(f"{complaint or 'ok'}\n", status=status, content_type="text/plain; charset=utf-8")


def _complaint_about_writing() -> str:
    try:
        # It changes no row; a database that is read-only, or a user without the right, refuses it all the same.
        Account.objects.filter(pk=0).update(is_told_of_cameras=False)
    except (DatabaseError, InterfaceError) as error:
        said = error.args[-1] if error.args else type(error).__name__
        log.warning("not ready: %s: %s", TAKES_NOTHING, said, extra={"event": "not ready"})
        return TAKES_NOTHING
    return ""


def metrics() -> HttpResponse:
    """Prometheus's text; of a database that does not answer it says just that, with 200: the portal itself lives."""
    up = "# HELP rollcall_database_up Whether the database answers.\n# TYPE rollcall_database_up gauge\n"
    text = ""
    if not ReadinessMiddleware.readiness.complaint():
        try:
            text = write_metrics(timezone.now())
        except (DatabaseError, InterfaceError) as error:
            log.warning(
                "no metrics: %s: %s",
                NO_ANSWER,
                error.args[-1] if error.args else type(error).__name__,
                extra={"event": "database away"},
            )
    return HttpResponse(f"{up}rollcall_database_up {1 if text else 0}\n{text}", content_type=CONTENT_TYPE)
