"""``python -m benchmarks portal``: the portal with ten million marks, and with ten thousand, as it is served."""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.measurement import Figures
from benchmarks.portal.load import Export, Opened, export, open_pages
from benchmarks.private_database import SECRET_KEY, migrated_database, private_server
from benchmarks.room.machine import cpu_seconds, family_of

CORES = 2
WORKERS = 2
SMALL = (150, 6, 4)
"""Students, courses and weeks that have some 10,000 marks, with as many students in a register as the large has."""

WARM_UP_SECONDS = 45
"""Until everybody has opened each of their pages: a database that was kept, and started anew, has nothing in memory."""
SERVER = {"innodb-buffer-pool-size": "2G", "innodb-log-file-size": "1G"}


def run(arguments: argparse.Namespace) -> Figures:
    """Figures in the sense of README.md."""
    os.sched_setaffinity(0, set(range(min(CORES, os.cpu_count() or 1))))
    large_size = (arguments.students, arguments.courses, arguments.weeks)
    with private_server(arguments.keep, **SERVER) as server:
        small = _measure(server, "small", SMALL, arguments)
        large = _measure(server, "large", large_size, arguments)
        figures = large | {"growth": large["p95_ms"] / small["p95_ms"], "small_p95_ms": small["p95_ms"]}
        figures |= {"small_marks": small["marks"], "small_cpu_ms": small["cpu_ms"]}
        return figures


def _measure(server: Any, name: str, size: tuple[int, int, int], arguments: argparse.Namespace) -> Figures:
    environment = _environment(server, name)
    figures: Figures = _filled(server, environment, name, size)
    material = json.loads(_python(environment, "-m", "benchmarks.portal.pages", str(arguments.people)))
    figures |= {"marks": material["marks"], "max_queries": max(material["queries"].values())}
    print(f"{name}: queries: {material['queries']}", file=sys.stderr)
    with _served(environment) as (port, pid):
        open_pages(port, material["people"], WARM_UP_SECONDS)
        processes = [*family_of(pid), server.process.pid]
        before = cpu_seconds(processes)
        opened = open_pages(port, material["people"], arguments.seconds)
        figures["cpu_ms"] = 1000 * (cpu_seconds(processes) - before) / len(opened.all)
    figures |= _of_pages(opened)
    for kind, address in material["exports"].items():
        with _served(environment) as (port, pid):
            done = export(port, address, material["people"][0]["session"])
            figures |= _of_export(kind, done, pid)
    for what in ("export_mb", "export_first_byte_seconds"):
        figures[what] = max(value for key, value in figures.items() if key.startswith(what))
    return figures


def _filled(server: Any, environment: dict[str, str], name: str, size: tuple[int, int, int]) -> Figures:
    """Make the database and fill it, where an earlier run has not kept it; how long that took."""
    migrated_database(server, name)
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM (SELECT 1 FROM {name}.mark LIMIT 1) AS some")
        if cursor.fetchone()[0]:
            return {}
    begun = time.monotonic()
    words = [f"--{what}={number}" for what, number in zip(("students", "courses", "weeks"), size, strict=True)]
    _python(environment, "manage.py", "populate", *words)
    return {"populate_seconds": time.monotonic() - begun}


def _of_pages(opened: Opened) -> Figures:
    for fault in opened.faults[:5]:
        print(fault, file=sys.stderr)
    figures: Figures = {
        "pages": len(opened.all),
        "faults": len(opened.faults),
        "median_ms": 1000 * statistics.median(opened.all),
        "p95_ms": _p95_ms(opened.all),
    }
    for kind, seconds in sorted(opened.seconds.items()):
        figures |= {f"{kind}_median_ms": 1000 * statistics.median(seconds), f"{kind}_p95_ms": _p95_ms(seconds)}
    return figures


def _p95_ms(seconds: list[float]) -> float:
    return 1000 * sorted(seconds)[int(len(seconds) * 0.95)]


def _of_export(kind: str, done: Export, pid: int) -> Figures:
    """The most memory that a worker ever held is that of the one that exported."""
    peaks = [_peak_mb(worker) for worker in family_of(pid)[1:]]
    return {
        f"export_mb_{kind}": max(peaks),
        f"export_first_byte_seconds_{kind}": done.first_byte_seconds,
        f"export_seconds_{kind}": done.seconds,
        f"export_rows_{kind}": done.rows,
    }


def _peak_mb(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def _environment(server: Any, name: str) -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.web.settings",
        "ROLLCALL_DATABASE_URL": server.url("root", "", name),
        "ROLLCALL_SECRET_KEY": SECRET_KEY,
        "ROLLCALL_PLAIN_HTTP": "1",
    }


def _python(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} has failed.")
    return done.stdout


@contextmanager
def _served(environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """gunicorn with the shipped configuration; its port and its process."""
    waiting: Any = __import__("tests.fixtures.waiting", fromlist=["free_port"])
    port = waiting.free_port()
    address = {"ROLLCALL_BIND": f"127.0.0.1:{port}", "ROLLCALL_WEB_WORKERS": str(WORKERS)}
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--log-level", "error"]
    with subprocess.Popen(command, env=environment | address) as process:
        try:
            _wait_for(port)
            yield port, process.pid
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except URLError:
            time.sleep(0.1)
    raise SystemExit("gunicorn does not answer.")
