"""Everything at once: lessons in which students come and go while faults of all kinds meet, each judged at its end.

``make soak MINUTES=60`` runs lesson after lesson and prints a table; the usual run is one short lesson. The seed is
printed, and ROLLCALL_SEED repeats it.
"""

from __future__ import annotations

import os
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import cast

import pytest

from tests.acceptance.breaking import faults
from tests.acceptance.breaking.daemon import waiting_in
from tests.acceptance.breaking.faults import Fault, NotNow
from tests.acceptance.breaking.oracle import Judgement, judge
from tests.acceptance.breaking.pace import Pace
from tests.acceptance.breaking.room import BrokenRoom
from tests.environment import SOAK_MINUTES
from tests.fixtures.small_disk import mounted_disk

MINUTES = float(os.environ.get(SOAK_MINUTES) or 0)
LESSON_SECONDS = 120.0 if MINUTES else 8.0
STUDENTS = 100
LONGEST_FAULT_SECONDS = 15.0 if MINUTES else 3.0

PACE = Pace(step_seconds=5, gap_seconds=10, progress_seconds=15, taken_seconds=15)
"""As patient as a soak on a busy machine must be, where it runs behind everything else."""


@dataclass(frozen=True)
class Kind:
    """A kind of fault; two of the same part are never there at once."""

    name: str
    part: str
    fault: Fault
    never_with: tuple[str, ...] = ()
    """Parts that have to be whole while this is broken."""
    is_slow: bool = False
    """Whether it is more than the short lesson of the usual run has time for."""


KINDS = [
    Kind("database refuses connections", "way", faults.refuses),
    Kind("database takes calls, says nothing", "way", faults.stalls),
    Kind("database answers after 5 s", "way", faults.answers_late),
    Kind("database at 1 kB/s", "way", faults.trickles),
    Kind("database frozen (SIGSTOP)", "way", faults.is_frozen),
    Kind("register locked by another", "way", faults.is_locked),
    Kind("COMMIT's answer lost, 3 times", "packets", faults.loses_commits),
    Kind("connection lost before COMMIT, 3 times", "packets", faults.cuts_transactions),
    Kind("1213 and 1205, 6 times", "packets", faults.deadlocks),
    Kind("all connections cut", "packets", faults.loses_connections),
    Kind("camera dark", "front", faults.turns("dark")),
    Kind("camera frozen", "front", faults.turns("frozen")),
    Kind("camera torn", "front", faults.turns("torn")),
    Kind("camera's process aborts again and again", "back", faults.suffers("dies")),
    Kind("camera's process hangs", "back", faults.suffers("hangs")),
    Kind("camera gone", "back", faults.suffers("gone")),
    Kind("camera's pictures of another size", "size", faults.changes_its_size),
    Kind("camera's process killed", "process", faults.loses_a_child),
    Kind("recognizer killed", "process", faults.is_killed),
    Kind("power cut", "process", faults.loses_power),
    Kind("recognizer restarted (SIGTERM)", "process", faults.is_restarted),
    Kind("second recognizer in the room", "second", faults.meets_a_second_one, is_slow=True),
    Kind("outbox cut short", "process", faults.outbox_is_cut_short),
    # What cannot be put on the disk is in memory, which no process leaves behind.
    Kind("outbox locked by another", "outbox", faults.outbox_is_locked, ("process",)),
    Kind("outbox deleted while in use", "outbox", faults.outbox_is_deleted, ("process",)),
    Kind("disk full", "outbox", faults.disk_is_full, ("process",)),
    # Only the database tells that a clock is wrong, or right again.
    Kind("clock an hour wrong", "clock", faults.clock_is_wrong, ("way", "packets", "process", "second"), is_slow=True),
    Kind("mark corrected by a lecturer", "people", faults.is_corrected, ("way",), is_slow=True),
    # Who is seen while the database is away has to lie in the outbox of the one recognizer that watches.
    Kind(
        "students deleted, renumbered, restored",
        "people",
        faults.loses_students,
        ("way", "outbox", "second", "clock"),
        is_slow=True,
    ),
]


@dataclass
class Tally:
    """What happened in all lessons."""

    times: Counter[str] = field(default_factory=Counter)
    lessons: int = 0
    shown: int = 0
    frames: int = 0
    marks: int = 0
    evidence: int = 0
    sight_seconds: float = 0.0
    blind_seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def add(self, room: BrokenRoom, found: Judgement) -> None:
        self.lessons += 1
        moments = [moment for camera in room.cameras for moment in room.moments(camera)]
        self.frames += len(moments)
        self.shown += len({number for moment in moments for number in moment.students})
        self.marks += found.marks
        self.evidence += found.evidence
        self.sight_seconds += found.sight_seconds
        self.blind_seconds += found.blind_seconds
        self.faults += found.faults

    def table(self) -> str:
        lines = ["| fault | times |", "|---|---|"]
        lines += [f"| {kind.name} | {self.times[kind.name]} |" for kind in KINDS]
        lines += [
            "",
            "| the register afterwards | |",
            "|---|---|",
            f"| lessons | {self.lessons} |",
            f"| frames | {self.frames} |",
            f"| students shown, marks | {self.shown}, {self.marks} |",
            f"| evidence, rows | {self.evidence} |",
            f"| sight, blind | {self.sight_seconds / 60:.0f} min, {self.blind_seconds / 60:.0f} min |",
            f"| lost, doubled, wrong or untold | {len(self.faults)} |",
        ]
        return "\n".join(lines)


