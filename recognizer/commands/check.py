"""``recognizer check``: try everything that ``run`` needs, and say of each how it is."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import Enum
from functools import cache, partial
from pathlib import Path

from recognizer.bootstrap.database import build_inspection
from recognizer.bootstrap.outbox import open_outbox
from recognizer.bootstrap.probe import load_detector, probe_camera
from recognizer.commands.camera_check import describe_look, explain_darkness, explain_look, explain_stillness
from recognizer.commands.capacity_check import check_capacity
from recognizer.commands.database_check import (
    DatabaseCheck,
    check_lease,
    check_rights,
    check_room,
    check_triggers,
    check_way,
)
from recognizer.commands.enrolment_check import check_gallery, check_key, check_numbers, check_roster
from recognizer.commands.findings import Finding, Later
from recognizer.commands.password_check import explain_readable
from recognizer.config.configuration import CameraConfig, Config, require_room_and_cameras
from recognizer.config.reading import find_file
from recognizer.domain.ports.camera import Detector
from recognizer.domain.ports.inspection import Inspection
from recognizer.errors import RecognizerError
from recognizer.ops.clock import LARGEST_OFFSET, utc_now
from recognizer.ops.confinement import NETWORK_VERSION, landlock_version
from recognizer.ops.redaction import redact
from recognizer.ops.wording import count_of

SUMMARY = "try everything that run needs, and say of each how it is"

FAILED_EXIT_CODE = 1

LEAST_FREE_BYTES = 200 * 1024 * 1024
"""On the state folder's disk: the outbox is small, but a full disk stops more than it."""

LARGEST_CLOCK_DIFFERENCE = timedelta(seconds=5)

_RELEASED = datetime(2025, 1, 1)  # noqa: DTZ001 - naive UTC as everywhere
_PLAIN = "\x1b[0m"

_DESCRIPTION = """\
Try everything that `recognizer run` needs and print a line for each: configuration, gallery, models, database, rights,
room and its lease, numbers and rosters against the gallery, cameras, confinement, clock, disk, outbox. Each camera is
looked at for some seconds: how large its pictures are, how many come each second, how well lit they are, and whether
faces are found in them.
Nothing is changed anywhere, and no mark is written."""

_EPILOG = """\
exit codes:
  0    all is well, as far as it can be told now: a line that begins with – warns, or says what to try again, and when
  1    something is not; its line says what to do. With --capacity: there are more cameras than this machine carries
  78   the configuration is wrong"""


Check = Callable[[], str]


class Sign(Enum):
    """How a line begins: on a terminal in colour, and in ASCII where the output takes no more."""

    GOOD = ("✓", "ok", "\x1b[32m")
    LATER = ("–", "--", "\x1b[33m")
    BAD = ("✗", "!!", "\x1b[31m")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "--capacity",
        action="store_true",
        help="instead, watch all cameras for a minute and say how many such cameras this machine carries",
    )
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter


def execute(arguments: argparse.Namespace, config: Config) -> int:
    """Check one thing after the other, and return the exit code. Raises RecognizerError where capacity is asked for."""
    if arguments.capacity:
        return check_capacity(config)
    is_well = True
    for name, check in _checks(config, find_file(arguments.config, os.environ)):
        try:
            answer, sign = check(), Sign.GOOD
        except Later as notice:
            answer, sign = str(notice), Sign.LATER
        except RecognizerError as error:
            answer, sign = str(error).removeprefix(f"{name}: "), Sign.BAD
        except OSError as error:
            place = f" ({error.filename})" if error.filename else ""
            answer, sign = f"{error.strerror or error}{place}; run it as the user that `run` has", Sign.BAD
        _print_line(sign, name, "; ".join(redact(answer).splitlines()))
        is_well = is_well and sign is not Sign.BAD
    return 0 if is_well else FAILED_EXIT_CODE


