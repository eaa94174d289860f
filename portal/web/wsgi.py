"""The door for gunicorn."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.web.settings")

application = get_wsgi_application()

try:
    settings.SECRET_KEY  # noqa: B018  (Django refuses an empty one when it is read)
except ImproperlyConfigured:
    raise SystemExit(
        "ROLLCALL_SECRET_KEY is not set. Make one and keep it: "
        "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
    ) from None