class SoakedLesson:
    """One lesson: somebody comes or goes, or something breaks or is mended, every moment anew."""

    def __init__(self, room: BrokenRoom, luck: random.Random, tally: Tally) -> None:
        self._room, self._luck, self._tally = room, luck, tally
        self._broken: dict[str, tuple[Kind, float, AbstractContextManager[None]]] = {}
        """What is broken until when, by its part."""
        self._present: dict[str, list[str]] = {camera: [] for camera in room.cameras}

    def run(self, seconds: float) -> None:
        with ExitStack() as stack:
            stack.callback(self._mend, float("inf"))
            ends_at = time.monotonic() + seconds
            while time.monotonic() < ends_at:
                time.sleep(self._luck.uniform(0.05, 0.8))
                self._mend(time.monotonic())
                self._luck.choice([self._let_come, self._let_come, self._let_go, self.break_something])()

    def _let_come(self) -> None:
        camera = self._luck.choice(self._room.cameras)
        if self._room.has_newcomers():
            self._present[camera] += self._room.newcomers(1)
            self._room.show(*self._present[camera], camera=camera)

    def _let_go(self) -> None:
        camera = self._luck.choice(self._room.cameras)
        # Somebody who was there for a moment may have been missed.
        if len(self._present[camera]) > 5:
            self._present[camera].pop(0)
            self._room.show(*self._present[camera], camera=camera)

    def break_something(self) -> None:
        """One more fault, where nothing speaks against it at the moment."""
        # Both at once, whatever comes of it: the next choices are then the seed's and not the machine's.
        kind, seconds = self._luck.choice(KINDS), self._luck.uniform(0.5, LONGEST_FAULT_SECONDS)
        if kind.is_slow and not MINUTES:
            return
        broken = [each for each, _, _ in self._broken.values()]
        if any(
            each.part == kind.part or each.part in kind.never_with or kind.part in each.never_with for each in broken
        ):
            return
        fault = kind.fault(self._room)
        try:
            fault.__enter__()
        except NotNow:
            return
        self._tally.times[kind.name] += 1
        self._broken[kind.part] = kind, time.monotonic() + seconds, fault

    def _mend(self, now: float) -> None:
        for part, (_, until, fault) in list(self._broken.items()):
            if until <= now:
                del self._broken[part]
                fault.__exit__(None, None, None)


def soak(room: BrokenRoom, luck: random.Random, tally: Tally) -> None:
    """One lesson, and the judgement on it."""
    room.meet()
    room.start_watching()
    SoakedLesson(room, luck, tally).run(LESSON_SECONDS)
    room.show()
    room.wait_for_delivery(seconds=120)
    room.wait_for_the_refused(seconds=120)
    room.stop(seconds=30)
    for second in room.seconds:
        # What it saw while the database was away, it delivers when it is started again.
        if waiting_in(second.state):
            room.start_watching(second.state.name)
            room.wait_for_delivery(second.state.name, seconds=120)
            room.stop(seconds=30)
    tally.add(room, judge(room, watchers=2 if room.seconds else 1, wrong_clock=room.wrong_clock))


@contextmanager
def _begins(_: BrokenRoom) -> Iterator[None]:
    yield


@contextmanager
def _lacks_what_it_takes(_: BrokenRoom) -> Iterator[None]:
    raise NotNow
    yield


def test_a_seed_repeats_its_choices_whichever_faults_can_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    room = cast("BrokenRoom", SimpleNamespace(cameras=("front", "back")))
    states = []
    for fault in (_begins, _lacks_what_it_takes):
        monkeypatch.setattr(f"{__name__}.KINDS", [replace(kind, fault=fault) for kind in KINDS])
        luck, tally = random.Random(18), Tally()
        lesson = SoakedLesson(room, luck, tally)
        for _ in range(50):
            lesson.break_something()
        states.append(luck.getstate())
        assert bool(tally.times) == (fault is _begins)
    assert states[0] == states[1]


def test_lessons_in_which_everything_breaks_leave_a_true_register(
    break_room: Callable[..., BrokenRoom], luck: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lesson that goes wrong is no reason not to try the next ones."""
    tally, ends_at, said = Tally(), time.monotonic() + 60 * MINUTES, list[str]()
    while not tally.lessons or time.monotonic() < ends_at:
        faults_before = len(tally.faults)
        chance = random.Random(luck.getrandbits(32))
        room = break_room(students=STUDENTS, cameras=("front", "back"), pace=PACE, luck=chance)
        try:
            with mounted_disk(room.folder / "state", kilobytes=16_384) as room.disk:
                soak(room, luck, tally)
        except AssertionError as error:
            tally.lessons += 1
            tally.faults.append("".join(traceback.format_exception(error, limit=-3)))
        finally:
            room.end()
        if len(tally.faults) > faults_before:
            said += [*tally.faults[faults_before:], "In that lesson:", *(each.output() for each in room.daemons)]
    with capsys.disabled() if MINUTES else nullcontext():
        sys.stdout.write(f"\n{tally.table()}\n")
    assert not tally.faults, "\n\n".join(said)
