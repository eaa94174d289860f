"""What must stand in the environment before anything of ours is imported; loaded by pytest with ``-p``.

Django's settings read ROLLCALL_* when they are imported, and pytest-django imports them before any conftest runs.
Whatever the caller's own ROLLCALL_* said is put aside: a test run must never reach a real database or gallery. Only
those stay that are for the tests alone: ROLLCALL_MEDIA_DIR, a folder of sample photos and clips;
ROLLCALL_TEST_DATABASE, mariadb or mysql; ROLLCALL_MYSQL_ROOT, a folder with a MySQL server in it;
ROLLCALL_TEST_TRIGGERS, 0 for databases without deploy/triggers.sql;
ROLLCALL_TEST_MARKS, how many marks the records are tried with; ROLLCALL_TEST_REPORT, a file for what they cost;
ROLLCALL_RACE_ROUNDS, how many rounds the races last;
ROLLCALL_KILLS, how often a process is killed at a random point; ROLLCALL_SEED, what repeats such a run;
ROLLCALL_SOAK_MINUTES, how long everything breaks at once;
ROLLCALL_LONG, whether everything is tried that takes long, and outages last as long as in life;
ROLLCALL_PROGRAM, the recognizer to try instead of the one from source, as a bundle has it;
ROLLCALL_PICTURES, the folder into which the pictures of the documentation are drawn.

Python keeps what it has compiled, also where the caller's environment says otherwise: a run starts hundreds of
programs, and each would compile its libraries anew.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The repository: what subprocesses run in."""

MEDIA_DIR = "ROLLCALL_MEDIA_DIR"
TEST_DATABASE = "ROLLCALL_TEST_DATABASE"
MYSQL_ROOT = "ROLLCALL_MYSQL_ROOT"
TEST_TRIGGERS = "ROLLCALL_TEST_TRIGGERS"
TEST_MARKS = "ROLLCALL_TEST_MARKS"
TEST_REPORT = "ROLLCALL_TEST_REPORT"
RACE_ROUNDS = "ROLLCALL_RACE_ROUNDS"
KILLS = "ROLLCALL_KILLS"
SEED = "ROLLCALL_SEED"
SOAK_MINUTES = "ROLLCALL_SOAK_MINUTES"
LONG = "ROLLCALL_LONG"
PROGRAM = "ROLLCALL_PROGRAM"
PICTURES = "ROLLCALL_PICTURES"
_KEPT = {
    MEDIA_DIR,
    TEST_DATABASE,
    MYSQL_ROOT,
    TEST_TRIGGERS,
    TEST_MARKS,
    TEST_REPORT,
    RACE_ROUNDS,
    KILLS,
    SEED,
    SOAK_MINUTES,
    LONG,
    PROGRAM,
    PICTURES,
}

_folder = Path(tempfile.mkdtemp(prefix="rollcall-tests-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)


def settle(environ: MutableMapping[str, str], folder: Path) -> None:
    """Replace every other ROLLCALL_* by what tests need: plain http, a secret of their own, SQLite in the folder."""
    for name in [name for name in environ if name.startswith("ROLLCALL_") and name not in _KEPT]:
        del environ[name]
    environ["ROLLCALL_SECRET_KEY"] = secrets.token_urlsafe(50)
    environ["ROLLCALL_DATABASE_URL"] = f"sqlite:///{folder / 'portal.sqlite3'}"
    environ["ROLLCALL_PLAIN_HTTP"] = "1"


def product_environment(**rollcall: str) -> dict[str, str]:
    """The environment for a subprocess: this one's without any ROLLCALL_*, then the ones given (without the prefix)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ROLLCALL_", "DJANGO_"))}
    return kept | {f"ROLLCALL_{name.upper()}": value for name, value in rollcall.items()}


settle(os.environ, _folder)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
