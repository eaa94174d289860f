"""One answer: a table of cases for ``decide``, and what must hold for all facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.attendance.coverage import camera_times, covered_time, intersect_spans, merge_spans, room_coverage
from portal.attendance.decision import Answer, Excused, Facts, Seen, Word, decide

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)


def at(minute: float) -> datetime:
    """An instant so many minutes after nine."""
    return NINE + timedelta(minutes=minute)


def seen(first: float, last: float | None = None, camera: str = "front", *, only: bool = False, **values: Any) -> Seen:
    """An entry from one minute after nine to another, with every minute between unless ``only`` the two are known."""
    last = first if last is None else last
    hour = at(first).replace(minute=0, second=0)
    between = range(int(first % 60), min(59, int(first % 60 + last - first)) + 1)
    minutes = 0 if only else sum(1 << minute for minute in between)
    values = {"minutes": minutes, "distance": 0.31} | values
    return Seen(camera_name=camera, hour=hour, first_seen_at=at(first), last_seen_at=at(last), **values)


def facts(**values: Any) -> Facts:
    """A class session from nine to ten whose late limit is a quarter of an hour."""
    return Facts(**{"starts_at": NINE, "ends_at": TEN, "late_after_minutes": 15, "is_closed": False} | values)


def closed(**values: Any) -> Facts:
    """The same, closed, with the whole of it covered and the student enrolled."""
    everything = [(at(-60), at(120))]
    return facts(**{"is_closed": True, "room_sight": everything, "nameable": everything} | values)


WORD = Word("excused", 7, "letter")
EXCUSE = Excused(date(2026, 11, 23), date(2026, 11, 27), "Ama Adjei")

CASES: list[tuple[str, Facts, tuple[str, str, str]]] = [
    ("nothing known", facts(), ("expected", "nobody", "")),
    ("a word", facts(word=WORD), ("excused", "lecturer", "")),
    ("a word before a camera", facts(word=WORD, evidence=[seen(3)]), ("excused", "lecturer", "")),
    ("a word after closing", closed(word=Word("absent", 7, "not there")), ("absent", "lecturer", "")),
    ("a word for a walk-in", facts(word=Word("present", 7, "sat in"), is_expected=False), ("present", "lecturer", "")),
    ("an excuse ahead", facts(excuse=EXCUSE), ("excused", "excuse", "")),
    ("an excuse after closing", closed(excuse=EXCUSE), ("excused", "excuse", "")),
    ("an excuse in the dark", closed(excuse=EXCUSE, room_sight=[]), ("excused", "excuse", "")),
    ("excused, and yet seen", facts(excuse=EXCUSE, evidence=[seen(20)]), ("late", "camera", "")),
    ("excused, and perhaps seen", closed(excuse=EXCUSE, evidence=[seen(3, is_confirmed=False)]),
     ("excused", "excuse", "")),
    ("a word after an excuse", closed(excuse=EXCUSE, word=Word("absent", 7, "no")), ("absent", "lecturer", "")),
    ("an excuse of somebody whom nobody expects", closed(excuse=EXCUSE, is_expected=False),
     ("expected", "nobody", "")),
    ("seen in time", facts(evidence=[seen(3)]), ("present", "camera", "")),
    ("seen before the start", facts(evidence=[seen(-15)]), ("present", "camera", "")),
    ("seen at the last moment in time", facts(evidence=[seen(15)]), ("present", "camera", "")),
    ("seen just late", facts(evidence=[seen(15.01)]), ("late", "camera", "")),
    ("seen at the very end", facts(evidence=[seen(59.9)]), ("late", "camera", "")),
    ("seen after the end", facts(evidence=[seen(60)]), ("expected", "nobody", "")),
    ("seen before the window", facts(evidence=[seen(-15.01)]), ("expected", "nobody", "")),
    ("seen late by one camera, in time by another", facts(evidence=[seen(30), seen(2, camera="back")]),
     ("present", "camera", "")),
    ("seen before and into the window", facts(evidence=[seen(-40, -5)]), ("present", "camera", "")),
    ("around the window, with nothing known between", facts(evidence=[seen(-50, 59.9, only=True)]),
     ("late", "camera", "")),
    ("a doubtful time", facts(evidence=[seen(3, is_confirmed=False)]), ("expected", "nobody", "")),
    ("a doubtful time after closing", closed(evidence=[seen(3, is_confirmed=False)]), ("unseen", "closing", "clock")),
    ("a doubtful time in the dark", closed(room_sight=[], evidence=[seen(3, is_confirmed=False)]),
     ("unseen", "closing", "clock")),
    ("a doubtful time outside of the window", closed(evidence=[seen(61, is_confirmed=False)]),
     ("absent", "closing", "")),
    ("a doubtful time and a right one", closed(evidence=[seen(3, is_confirmed=False), seen(20)]),
     ("late", "camera", "")),
    ("seen and closed", closed(evidence=[seen(3)]), ("present", "camera", "")),
    ("not seen, all covered", closed(), ("absent", "closing", "")),
    ("not seen, just enough covered", closed(room_sight=[(NINE, at(48))]), ("absent", "closing", "")),
    ("not seen, a second too little", closed(room_sight=[(NINE, at(48 - 1 / 60))]), ("unseen", "closing", "blind")),
    ("not seen, sight outside alone", closed(room_sight=[(at(-60), NINE), (TEN, at(120))]),
     ("unseen", "closing", "blind")),
    ("no camera", closed(room_sight=[]), ("unseen", "closing", "blind")),
    ("a course that asks for less", closed(room_sight=[(NINE, at(30))], least_coverage_percent=50),
     ("absent", "closing", "")),
    ("not enrolled", closed(nameable=[]), ("unseen", "closing", "not enrolled")),
    ("enrolled too late", closed(nameable=[(at(13), at(120))]), ("unseen", "closing", "not enrolled")),
    ("enrolled just in time", closed(nameable=[(at(12), at(120))]), ("absent", "closing", "")),
    ("enrolled while the room was dark", closed(room_sight=[(at(10), at(59))], nameable=[(NINE, at(57))]),
     ("unseen", "closing", "not enrolled")),
    ("blind before not enrolled", closed(room_sight=[], nameable=[]), ("unseen", "closing", "blind")),
    ("not on the roster", closed(is_expected=False), ("expected", "nobody", "")),
    ("not on the roster and seen", closed(is_expected=False, evidence=[seen(3)]), ("present", "camera", "")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "known", "expected"), CASES, ids=[name for name, _, _ in CASES])
def test_the_first_rule_that_applies_answers(name: str, known: Facts, expected: tuple[str, str, str]) -> None:
    answer = decide(known)
    assert (answer.status, answer.source, answer.because) == expected
    assert answer.reason


def test_first_seen_distance_and_camera_come_from_one_entry_and_last_seen_from_all() -> None:
    early = seen(4, 9, camera="back", distance=0.44)
    close = seen(20, 50, camera="front", distance=0.21)
    sighting = decide(facts(evidence=[close, early])).seen
    assert sighting is not None
    assert (sighting.first_seen_at, sighting.camera_name, sighting.distance) == (at(4), "back", 0.44)
    assert sighting.last_seen_at == at(50)


def test_what_was_seen_stays_beside_a_persons_word() -> None:
    answer = decide(facts(word=WORD, evidence=[seen(3, 40)]))
    assert answer.seen is not None
    assert (answer.seen.first_seen_at, answer.word) == (at(3), WORD)


def test_minutes_tell_what_was_inside_a_window_that_moved() -> None:
    """Seen at 08:20, 08:50 and 09:30; the class turns out to have been from ten past nine to twenty past ten."""
    minutes = 1 << 20 | 1 << 50
    before = Seen("front", at(-60), at(-40), at(-9.5), minutes, 0.3)
    moved = facts(starts_at=at(10), ends_at=at(80), evidence=[before, seen(30)])
    assert decide(moved).status == "late"
    earlier = facts(starts_at=at(0), evidence=[before, seen(30)])
    answer = decide(earlier)
    assert answer.status == "present"
    assert answer.seen is not None
    assert answer.seen.first_seen_at == at(-10)


def test_a_minute_that_began_before_the_entry_counts_from_its_first_sighting() -> None:
    """First seen at 10:00:40 in an hour whose minute 0 began at 10:00:00, when the class still ran."""
    entry = Seen("front", TEN, TEN + timedelta(seconds=40), at(70), 0b11, 0.3)
    assert decide(facts(ends_at=TEN + timedelta(seconds=30), evidence=[entry])).status == "expected"


INSTANTS = st.integers(-90, 150).map(at)
SPANS = st.lists(st.tuples(INSTANTS, INSTANTS).map(sorted).map(tuple), max_size=5)


def _entries() -> st.SearchStrategy[Seen]:
    return st.builds(
        lambda first, length, camera, confirmed: seen(first, first + length, camera, is_confirmed=confirmed),
        st.integers(-60, 100),
        st.integers(0, 20),
        st.sampled_from(["front", "back"]),
        st.booleans(),
    )


KNOWN = st.builds(
    facts,
    is_closed=st.booleans(),
    is_expected=st.booleans(),
    word=st.sampled_from([None, WORD]),
    evidence=st.lists(_entries(), max_size=4),
    excuse=st.sampled_from([None, EXCUSE]),
    room_sight=SPANS.map(merge_spans),
    nameable=SPANS.map(merge_spans),
    late_after_minutes=st.integers(0, 30),
)


@given(KNOWN)
def test_whatever_is_known_the_database_takes_the_answer(known: Facts) -> None:
    """The rule of the table ``mark`` about status, source and times."""
    answer = decide(known)
    allowed = {
        "lecturer": {"excused"},
        "camera": {"present", "late"},
        "excuse": {"excused"},
        "closing": {"absent", "unseen"},
        "nobody": {"expected"},
    }
    assert answer.status in allowed[answer.source]
    assert answer.source != "camera" or answer.seen is not None
    assert (answer.because != "") == (answer.status == "unseen")
    if answer.seen:
        window = known.starts_at - timedelta(minutes=15), known.ends_at
        assert window[0] <= answer.seen.first_seen_at <= answer.seen.last_seen_at < window[1]


@given(KNOWN)
def test_more_sight_never_turns_an_absence_into_a_doubt(known: Facts) -> None:
    if decide(known).status == "absent":
        assert decide(replace(known, room_sight=[(at(-90), at(150))])).status == "absent"


@given(KNOWN, _entries())
def test_more_evidence_never_makes_anybody_later(known: Facts, entry: Seen) -> None:
    more = decide(replace(known, evidence=[*known.evidence, entry]))
    if decide(known).status == "present":
        assert more.status == "present"
    assert _rank(more) >= _rank(decide(known))


def _rank(answer: Answer) -> int:
    """What is seen goes before an excuse, and a word before all."""
    if answer.source == "excuse":
        return 0
    return {"expected": 0, "unseen": 0, "absent": 0, "late": 1, "present": 2, "excused": 3}[answer.status]


def test_an_excuse_says_from_when_to_when_and_by_whom_and_nothing_of_why() -> None:
    assert decide(facts(excuse=EXCUSE)).reason == "Excused from 23 November 2026 to 27 November 2026 by Ama Adjei."
    one_day = replace(EXCUSE, last_day=EXCUSE.first_day)
    assert decide(facts(excuse=one_day)).reason == "Excused on 23 November 2026 by Ama Adjei."


@given(SPANS, SPANS)
def test_coverage_is_what_minutes_counted_one_by_one_would_give(some: Any, others: Any) -> None:
    def minutes(spans: Any) -> set[int]:
        return {minute for minute in range(-90, 150) if any(start <= at(minute) < end for start, end in spans)}

    both = intersect_spans(merge_spans(some), merge_spans(others))
    assert minutes(both) == minutes(some) & minutes(others)
    assert minutes(merge_spans([*some, *others])) == minutes(some) | minutes(others)
    assert covered_time(both, at(-90), at(150)) == timedelta(minutes=len(minutes(both)))
    cameras = camera_times((at(-90), at(150)), {}, {"a": some, "b": others}, {"a": [], "b": []}).values()
    assert room_coverage(cameras, each_camera_sees_all=False) == both
    assert room_coverage(cameras, each_camera_sees_all=True) == merge_spans([*some, *others])


@given(SPANS, SPANS, SPANS, SPANS)
@settings(max_examples=50)
def test_each_minute_is_covered_by_the_cameras_that_belonged_to_the_room_then(
    front: Any, back: Any, fronts: Any, backs: Any
) -> None:
    """A camera belongs to the room when its rows say so, or it saw or was blind; one without a row all the time."""

    def holds(spans: Any, minute: int) -> bool:
        return any(start <= at(minute) < end for start, end in spans)

    rows = {name: spans for name, spans in (("front", fronts), ("back", backs)) if merge_spans(spans)}
    sight = {name: spans for name, spans in (("front", front), ("back", back)) if merge_spans(spans)}
    cameras = camera_times((at(-90), at(150)), rows, sight, {}).values()
    covered, some = (room_coverage(cameras, each_camera_sees_all=all_) for all_ in (False, True))
    for minute in range(-90, 150):
        sees = {name: holds(spans, minute) for name, spans in sight.items()}
        there = [
            name
            for name in rows.keys() | sight.keys()
            if name not in rows or holds(rows[name], minute) or sees.get(name, False)
        ]
        assert holds(covered, minute) == (any(sees.values()) and all(sees.get(name, False) for name in there))
        assert holds(some, minute) == any(sees.values())


def coverage(*, each_camera_sees_all: bool = False, rows: Any = None, sight: Any = None, blind: Any = None) -> Any:
    cameras = camera_times((NINE, TEN), rows or {}, sight or {}, blind or {})
    return room_coverage(cameras.values(), each_camera_sees_all=each_camera_sees_all)


def test_a_camera_that_was_blind_all_the_time_leaves_nothing_that_every_camera_saw() -> None:
    known = {"sight": {"front": [(NINE, TEN)]}, "blind": {"back": [(NINE, TEN)]}}
    assert coverage(**known) == []
    assert coverage(**known, each_camera_sees_all=True) == [(NINE, TEN)]
    assert coverage() == []


HALF = at(30)
BELONGINGS = [
    ("wrote nothing and belonged to the room all the time", [(at(-600), at(600))], [], []),
    ("was taken away half-way", [(at(-600), HALF)], [], [(HALF, TEN)]),
    ("was added half-way", [(HALF, at(600))], [], [(NINE, HALF)]),
    ("was taken away before", [(at(-600), NINE)], [], [(NINE, TEN)]),
    ("saw until it was taken away", [(at(-600), HALF)], [(NINE, HALF)], [(NINE, TEN)]),
    ("was taken away and put back", [(at(-600), at(20)), (at(40), at(600))], [(at(-60), at(20))], [(NINE, at(40))]),
    ("saw after a person had ended it", [(at(-600), at(-1))], [(NINE, HALF)], [(NINE, HALF)]),
]


@pytest.mark.parametrize(("back", "saw", "expected"), [case[1:] for case in BELONGINGS], ids=[c[0] for c in BELONGINGS])
def test_a_camera_counts_while_it_belongs_to_the_room(back: Any, saw: Any, expected: Any) -> None:
    rows = {"front": [(at(-600), at(600))], "back": back}
    rows = {name: [span for span in spans if span[1] > NINE] for name, spans in rows.items()}
    rows = {name: spans for name, spans in rows.items() if spans}
    assert coverage(rows=rows, sight={"front": [(NINE, TEN)]} | ({"back": saw} if saw else {})) == expected


def test_while_no_camera_belongs_to_the_room_nothing_is_seen() -> None:
    assert coverage(rows={"front": [(HALF, at(600))]}, sight={"front": [(HALF, TEN)]}) == [(HALF, TEN)]
