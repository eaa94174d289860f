"""Every address of the portal starts here."""

from django.contrib import admin
from django.urls import include, path

from portal.web.health import healthz
from portal.web.institution import logo
from portal.web.worker import worker

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("worker.js", worker, name="worker"),
    path("logo", logo, name="logo"),
    path("admin/", admin.site.urls),
    path("account/", include("portal.accounts.urls")),
    path("", include("portal.operations.urls")),
    path("", include("portal.office.urls")),
    path("", include("portal.lecturer.urls")),
]
