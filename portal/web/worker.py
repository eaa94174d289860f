"""The script that keeps an open register on the device. It lies at the root, since it sees only what lies below it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the registers, which says nothing of anybody."""
    answer = render(request, "portal/worker.js", {"static": settings.STATIC_URL}, content_type="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer
