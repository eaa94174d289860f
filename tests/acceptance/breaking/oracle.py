"""The one judge of every broken room: does the database say what the cameras showed?

Marks equal the script; sight and evidence equal it within one growth step; none is doubled; the outbox is empty or
counted; every loss of sight is told. It shares no code with either program.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.acceptance.breaking.daemon import Daemon, set_aside_in, waiting_in
from tests.acceptance.breaking.records import Lesson
from tests.acceptance.breaking.room import BrokenRoom, Moment
from tests.acceptance.breaking.spans import Span, joined, overlaps, widened, within, without

SLACK = timedelta(seconds=1)
"""Between a frame and what is said of it: pulses are half a second apart, and processes wait for each other."""


_STATEMENTS = {
    "mark": "SELECT mark.*, number FROM mark JOIN student ON student.id = mark.student_id"
    " JOIN class_session ON class_session.id = session_id WHERE room_id = :room",
    "mark_change": "SELECT mark_change.* FROM mark_change"
    " JOIN class_session ON class_session.id = session_id WHERE room_id = :room ORDER BY mark_change.id",
    "evidence": "SELECT evidence.*, number FROM evidence JOIN student ON student.id = student_id WHERE room_id = :room",
    "sight": "SELECT * FROM sight WHERE room_id = :room",
    "blind_span": "SELECT * FROM blind_span WHERE room_id = :room",
    "camera_status": "SELECT * FROM camera_status WHERE room_id = :room",
}


@dataclass
class Judgement:
    """What was found: ``faults`` is empty where the register stayed true."""

    faults: list[str] = field(default_factory=list)
    marks: int = 0
    evidence: int = 0
    sight_seconds: float = 0.0
    blind_seconds: float = 0.0
    waiting: int = 0
    set_aside: int = 0

    def __str__(self) -> str:
        return "\n".join(self.faults) or "the register stayed true"


def judge(
    room: BrokenRoom,
    *,
    set_aside: int = 0,
    watchers: int = 1,
    wrong_clock: Iterable[Span] = (),
) -> Judgement:
    """Compare the database of a room with what its cameras showed.

    While a daemon runs, what grows may be a step behind. set_aside: how much the database is to have refused.
    watchers: how many daemons may have watched at once. wrong_clock: when the clock of the machine was wrong: what was
    seen then marks nobody.
    """
    return _Judge(room, set_aside, watchers, list(wrong_clock)).judge()


def assert_true(room: BrokenRoom, **how: Any) -> Judgement:
    """``judge``, and fail with all that it found and what the daemons said."""
    if room.is_running():
        room.wait_for_delivery()
    found = judge(room, **how)
    said = "\n\n".join(daemon.output()[-3000:] for daemon in room.daemons[-2:])
    assert not found.faults, f"{found}\n\n{said}"
    room.is_well = True
    return found


class _Judge:
    def __init__(self, room: BrokenRoom, set_aside: int, watchers: int, wrong_clock: list[Span]) -> None:
        self._room, self._set_aside, self._watchers = room, set_aside, watchers
        self._wrong_clock = wrong_clock
        rate = room.timepiece.rate
        self._slack, taken = SLACK * rate, timedelta(seconds=room.pace.taken_seconds) * rate
        self._step = timedelta(seconds=room.pace.step_seconds)
        self._look = timedelta(seconds=room.pace.look_seconds)
        self._until_blind = timedelta(seconds=room.pace.blind_seconds)
        self._found = Judgement()
        # The database first: a camera that still delivers is a little ahead of it then, and never behind.
        asked_at = room.timepiece.true_now()
        self._rows = {name: room.rows(statement) for name, statement in _STATEMENTS.items()}
        self._moments = {camera: room.moments(camera) for camera in room.cameras}
        # The camera of a parent that was killed notices it within two seconds, and delivers until then.
        ends = [(at, at + taken) for at in room.kills]
        if room.is_running():
            ends.append((asked_at, room.timepiece.true_now()))
        if any(waiting_in(state) for state in self._last_daemons()):
            # Of what grew last, a stop on a busy machine may leave a part to the next run.
            ends += [(at, at) for at in room.pauses[-1:]]
        # When a clock is set, nobody knows to the second which one something was seen by.
        ends += [(at - self._slack, at + self._slack) for span in wrong_clock for at in span]
        self._untaken = [(start - taken, end) for start, end in ends]
        # What waits for its next frame grows once that has come, or once it is clear that none comes.
        behind = taken + self._step + timedelta(seconds=room.pace.gap_seconds)
        self._ungrown = [(start - behind, end) for start, end in ends]

    def judge(self) -> Judgement:
        self._judge_marks()
        self._judge_history()
        self._judge_evidence()
        for camera in self._room.cameras:
            self._judge_sight(camera)
        self._judge_outbox()
        return self._found

    def _say(self, fault: str) -> None:
        self._found.faults.append(fault)

    # Marks.

    def _judge_marks(self) -> None:
        rows = self._rows["mark"]
        self._found.marks = len(rows)
        marks = {(row["session_id"], row["number"]): row for row in rows}
        if len(marks) != len(rows):
            self._say("a mark is there twice")
        for lesson in self._room.lessons:
            may, must = self._seen_in(lesson)
            marked = {number for session, number in marks if session == lesson.id}
            for number in sorted(must.keys() - marked):
                self._say(f"{number} was seen in {lesson.course} from {must[number]} and has no mark")
            for number in sorted(marked - may.keys() - self._room.words):
                self._say(f"{number} has a mark in {lesson.course} and was not seen")
            for number in sorted(marked & must.keys() - self._room.words):
                self._judge_mark(lesson, marks[lesson.id, number], may[number], must[number])

    def _judge_mark(self, lesson: Lesson, mark: dict[str, Any], earliest: datetime, latest: datetime) -> None:
        first, late_at = mark["first_seen_at"], lesson.starts_at + lesson.late_after
        what = f"the mark of {mark['number']} in {lesson.course}"
        if not earliest - self._slack <= first <= latest + self._look + self._slack:
            self._say(f"{what} says first seen {first}, and it was from {earliest} to {latest}")
        expected = "late" if first > late_at else "present"
        if (mark["status"], mark["source"]) != (expected, "camera"):
            self._say(f"{what} is {mark['status']} by {mark['source']}, not {expected}")

    def _seen_in(self, lesson: Lesson) -> tuple[dict[str, datetime], dict[str, datetime]]:
        """By the numbers of those whom a camera showed in the lesson: when first, and when first beyond doubt."""
        may: dict[str, datetime] = {}
        must: dict[str, datetime] = {}
        for moment in sorted((each for found in self._moments.values() for each in found), key=lambda each: each.at):
            if moment.blind_because or self._clocks_of(moment.at) == {True}:
                continue
            for number in moment.students & lesson.roster:
                if lesson in self._lessons_of(moment.at, number):
                    may.setdefault(number, moment.at)
                    if not _lies_in(moment.at, self._untaken):
                        must.setdefault(number, moment.at)
        return may, must

    def _lessons_of(self, at: datetime, number: str) -> list[Lesson]:
        """Those that expect the student; of a visitor those that are open. While one runs, the next takes nothing."""
        open_then = [each for each in self._room.lessons if each.opens_at <= at < each.ends_at]
        lessons = [each for each in open_then if number in each.roster] or open_then
        return [each for each in lessons if each.starts_at <= at] or lessons

    def _judge_history(self) -> None:
        """A line that does not follow from the one before it was written twice, or one between them is missing."""
        last: dict[tuple[int, int], tuple[str, str]] = defaultdict(lambda: ("", ""))
        for row in self._rows["mark_change"]:
            key = row["session_id"], row["student_id"]
            before, after = (row["from_status"], row["from_source"]), (row["to_status"], row["to_source"])
            if before != last[key] or before == after:
                self._say(f"the history goes from {last[key]} on with {before} → {after}")
            last[key] = after

    # Evidence.

    def _judge_evidence(self) -> None:
        rows = self._rows["evidence"]
        self._found.evidence = len(rows)
        told: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in rows:
            key = row["session_id"], row["number"], row["camera_name"], row["hour"], bool(row["clock_was_wrong"])
            if key in told:
                self._say(f"evidence {key} is there twice")
            told[key] = row
        showed = self._showed()
        for key in sorted(told.keys() - showed.keys()):
            if key[-1] and self._wrong_clock:
                continue  # By a clock that was wrong by nobody knows how much; a person looks at it.
            self._say(f"there is evidence {key} of what no camera showed")
        for key, moments in sorted(showed.items()):
            grown = [at for at in moments if not _lies_in(at, self._ungrown)]
            taken = [at for at in moments if not _lies_in(at, self._untaken)]
            if key in told:
                # What was seen before that, and not compared with the database's clock by then, is with it.
                right = showed.get((*key[:-1], False), []) if key[-1] else []
                self._judge_entry(key, told[key], sorted([*moments, *right]), grown, taken)
            elif taken and taken[-1] - taken[0] >= self._look:
                self._say(f"there is no evidence {key} of what was shown from {taken[0]}")
        self._judge_promises(told)

    def _showed(self) -> dict[tuple[Any, ...], list[datetime]]:
        """When each entry's student was shown, by the entry's key."""
        showed: dict[tuple[Any, ...], list[datetime]] = defaultdict(list)
        for camera, moments in self._moments.items():
            for moment in moments:
                hour = moment.at.replace(minute=0, second=0, microsecond=0)
                for number in () if moment.blind_because else moment.students:
                    for lesson in self._lessons_of(moment.at, number):
                        for is_wrong in self._clocks_of(moment.at):
                            showed[lesson.id, number, camera, hour, is_wrong].append(moment.at)
        return showed

    def _clocks_of(self, at: datetime) -> set[bool]:
        """Whether the clock was wrong then; either, where it was set or trusted at about that time."""
        return {_lies_in(near, self._wrong_clock) for near in (at - self._slack, at, at + self._slack)}

    def _judge_entry(
        self,
        key: tuple[Any, ...],
        row: dict[str, Any],
        moments: list[datetime],
        grown: list[datetime],
        taken: list[datetime],
    ) -> None:
        first, last, minutes = row["first_seen_at"], row["last_seen_at"], row["minutes"]
        if not moments[0] - self._slack <= first <= moments[-1] + self._slack or (
            taken and first > taken[0] + self._look + self._slack
        ):
            self._say(f"evidence {key} begins at {first}, not at {taken[:1]}")
        if last > moments[-1] + self._slack or (grown and last < grown[-1] - self._step - self._look - self._slack):
            self._say(f"evidence {key} ends at {last}, not at {moments[-1]}")
        possible = {near.minute for at in moments for near in (at - self._slack, at, at + self._slack)}
        if wrong := {minute for minute in range(60) if minutes >> minute & 1} - possible:
            self._say(f"evidence {key} has minutes {sorted(wrong)} in which nobody was shown")
        around = self._slack + self._look
        surely = {at.minute for at in grown if (at - around).minute == at.minute == (at + around).minute}
        if missing := {minute for minute in surely if not minutes >> minute & 1}:
            self._say(f"evidence {key} lacks minutes {sorted(missing)}")

    def _judge_promises(self, told: dict[tuple[Any, ...], dict[str, Any]]) -> None:
        """What lay in an outbox when its daemon was killed is in the database."""
        for entry in self._room.promised:
            first, last, hour = (
                datetime.fromisoformat(entry[name]) for name in ("first_seen_at", "last_seen_at", "hour")
            )
            if entry["clock_setting"]:
                continue  # By a clock that was not compared yet: its times were shifted since.
            key = entry["session_id"], entry["student_number"], entry["camera_name"], hour, not entry["is_confirmed"]
            row = told.get(key)
            if row is None or row["first_seen_at"] > first or row["last_seen_at"] < last:
                self._say(f"the outbox had evidence {key} from {first} to {last}, and the database has {row}")

    # Sight.

    def _judge_sight(self, camera: str) -> None:
        sight = self._spans("sight", camera)
        blind = self._spans("blind_span", camera)
        moments = self._moments[camera]
        gap = timedelta(seconds=self._room.pace.gap_seconds)
        slack = self._slack + self._until_blind
        # A silence that is about as long as one that counts may count or not.
        # Nor does it end what one recognizer saw before and after it that another was blind meanwhile.
        seeing = [moment for moment in moments if not moment.blind_because] if self._watchers > 1 else moments
        may_have_seen = self._runs(seeing, gap + self._slack, is_blind=False)
        saw = self._runs_by_reader(moments, gap - self._slack, is_blind=False)
        open_times = joined((lesson.opens_at, lesson.ends_at) for lesson in self._room.lessons)
        delivered = within(self._runs_by_reader(moments, gap, is_blind=None), open_times)
        self._found.sight_seconds += _length(sight)
        self._found.blind_seconds += _length(blind)
        for start, end in without(sight, [*widened(may_have_seen, slack), *self._wrong_clock]):
            self._say(f"camera {camera} is said to have seen from {start} to {end}, and did not")
        ungrown = [*self._ungrown, *self._wrong_clock]
        for start, end in without(widened(within(saw, open_times), -slack), [*widened(sight, slack), *ungrown]):
            self._say(f"camera {camera} saw from {start} to {end}, and nothing says so")
        untold = without(widened(delivered, -slack), [*widened([*sight, *blind], slack), *ungrown])
        for start, end in untold:
            self._say(f"nothing is said of camera {camera} from {start} to {end}")
        if self._watchers == 1:
            for one, other in overlaps([*sight, *blind], slack):
                self._say(f"camera {camera} is told of twice: {one} and {other}")

    def _spans(self, table: str, camera: str) -> list[Span]:
        rows = self._rows[table]
        return [(row["starts_at"], row["ends_at"]) for row in rows if row["camera_name"] == camera]

    def _runs_by_reader(self, moments: list[Moment], gap: timedelta, *, is_blind: bool | None) -> list[Span]:
        """As ``_runs``, within what each process read: from one to the next nobody knows.

        One may have ended without a word, and the other may be another recognizer's.
        """
        readers = {moment.reader for moment in moments}
        by_reader = ([moment for moment in moments if moment.reader == reader] for reader in readers)
        return joined(span for read in by_reader for span in self._runs(read, gap, is_blind=is_blind))

    def _runs(self, moments: list[Moment], gap: timedelta, *, is_blind: bool | None) -> list[Span]:
        """The spans in which frames came, one after the other; only blind ones or only seeing ones unless it is None.

        From a frame that saw to the next one that did not nobody knows, nor from one before a pause to one after it;
        but one recognizer goes on where another pauses.
        """
        pauses = self._room.pauses if self._watchers == 1 else []
        found: list[Span] = []
        before: Moment | None = None
        for moment in moments:
            fits = is_blind is None or bool(moment.blind_because) == is_blind
            follows = (
                before is not None
                and moment.at - before.at <= gap
                and (is_blind is None or bool(before.blind_because) == is_blind)
                and not any(before.at - self._slack <= pause <= moment.at for pause in pauses)
            )
            if fits and follows:
                found[-1] = found[-1][0], moment.at
            elif fits:
                found.append((moment.at, moment.at))
            before = moment
        return found

    # The outbox.

    def _last_daemons(self) -> dict[Path, Daemon]:
        """The one that used each state folder last."""
        return {daemon.state: daemon for daemon in self._room.daemons}

    def _judge_outbox(self) -> None:
        for state, daemon in self._last_daemons().items():
            waiting = len(waiting_in(state))
            self._found.waiting += waiting
            self._found.set_aside += len(set_aside_in(state))
            # What was on its way to the database at the end is told, and may have arrived all the same.
            told = [int(count) for count in re.findall(r"waiting in the outbox: (\d+);", daemon.output())]
            if waiting and daemon.process.poll() is not None and (not told or told[-1] < waiting):
                self._say(f"{waiting} entries wait in the outbox, and nobody told of them")
        if self._found.set_aside != self._set_aside:
            self._say(f"{self._found.set_aside} entries are set aside, not {self._set_aside}")
        shown = max((row["refused_marks"] for row in self._rows["camera_status"]), default=0)
        if shown != self._set_aside:
            self._say(f"the portal shows {shown} refused marks, not {self._set_aside}")


def _lies_in(at: datetime, spans: Iterable[Span]) -> bool:
    return any(start <= at <= end for start, end in spans)


def _length(spans: Iterable[Span]) -> float:
    return sum((end - start).total_seconds() for start, end in joined(spans))
