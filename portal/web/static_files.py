"""The collected static files. A portal without them does not start; a page that misses one is shown all the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import Error, Tags, register
from whitenoise.storage import CompressedManifestStaticFilesStorage

_REMEDY = "Run `manage.py collectstatic --no-input` as a user whose files the portal may read."


class CollectedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise ships no types.
    """Files under names with their hash, and under their plain name where the manifest lacks one.

    Django's own storage raises an error there, also in the page that is to tell of an error.
    """

    def load_manifest(self) -> tuple[dict[str, str], str]:
        """The hashed names by plain name; none where the manifest is missing or cannot be read."""
        try:
            names, digest = super().load_manifest()
        except (OSError, ValueError):
            return {}, ""
        return names, digest

    def url(self, name: str, force: bool = False) -> str:
        """The address of a file."""
        try:
            return str(super().url(name, force))
        except ValueError:
            return f"{settings.STATIC_URL}{name}"


@register(Tags.staticfiles, deploy=True)
def check_collected(app_configs: Any, **kwargs: Any) -> list[Error]:
    """For ``manage.py check --deploy``: an error where the portal would not start."""
    complaint = find_missing()
    return [Error(complaint, hint=_REMEDY, id="portal.E001")] if complaint else []


def refusal() -> str:
    """Why the portal must not start, and what to do; empty where all is well."""
    complaint = find_missing()
    return f"{complaint} {_REMEDY}" if complaint else ""


def find_missing() -> str:
    """Which static file of the installed release was not collected or may not be read; empty where none."""
    if settings.STATIC_ROOT is None:
        return ""  # Plain http serves them where they lie.
    root = Path(settings.STATIC_ROOT)
    collected = CollectedFiles(location=root).hashed_files
    if not collected:
        return f"The static files are not in {root}, or cannot be read."
    for finder in get_finders():
        for name, _ in finder.list(StaticFilesConfig.ignore_patterns):
            if name not in collected:
                return f"The static file {name} is not in {root}."
            if not os.access(root / collected[name], os.R_OK):
                return f"The static file {root / collected[name]} cannot be read."
    return ""
