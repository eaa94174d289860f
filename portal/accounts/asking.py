"""Asks whoever is not signed in to sign in, and leads them back to a page that they can see.

What is sent by a button goes to an address that often has no page. Who was signed out meanwhile comes back to the page
with the button, and is told that nothing was done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext


class AskingMiddleware(LoginRequiredMiddleware):
    """Every view asks for a sign-in unless it says that it does not."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseRedirect:
        page = page_before(request)
        if request.method in ("GET", "HEAD") or not page:
            return super().handle_no_permission(request, view_func)
        # A script says itself what became of what it sent.
        if request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate":
            messages.warning(request, gettext("Nothing was done: you had been signed out. Sign in, and do it again."))
        return redirect_to_login(page, self.get_login_url(view_func))


def page_before(request: HttpRequest) -> str:
    """The address of the page of ours on which the button stands; "" where the browser does not tell."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(page)
    return urlunsplit(("", "", parts.path, parts.query, "")) if parts.path.startswith("/") else ""
