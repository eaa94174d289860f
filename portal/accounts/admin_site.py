"""The admin's front: one way to sign in for the whole portal, and no page for who may not use it."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache


class RollcallAdminSite(AdminSite):
    """The admin under Rollcall's name; signing in and out and passwords are the portal's own pages."""

    site_title = _("Rollcall")
    site_header = _("Rollcall")
    index_title = _("Administration")
    site_url = "/"

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send who is not signed in to the portal's sign-in, and refuse who is signed in but not staff."""
        index = reverse("admin:index", current_app=self.name)
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or index)
        if not self.has_permission(request):
            raise PermissionDenied(gettext("The administration is for staff."))
        return redirect(index)

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The portal's page for it is the only one."""
        return redirect("accounts:password")
