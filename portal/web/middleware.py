"""What every answer carries, and the time zone that a person reads times in."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation

from portal.accounts.time_zones import zone_named
from portal.web.languages import browser_language
from portal.web.readiness import Readiness

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
"""Scripts, styles and requests from here alone, none written into a page; data: is for icons inside style sheets."""

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

Answer = Callable[[HttpRequest], HttpResponse]


class BrowserPolicyMiddleware:
    """Tells the browser what our pages may do, and to keep no copy of them on a shared machine."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = CONTENT_SECURITY_POLICY + ("" if settings.PLAIN_HTTP else "; upgrade-insecure-requests")
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class ReadinessMiddleware:
    """Answers 503, with what to do, while the portal is not set up or its database is not of this release."""

    readiness = Readiness()
    """Of this process, whichever handler asks."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The page that says so has a style sheet.
        if request.path.startswith(settings.STATIC_URL) or not (complaint := self.readiness.complaint()):
            return self.get_response(request)
        headers = {"Retry-After": "30"}
        if request.path == "/healthz":
            return HttpResponse(f"{complaint}\n", status=503, content_type="text/plain", headers=headers)
        with translation.override(browser_language(request)):
            page = render_to_string("503.html", {"complaint": complaint})
        return HttpResponse(page, status=503, headers=headers)


class TimeZoneMiddleware:
    """Shows times in the account's own time zone, in UTC to who is not signed in."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            with timezone.override(None):
                return self.get_response(request)
        with timezone.override(zone_named(request.user.time_zone)):
            return self.get_response(request)
