"""Works the queue of tasks, until it is told to end."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import timedelta
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone

from portal.attendance.services.digests import send_digests
from portal.attendance.services.exporting.keeping import clear_exports
from portal.attendance.services.importing.jobs import clear_imports
from portal.attendance.services.near_misses import forget_old_near_misses
from portal.attendance.services.tasks import clear_tasks, do_task, take_task
from portal.attendance.services.warning_mails import send_warnings
from portal.attendance.services.warnings import scan_changes

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 1.0
AFTER_AN_ERROR_SECONDS = 10.0
CLEAR_EVERY = timedelta(hours=1)
WARN_EVERY = timedelta(minutes=1)


class Command(BaseCommand):
    help = "Do what takes longer than a request: imports, large exports. rollcall-tasks.service runs it; see deploy/."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="End when nothing waits.")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Work until a signal; a task that is begun then is undone, and begun anew by the next worker."""
        stopping = threading.Event()

        def stop(number: int, frame: FrameType | None) -> None:
            stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        cleared_at = timezone.now() - CLEAR_EVERY
        warned_at = timezone.now() - WARN_EVERY
        while not stopping.is_set():
            try:
                close_old_connections()
                if timezone.now() - cleared_at >= CLEAR_EVERY:
                    cleared_at = timezone.now()
                    clear_imports(cleared_at)
                    clear_tasks(cleared_at)
                    forget_old_near_misses(cleared_at)
                if timezone.now() - warned_at >= WARN_EVERY:
                    warned_at = timezone.now()
                    clear_exports(warned_at)
                    scan_changes(warned_at)
                    send_warnings()
                    send_digests(warned_at)
                if task := take_task():
                    log.info("task %s (%s) begins", task.pk, task.name, extra={"event": "task begins"})
                    do_task(task, stopping.is_set)
                elif options["once"]:
                    return
                else:
                    stopping.wait(LOOK_EVERY_SECONDS)
            except (DatabaseError, InterfaceError) as error:
                why = error.args[-1] if error.args else error
                log.warning("the database of tasks does not answer: %s", why, extra={"event": "database away"})
                connection.close()
                if options["once"]:
                    raise
                stopping.wait(AFTER_AN_ERROR_SECONDS)
