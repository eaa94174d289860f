"""A room that is broken on purpose: the real daemon, a database behind a proxy, and cameras that play a script.

What the cameras showed is written down as it happens; ``oracle.py`` holds the register to it.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from tests.acceptance.breaking.proxy import Proxy
from tests.acceptance.breaking.scripted_recognizer import CLOCK, PACE, SCENE, journal_of
from tests.acceptance.breaking.timepiece import Timepiece
from tests.environment import PROGRAM, ROOT, product_environment
from tests.fixtures.made_up_camera import Parent
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.waiting import wait_for

ROOM = "Broken room"
MINUTE = timedelta(minutes=1)
CONFIGURATION = """\
room = "{room}"
database_url = "{url}"
state_dir = "{state}"
[gallery]
path = "{gallery}.pkl"
key_file = "{gallery}.key"
"""
CAMERA = """\
[[cameras]]
name = "{name}"
source = "{source}"
"""


@dataclass(frozen=True)
class Pace:
    """How quick the room is; what takes a minute in service takes seconds here."""

    frames_a_second: float = 10.0
    step_seconds: float = 2.0
    """How often at most something that grows is handed out: a minute in service."""
    gap_seconds: float = 3.0
    schedule_seconds: float = 1.0
    first_wait_seconds: float = 0.2
    wait_seconds: float = 1.0
    progress_seconds: float = 5.0
    lease_seconds: float = 5.0
    """How long the lease of a recognizer lasts whose power was cut."""
    look_seconds: float = 0.0
    """How long it takes at most until a face is named that came into the picture."""
    blind_seconds: float = 0.0
    """How long it takes at most until pictures are called blind, or not any more."""
    taken_seconds: float = 3.0
    """How long it takes at most, on a busy machine, until a sighting lies in the outbox: of those before a kill none is
    asked for."""
    is_other_time: bool = False
    """Whether the database's time is the test's too."""
    is_scripted: bool = True
    version: str = ""
    """What the recognizer says that it is, where that is another release."""

    def with_real_eyes(self) -> Pace:
        """For the recognizer's own cameras and names, which take their time."""
        return replace(
            self,
            is_scripted=False,
            gap_seconds=4,
            progress_seconds=15,
            look_seconds=25,
            blind_seconds=12,
            taken_seconds=10,
        )

    def at_rate(self, rate: float) -> Pace:
        """For time that passes so much faster: the waits of service, and no more frames than a processor gives."""
        return replace(
            self,
            frames_a_second=20.0,
            step_seconds=60.0,
            gap_seconds=60.0,
            schedule_seconds=30.0,
            first_wait_seconds=1.0,
            wait_seconds=60.0,
            progress_seconds=10 * rate,
            is_other_time=True,
        )


@dataclass(frozen=True)
class Lesson:
    """A class session as it was entered; instants are naive UTC."""

    id: int
    course: str
    starts_at: datetime
    ends_at: datetime
    roster: frozenset[str]
    late_after: timedelta = 10 * MINUTE

    @property
    def opens_at(self) -> datetime:
        return self.starts_at - 15 * MINUTE

    def without(self, number: str) -> Lesson:
        """The same, which does not expect that student."""
        return replace(self, roster=self.roster - {number})


@dataclass(frozen=True)
class Moment:
    """One frame of one camera: when it was by the database's clock, and whom it showed."""

    at: datetime
    blind_because: str
    students: frozenset[str]


@dataclass(frozen=True)
class Daemon(Parent):
    """A running ``recognizer run``, in a group of processes of its own."""

    state: Path

    def wait_for_another(self, child: int, siblings: int) -> None:
        """Until that child is gone and there are as many as before."""
        wait_for(lambda: len(set(self.children()) - {child}) == siblings, "another child")

    def kill(self) -> None:
        """End the parent as a crash does; its children notice, and end."""
        self.process.kill()
        self.process.wait()

    def cut_power(self) -> None:
        """End all processes at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds: float = 5.0) -> None:
        """Ask it to end as systemd does, and see that it ends well and in time."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"It did not end within {seconds:.0f} s:\n{self.output()}") from None
        assert code == 0, self.output()
        assert "Traceback" not in self.output(), self.output()


@dataclass
class BrokenRoom:
    """A room with its lessons, its students, its cameras, and the daemons that were started in it."""

    folder: Path
    database: MigratedMariaDB
    students: int = 3
    cameras: tuple[str, ...] = ("front",)
    numbers: Sequence[str] = ()
    """Of the students; made up where none are given."""
    gallery: Path | None = None
    """The gallery's path without its ending; the key lies beside it."""
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = f"{ROOM} {secrets.token_hex(3)}"
        self.engine: Engine = create_engine(self.database.owner_url, poolclass=NullPool)
        self.proxy = Proxy(self.database.server.port)
        self.timepiece = Timepiece(self.folder / CLOCK)
        self.lessons: list[Lesson] = []
        self.sources = {camera: str(self.folder / f"{camera}.mp4") for camera in self.cameras}
        self.daemons: list[Daemon] = []
        self.kills: list[datetime] = []
        """When a parent was ended without warning, by the database's clock."""
        self.pauses: list[datetime] = []
        """When a parent was stopped in order, or killed."""
        self.is_well = True
        """False from the beginning of a test until it has found that the register stayed true."""
        self.words: set[str] = set()
        """Students whose marks a person has set since."""
        self.promised: list[dict[str, Any]] = []
        """What lay in an outbox when its parent was killed: it was committed, so it may not be lost."""
        self._write_pace()
        self._scene: dict[str, dict[str, Any]] = {
            camera: {"students": [], "blind": "", "trouble": ""} for camera in self.cameras
        }
        self._write_scene()
        with self.engine.begin() as connection:
            self.room_id = _insert(connection, "room", name=self.name)
            self.numbers = self.numbers or [f"S{self.room_id}{number:03}" for number in range(self.students)]
            self._newcomers = list(self.numbers)
            for number in self.numbers:
                known = connection.execute(text("SELECT id FROM student WHERE number = :n"), {"n": number}).all()
                if not known:
                    _insert(connection, "student", number=number, folded_number=number.casefold(), full_name=number)

    def meet(
        self,
        starts: timedelta = -5 * MINUTE,
        lasts: timedelta = 120 * MINUTE,
        roster: Sequence[str] | None = None,
        *,
        day: datetime | None = None,
    ) -> Lesson:
        """Enter a class session of a course of its own, which starts so much later than now; all are expected in it."""
        now, numbers = self.timepiece.true_now(), self.numbers if roster is None else roster
        begins = now + starts
        code = f"C{len(self.lessons)} {secrets.token_hex(3)}"
        with self.engine.begin() as connection:
            course = _insert(connection, "course", code=code, title=code)
            for number in numbers:
                connection.execute(
                    text(
                        "INSERT INTO roster_entry (course_id, student_id) SELECT :c, id FROM student WHERE number = :n"
                    ),
                    {"c": course, "n": number},
                )
            lesson = _insert(
                connection,
                "class_session",
                course_id=course,
                room_id=self.room_id,
                starts_at=str(begins),
                ends_at=str(begins + lasts),
                day=str((day or begins).date()),
                late_after_minutes=10,
            )
        self.lessons.append(Lesson(lesson, code, begins, begins + lasts, frozenset(numbers)))
        return self.lessons[-1]

    def newcomers(self, count: int) -> list[str]:
        """Numbers of students who were not in the picture before."""
        found, self._newcomers = self._newcomers[:count], self._newcomers[count:]
        assert len(found) == count, "there are no more students"
        return found

    def has_newcomers(self) -> bool:
        """Whether anybody is left who was not in the picture before."""
        return bool(self._newcomers)

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

    def moments(self, camera: str) -> list[Moment]:
        """All that the camera has delivered until now."""
        path = journal_of(self.folder, camera)
        lines = path.read_text().splitlines() if path.exists() else []
        found = []
        for line in lines:
            # The line that a killed process was writing is none.
            with suppress(ValueError):
                at, blind_because, students = json.loads(line)
                found.append(Moment(datetime.fromisoformat(at), blind_because, frozenset(students)))
        return found

    def assert_pace(self, since: datetime, *cameras: str) -> None:
        """These cameras, or all, went on as ever, whatever else was slow. A busy machine may take half of the pace."""
        for camera in cameras or self.cameras:
            times = [moment.at for moment in self.moments(camera) if moment.at >= since]
            seconds = (self.timepiece.true_now() - since).total_seconds() / self.timepiece.rate
            assert len(times) >= seconds * self.pace.frames_a_second / 2, f"{len(times)} frames in {seconds:.1f} s"

    # The daemon.

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
        well = [camera for camera in self.cameras if not self._scene[camera]["trouble"]]
        before = {camera: len(self.moments(camera)) for camera in well}
        daemon = self.start(state, **how)

        def delivers() -> bool:
            assert daemon.process.poll() is None, daemon.output()
            return all(len(self.moments(camera)) > count for camera, count in before.items())

        wait_for(delivers, "the first frames", 60)
        return daemon

    @property
    def daemon(self) -> Daemon:
        """The one that was started last."""
        return self.daemons[-1]

    def is_running(self) -> bool:
        """Whether any of its daemons is."""
        return any(daemon.process.poll() is None for daemon in self.daemons)

    def stop(self, seconds: float = 5.0) -> None:
        """See ``Daemon.stop``."""
        self.daemon.stop(seconds)
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

    # What the database says.

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """What a SELECT finds; ``:room`` stands for the room's row."""
        with self.engine.connect() as connection:
            found = connection.execute(text(statement), {"room": self.room_id} | values)
            return [dict(row._mapping) for row in found]

    def execute(self, statement: str, **values: Any) -> None:
        """As an admin of the database."""
        with self.engine.begin() as connection:
            connection.execute(text(statement), {"room": self.room_id} | values)

    def marked(self, lesson: Lesson | None = None) -> set[str]:
        """The numbers of all who have a mark in the class session, the first one if none is named."""
        found = self.rows(
            "SELECT number FROM mark JOIN student ON student.id = mark.student_id WHERE session_id = :session",
            session=(lesson or self.lessons[0]).id,
        )
        return {row["number"] for row in found}

    def wait_for_marks(self, *numbers: str, seconds: float = 30, lesson: Lesson | None = None) -> None:
        wait_for(lambda: self.marked(lesson) >= set(numbers), f"the marks of {', '.join(numbers)}", seconds)

    def states(self) -> dict[str, str]:
        """The word of each camera by its name, as the portal shows it."""
        found = self.rows("SELECT camera_name, state FROM camera_status WHERE room_id = :room")
        return {row["camera_name"]: row["state"] for row in found}

    def wait_for_outbox(self, *numbers: str, state: str | Path = "state", seconds: float = 30) -> None:
        """Until what was seen of these students lies in the outbox."""

        def has_them() -> bool:
            kept = waiting_in(self.folder / state)
            return {content["student_number"] for kind, content in kept if kind == "evidence"} >= set(numbers)

        wait_for(has_them, f"{', '.join(numbers)} in the outbox", seconds)

    def wait_for_delivery(self, state: str = "state", seconds: float = 30) -> None:
        """Until nothing waits in the outbox."""
        wait_for(lambda: not waiting_in(self.folder / state), "an empty outbox", seconds)

    @contextmanager
    def locked(self, table: str = "class_session") -> Iterator[None]:
        """Another transaction holds these rows for as long as the block takes."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql(f"SELECT * FROM {table} FOR UPDATE")
            yield

    def refuse_database(self) -> None:
        """Nobody listens at the database's port until the proxy is healed."""
        self.proxy.refuse()

    def kill_connections(self) -> None:
        """End every connection of a recognizer to this database, as an admin or a firewall does."""
        with self.database.server.connect() as root, root.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM information_schema.processlist WHERE user = 'rollcall_recognizer' AND db = %s",
                (self.database.name,),
            )
            for (connection,) in cursor.fetchall():
                cursor.execute(f"KILL {connection}")

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


def waiting_in(state: Path) -> list[tuple[str, dict[str, Any]]]:
    """Kind and content of what lies in the outbox of a state folder."""
    return _read(state, "SELECT kind, content FROM waiting ORDER BY id")


def set_aside_in(state: Path) -> list[tuple[str, dict[str, Any]]]:
    """The same of what the database refused."""
    return _read(state, "SELECT kind, content FROM set_aside ORDER BY id")


def _read(state: Path, statement: str) -> list[tuple[str, dict[str, Any]]]:
    path = state / "outbox.sqlite3"
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
        try:
            rows = connection.execute(statement).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return []
    return [(kind, json.loads(content)) for kind, content in rows]


def _insert(connection: Any, table: str, **values: Any) -> int:
    names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    return int(connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values).lastrowid or 0)
