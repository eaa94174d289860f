"""The institution's name and logo, on every page."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

LARGEST_LOGO = 200_000
"""Bytes: every page shows it, also on a phone."""

_PNG = b"\x89PNG\r\n\x1a\n"
_BEFORE_SVG = rb"(<\?xml[^>]*\?>|<!--(?:(?!-->).)*-->|<!DOCTYPE svg[^>\[]*>|\s)*"
_SVG = re.compile(rb"(\xef\xbb\xbf)?" + _BEFORE_SVG + rb"<svg[\s>]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture and its media type; ``version`` differs when the picture does."""

    content: bytes
    media_type: str
    version: str


def read_logo(path: str) -> Logo | None:
    """The file that ROLLCALL_LOGO names, without a path none. Raises ImproperlyConfigured where it cannot be shown."""
    if not path:
        return None
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_LOGO + 1)
    except OSError as error:
        raise ImproperlyConfigured(f"ROLLCALL_LOGO names {path}, which cannot be read: {error}.") from None
    if len(content) > LARGEST_LOGO:
        raise ImproperlyConfigured(f"ROLLCALL_LOGO names {path}; expected a picture of at most {LARGEST_LOGO} bytes.")
    media_type = "image/png" if content.startswith(_PNG) else "image/svg+xml" if _SVG.match(content) else ""
    if not media_type:
        raise ImproperlyConfigured(f"ROLLCALL_LOGO names {path}; expected a PNG or an SVG.")
    return Logo(content, media_type, hashlib.sha256(content).hexdigest()[:12])


@require_safe
@login_not_required
def logo(request: HttpRequest) -> HttpResponse:
    """The picture. Opened by itself an SVG is a page too: nothing in it runs, and it loads nothing."""
    if settings.LOGO is None:
        raise Http404("the institution has no logo")
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Cache-Control": "public, max-age=86400",
    }
    return HttpResponse(settings.LOGO.content, content_type=settings.LOGO.media_type, headers=headers)


def institution(request: HttpRequest) -> dict[str, str]:
    """For templates: the institution's name and the address of its logo, each empty where there is none."""
    address = f"{reverse('logo')}?{settings.LOGO.version}" if settings.LOGO else ""
    return {"institution": settings.INSTITUTION, "institution_logo": address}
