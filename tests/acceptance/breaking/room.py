"""A room that is broken on purpose: the real daemon, a database behind a proxy, and cameras that play a script.

What the cameras showed is written down as it happens; ``oracle.py`` holds the register to it.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from tests.acceptance.breaking.daemon import Daemon, set_aside_in, waiting_in
from tests.acceptance.breaking.pace import Pace
from tests.acceptance.breaking.proxy import Proxy
from tests.acceptance.breaking.records import RoomRecords
from tests.acceptance.breaking.scripted_recognizer import PACE, SCENE, journal_of
from tests.acceptance.breaking.spans import Span
from tests.environment import PROGRAM, ROOT, product_environment
from tests.fixtures.secure_database import run_manage
from tests.fixtures.small_disk import SmallDisk
from tests.fixtures.waiting import wait_for

CONFIGURATION = """\
room = "{room}"
database_url = "{url}"
state_dir = "{state}"
[gallery]
path = "{gallery}.pkl"
key_file = "{gallery}.key"
"""
_JUMP_TOLD, _CLOCK_TRUSTED = "this machine's clock was set by", "agrees with the database's again"
_WATCHES_OR_WAITS = re.compile("camera .* (starts|rests)|is watched by another recognizer|waits in the outbox")
_CORRECTION = """\
from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Student
from portal.attendance.services.correction import correct_mark
by = Account.objects.create(email="{student}@rollcall.example", name="Ada Byron", is_superuser=True)
correct_mark(ClassSession.objects.get(pk={session}), Student.objects.get(number="{student}"), "excused", "Ill", by)
"""
HEIGHTS = (4, 6)
"""Of a camera's pictures, in pixels: as it was, and as somebody sets it."""

CAMERA = """\
[[cameras]]
name = "{name}"
source = "{source}"
"""


@dataclass(frozen=True)
class Moment:
    """One frame of one camera: when it was by the database's clock, and whom it showed."""

    at: datetime
    blind_because: str
    students: frozenset[str]
    reader: int
    """The process that read it."""


