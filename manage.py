#!/usr/bin/env python3
"""Django's command line for the portal."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

EX_CONFIG = 78
"""The exit status of sysexits.h for a program that is not set up."""


def main() -> None:
    """Run one command; what the administrator has to mend is said in one line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.web.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        from portal.web.readiness import NOT_SET_UP, is_set_up

        # Settings that are wrong cannot be asked.
        if settings.configured and not is_set_up():
            print(f"manage.py: {NOT_SET_UP}", file=sys.stderr)  # noqa: T201
            raise SystemExit(EX_CONFIG) from None
        raise SystemExit(f"manage.py: {error}") from None
    except OperationalError as error:
        raise SystemExit(f"manage.py: the database does not answer as it should: {error.args[-1]}") from None


if __name__ == "__main__":
    main()