def _checks(config: Config, file: Path | None) -> Iterator[tuple[str, Check]]:
    inspection = build_inspection(config)
    # Loaded once, for the models' line and all cameras'.
    detector = cache(partial(load_detector, config))
    yield "configuration", partial(_check_configuration, config)
    if file is not None:
        yield "passwords", partial(_check_passwords, config, file)
    yield "gallery", partial(check_gallery, config)
    yield "key", partial(check_key, config)
    yield "models", partial(_check_models, config, detector)
    database = DatabaseCheck(config, inspection)
    yield "database", database
    if database.is_the_portals:
        yield "way to the database", partial(check_way, inspection, config)
        yield "rights", partial(check_rights, inspection)
        yield "triggers", partial(check_triggers, inspection)
        if config.room:  # The configuration's line says that it is missing.
            yield "room", partial(check_room, inspection, config)
            yield "lease", partial(check_lease, inspection, config)
        yield "numbers", partial(check_numbers, config)
        yield "roster", partial(check_roster, config)
    for camera in config.cameras:
        yield f"camera {camera.name}", partial(_check_camera, config, camera, detector)
    yield "photos held up", _check_held_up
    yield "confinement", _check_confinement
    yield "clock", partial(_check_clock, inspection if database.is_reachable else None)
    yield "disk", partial(_check_disk, config.state_dir)
    yield "outbox", partial(_check_outbox, config)


def _check_configuration(config: Config) -> str:
    require_room_and_cameras(config)
    count = len(config.cameras)
    return f'room "{config.room}", {count_of(count, "camera")}, state in {config.state_dir}'


def _check_passwords(config: Config, file: Path) -> str:
    if warning := explain_readable(config, file):
        raise Later(warning)
    return "nobody else may read those in the configuration"


def _check_models(config: Config, detector: Callable[[], Detector]) -> str:
    detector()
    return f"{config.recognition.engine} engine loaded"


def _check_camera(config: Config, camera: CameraConfig, detector: Callable[[], Detector]) -> str:
    try:
        finds_faces = detector()
    except RecognizerError:
        finds_faces = None  # the models' line says why
    report = probe_camera(config, camera, finds_faces)
    if notice := explain_darkness(report, camera):
        raise Later(notice)
    if fault := explain_look(report, camera):
        raise Finding(fault)
    if notice := explain_stillness(report, camera):
        raise Later(notice)
    return describe_look(report, camera)


def _check_held_up() -> str:
    raise Later(
        "a flat photo before a camera is marked present: this release has no test that somebody is really there; where "
        "a face never changes, or is there twice at once, the register asks the lecturer to look"
    )


def _check_confinement() -> str:
    if not (version := landlock_version()):
        raise Later(
            "this kernel has no Landlock, so a camera that takes over the process that decodes it can read what this "
            "user can; Debian 12 and later kernels have it"
        )
    what = "files, processes and ports" if version >= NETWORK_VERSION else "files and processes"
    return f"what decodes a camera's video is kept from other {what} (Landlock {version})"


def _check_clock(inspection: Inspection | None) -> str:
    if utc_now() < _RELEASED:
        raise Finding(f"this machine's clock says {utc_now():%Y-%m-%d %H:%M} UTC; set it, and turn on NTP")
    before = utc_now()
    theirs = inspection.now() if inspection else None
    now = before + (utc_now() - before) / 2
    if theirs is None:
        return f"{now:%Y-%m-%d %H:%M:%S} UTC"
    difference = abs(theirs - now)
    if difference > LARGEST_CLOCK_DIFFERENCE:
        effect = "nobody is marked until then; " if difference > LARGEST_OFFSET else ""
        raise Finding(
            f"this machine says {now:%Y-%m-%d %H:%M:%S} UTC, the database's {theirs:%Y-%m-%d %H:%M:%S}; "
            f"{effect}turn on NTP on both"
        )
    return f"{now:%Y-%m-%d %H:%M:%S} UTC, {difference.total_seconds():.1f} s from the database's"


def _check_disk(folder: Path) -> str:
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            free = shutil.disk_usage(existing).free
    except OSError as error:
        raise Finding(f"{existing} cannot be written to ({error.strerror}); let this user write there") from None
    if free < LEAST_FREE_BYTES:
        raise Finding(f"{free // 2**20} MiB free for {folder}; make room for at least {LEAST_FREE_BYTES // 2**20} MiB")
    return f"{free / 2**30:.1f} GiB free for {folder}"


def _check_outbox(config: Config) -> str:
    with open_outbox(config) as outbox:
        waiting, refused = (outbox.depth(), outbox.refused()) if outbox else (0, 0)
    if refused:
        raise Finding(
            f"the database refused {count_of(refused, 'entry', 'entries')}; `recognizer outbox` lists what and why"
        )
    return f"{count_of(waiting, 'entry', 'entries')} waiting, none refused"


def _print_line(sign: Sign, name: str, answer: str) -> None:
    shown, plain, colour = sign.value
    try:
        shown.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        shown = plain
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        shown = f"{colour}{shown}{_PLAIN}"
    sys.stdout.write(f"{shown} {name}: {' '.join(answer.split())}\n")
    sys.stdout.flush()
