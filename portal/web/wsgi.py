"""The door for gunicorn."""

import os

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from portal.web import configuration


def load() -> WSGIHandler:
    """The portal. Ends the program with one line where it is not fit to serve."""
    try:
        django.setup(set_prefix=False)
    except ImproperlyConfigured as error:
        raise SystemExit(f"The portal cannot start: {error}") from None
    try:
        settings.SECRET_KEY  # noqa: B018  (Django refuses an empty one when it is read)
    except ImproperlyConfigured:
        raise SystemExit(f"ROLLCALL_SECRET_KEY is not set. {configuration.MAKE_KEY}") from None
    try:
        configuration.refuse_unsafe(settings)
    except ImproperlyConfigured as error:
        raise SystemExit(f"The portal cannot start: {error}") from None
    # Of pages alone: a migration or a backup takes as long as it takes.
    configuration.limit_statements(settings.DATABASES["default"])
    from portal.web.static_files import refusal

    if reason := refusal():
        raise SystemExit(f"The portal cannot start: {reason}")
    return get_wsgi_application()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.web.settings")

application = load()
