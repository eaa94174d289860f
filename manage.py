#!/usr/bin/env python3
"""Django's command line for the portal."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError


def main() -> None:
    """Run one command; what the administrator has to mend is said in one line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.web.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        raise SystemExit(f"manage.py: {error}") from None
    except OperationalError as error:
        raise SystemExit(f"manage.py: the database does not answer as it should: {error.args[-1]}") from None


if __name__ == "__main__":
    main()