@dataclass
class BrokenRoom(RoomRecords):
    """A room with its lessons, its students, its cameras, and the daemons that were started in it."""

    cameras: tuple[str, ...] = ("front",)
    gallery: Path | None = None
    """The gallery's path without its ending; the key lies beside it."""
    pace: Pace = field(default_factory=Pace)
    has_own_clock: bool = False
    """Whether a program's clock will be set; those of scripted rooms may always be."""
    disk: SmallDisk | None = None
    """The one that holds the state folder, where it is a small one."""
    luck: random.Random = field(default_factory=random.Random)
    """What its faults choose by, as which signal ends a process."""

    settings: ClassVar[str] = ""
    """What else stands in its recognizer's configuration."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.longest_wait = self.pace.patience_seconds
        self.proxy = Proxy(self.database.server.port)
        self.sources = {camera: str(self.folder / f"{camera}.mp4") for camera in self.cameras}
        self.daemons: list[Daemon] = []
        self.seconds: list[Daemon] = []
        """Those that were started beside another."""
        self.kills: list[datetime] = []
        """When a parent was ended without warning, by the database's clock."""
        self.pauses: list[datetime] = []
        """When a parent was stopped in order, or killed."""
        self.promised: list[dict[str, Any]] = []
        """What lay in an outbox when its parent was killed: it was committed, so it may not be lost."""
        self.wrong_clock: list[Span] = []
        """When the clock of the machine was wrong."""
        self.is_well = True
        """False from the beginning of a test until it has found that the register stayed true."""
        self._write_pace()
        self._scene: dict[str, dict[str, Any]] = {
            camera: {"students": [], "blind": "", "trouble": "", "height": HEIGHTS[0]} for camera in self.cameras
        }
        self._write_scene()

    # What the cameras see.

    def show(self, *numbers: str, camera: str | None = None) -> None:
        """These students, and nobody else, are in the picture of the camera, or of all."""
        self._set(camera, students=list(numbers))

    def blind(self, reason: str, camera: str | None = None) -> None:
        """The picture shows nobody for this reason; "" where it does again."""
        self._set(camera, blind=reason)

    def trouble(self, trouble: str, camera: str | None = None) -> None:
        """The camera's process dies, hangs, or finds the camera gone; "" where all is well."""
        self._set(camera, trouble=trouble)

    def resize(self, camera: str) -> None:
        """Somebody sets another size of its pictures."""
        before = self._scene[camera]["height"]
        self._set(camera, height=next(height for height in HEIGHTS if height != before))

    def in_picture(self, camera: str) -> list[str]:
        """Who is in the camera's picture."""
        return list(self._scene[camera]["students"])

    def is_whole(self, camera: str) -> bool:
        """Whether nothing is wrong with the camera or its pictures."""
        return not (self._scene[camera]["blind"] or self._scene[camera]["trouble"])

    def moments(self, camera: str) -> list[Moment]:
        """All that the camera has delivered until now."""
        path = journal_of(self.folder, camera)
        lines = path.read_text().splitlines() if path.exists() else []
        found = []
        for line in lines:
            # The line that a killed process was writing is none.
            with suppress(ValueError):
                at, blind_because, students, reader = json.loads(line)
                found.append(Moment(datetime.fromisoformat(at), blind_because, frozenset(students), reader))
        return found

    def assert_pace(self, since: datetime, *cameras: str) -> None:
        """These cameras, or all, went on as ever, whatever else was slow. A busy machine may take half of the pace."""
        for camera in cameras or self.cameras:
            times = [moment.at for moment in self.moments(camera) if moment.at >= since]
            seconds = (self.timepiece.true_now() - since).total_seconds() / self.timepiece.rate
            assert len(times) >= seconds * self.pace.frames_a_second / 2, f"{len(times)} frames in {seconds:.1f} s"

    # The machine's clock.

    def set_clock_wrong(self, ahead: timedelta) -> None:
        """Set it so far ahead of the database's; returns once the daemon knows by how much it is wrong."""
        told, since = self.daemon.output().count(_JUMP_TOLD), self.timepiece.true_now()
        self.wrong_clock.append((since, since + timedelta(days=1)))
        self.timepiece.set_machine(ahead)
        wait_for(lambda: self.daemon.output().count(_JUMP_TOLD) > told, "the jump to be told", 30)
        offset = "SELECT clock_offset_seconds AS wrong_by FROM camera_status WHERE room_id = :room"
        wait_for(lambda: abs(self.rows(offset)[0]["wrong_by"] or 0) > 3000, "the error to be measured", 60)

    def set_clock_right(self) -> None:
        """Set it right; returns once the daemon trusts it."""
        told = self.daemon.output().count(_CLOCK_TRUSTED)
        self.timepiece.set_machine(timedelta())
        wait_for(lambda: self.daemon.output().count(_CLOCK_TRUSTED) > told, "the clock to be trusted", 60)
        self.wrong_clock[-1] = self.wrong_clock[-1][0], self.timepiece.true_now()

    # The daemon.

    def start_second(self) -> Daemon:
        """Start another one beside it, which is not the one that ``daemon`` names; it has a state folder of its own."""
        first = self.daemon
        second = self.start(f"second-{len(self.daemons)}")
        self.daemons.insert(self.daemons.index(first), self.daemons.pop())
        self.seconds.append(second)
        # Before that it ends as any program does. Where each answer of the database takes five seconds, and
        # transactions are refused besides, minutes pass until it says whether it watches or waits.
        wait_for(second.minds_sigterm, "the second one to listen to signals", 60)
        return second

    def start(
        self,
        state: str = "state",
        *,
        database_url: str | None = None,
        environment: Mapping[str, str | None] | None = None,
        prepare: Sequence[str] = (),
    ) -> Daemon:
        """Start ``recognizer run`` on the room. A second one needs another state folder.

        environment: variables to set, or to take away (None). prepare: a command that is called with the program, as
        ``unshare`` is.
        """
        number = len(self.daemons)
        configuration = self.folder / f"recognizer-{number}.toml"
        configuration.write_text(
            CONFIGURATION.format(
                room=self.name,
                url=database_url or self.proxy.url(self.database.recognizer_url),
                state=self.folder / state,
                gallery=self.gallery or self.folder / "none",
            )
            + self.settings
            + "".join(CAMERA.format(name=camera, source=self.sources[camera]) for camera in self.cameras)
        )
        variables = product_environment() | dict(environment or {})
        log = self.folder / f"{number}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*prepare, *self._program(configuration)],
                cwd=ROOT,
                env={name: value for name, value in variables.items() if value is not None},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.daemons.append(Daemon(process, log, self.folder / state))
        return self.daemons[-1]

    def _program(self, configuration: Path) -> list[str]:
        """The recognizer from source, or the one that ROLLCALL_PROGRAM names, which knows no script."""
        program = os.environ.get(PROGRAM)
        if program and not self.pace.is_scripted:
            return [program, "--config", str(configuration), "run"]
        code = "import sys; from tests.acceptance.breaking.scripted_recognizer import run; sys.exit(run())"
        return [sys.executable, "-c", code, str(configuration), str(self.folder)]

    def start_watching(self, state: str = "state", **how: Any) -> Daemon:
        """Start it, and return when every camera delivers that can."""
        daemon = self.start(state, **how)
        # Until it says so, what is delivered may be for the one before it, whose cameras outlive it by a moment; and a
        # signal ends it as any program.
        self.wait_for(lambda: self._lives(daemon) and _WATCHES_OR_WAITS.search(daemon.output()), "its cameras", 60)
        well = [camera for camera in self.cameras if not self._scene[camera]["trouble"]]
        before = {camera: len(self.moments(camera)) for camera in well}

        def delivers() -> bool:
            return self._lives(daemon) and all(len(self.moments(name)) > count for name, count in before.items())

        self.wait_for(delivers, "the first frames", 60)
        return daemon

    @staticmethod
    def _lives(daemon: Daemon) -> bool:
        assert daemon.process.poll() is None, f"It ended with {daemon.process.poll()}:\n{daemon.output()}"
        return True

    @property
    def daemon(self) -> Daemon:
        """The one that was started last."""
        return self.daemons[-1]

    def is_running(self) -> bool:
        """Whether any of its daemons is."""
        return any(daemon.process.poll() is None for daemon in self.daemons)

    def stop(self, seconds: float | None = None, daemon: Daemon | None = None) -> None:
        """See ``Daemon.stop``; without one, of the daemon that was started last."""
        (daemon or self.daemon).stop(seconds or self.pace.stop_seconds)
        self.pauses.append(self.timepiece.true_now())

    def upgrade(self, version: str) -> None:
        """Stop the daemon as systemd does, and start another release on the same folders."""
        self.stop()
        self.pace = replace(self.pace, version=version)
        self._write_pace()
        self.start_watching()

    def kill(self, end: Callable[[Daemon], None] = Daemon.kill, daemon: Daemon | None = None) -> None:
        """Kill the daemon, the last one if none is named; what lay in its outbox by then is noted as promised."""
        daemon = daemon or self.daemon
        self.kills.append(self.timepiece.true_now())
        end(daemon)
        # A kill takes effect after it was sent.
        self.kills.append(self.timepiece.true_now())
        self.pauses.append(self.kills[-1])
        self.promised += [content for kind, content in waiting_in(daemon.state) if kind == "evidence"]

    def correct(self, student: str) -> None:
        """A lecturer excuses the student in the first class session, by the portal's own code and as its own user."""
        code = _CORRECTION.format(session=self.lessons[0].id, student=student)
        done = run_manage(self.database.portal_url, "shell", "--no-imports", "-c", code)
        assert done.returncode == 0, done.stderr
        self.words.add(student)

    def try_program(self, *command: str) -> str:
        """Run a command that may be forbidden here: why it failed, or nothing."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        return done.stderr.strip() if done.returncode else ""

    def end(self) -> None:
        """End whatever still runs, and forget the room's connections."""
        for daemon in self.daemons:
            if daemon.process.poll() is None:
                daemon.cut_power()
        self.proxy.close()
        self.engine.dispose()

    def wait_for_outbox(self, *numbers: str, state: str | Path = "state", seconds: float | None = None) -> None:
        """Until what was seen of these students lies in the outbox."""

        def has_them() -> bool:
            kept = waiting_in(self.folder / state)
            return {content["student_number"] for kind, content in kept if kind == "evidence"} >= set(numbers)

        self.wait_for(has_them, f"{', '.join(numbers)} in the outbox", seconds)

    def wait_for_delivery(self, state: str = "state", seconds: float | None = None) -> None:
        """Until nothing waits in the outbox."""
        self.wait_for(lambda: not waiting_in(self.folder / state), "an empty outbox", seconds)

    def wait_for_the_refused(self, state: str = "state", seconds: float | None = None) -> None:
        """Until nothing is set aside any more, and the portal knows it."""

        def refused() -> int:
            found = self.rows("SELECT MAX(refused_marks) AS refused FROM camera_status WHERE room_id = :room")
            return int(found[0]["refused"] or 0)

        self.wait_for(lambda: not set_aside_in(self.folder / state) and not refused(), "nothing set aside", seconds)

    def _set(self, camera: str | None, **said: Any) -> None:
        for name in self.cameras if camera is None else [camera]:
            self._scene[name] |= said
        self._write_scene()

    def _write_pace(self) -> None:
        (self.folder / PACE).write_text(json.dumps(vars(self.pace)))

    def _write_scene(self) -> None:
        written = self.folder / "scene.new"
        written.write_text(json.dumps(self._scene))
        written.replace(self.folder / SCENE)
